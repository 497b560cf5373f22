"""Starts one instance to read what it registers with ECS, and leaves nothing behind."""
