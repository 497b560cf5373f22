"""An AWS double over HTTP: moto in a process of its own, with ECS agents that register real figures."""
