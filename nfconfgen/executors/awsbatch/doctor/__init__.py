"""What AWS says of the queues of a profile right now, and whether jobs will run on them: read-only."""
