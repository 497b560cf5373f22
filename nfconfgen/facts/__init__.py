"""What the places really offer: pools of shapes, asked of AWS and Slurm, remembered in the lock."""
