"""Starts instances to read what they register with ECS, and leaves nothing behind."""
