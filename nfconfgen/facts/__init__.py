"""What the sites really offer: pools of shapes, queried from AWS and Slurm, remembered in the lock."""
