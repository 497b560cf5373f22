"""The doctor on Slurm."""
