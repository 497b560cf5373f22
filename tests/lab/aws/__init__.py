"""An AWS double over HTTP: moto in a separate process, with ECS agents that register real figures."""
