"""All that is Slurm."""
