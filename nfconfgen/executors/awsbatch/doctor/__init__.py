"""What AWS reports about the queues of a profile right now, and whether jobs will run on them. Read-only."""
