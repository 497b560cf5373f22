"""The facts of a Slurm cluster: queried, parsed, and as the pools of a site."""
