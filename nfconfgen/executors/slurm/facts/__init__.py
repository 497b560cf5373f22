"""The facts of a Slurm cluster: queried, and parsed."""
