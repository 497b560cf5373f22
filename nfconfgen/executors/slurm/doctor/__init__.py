"""What Slurm reports about a profile's jobs right now, and what keeps them from running. Read-only."""
