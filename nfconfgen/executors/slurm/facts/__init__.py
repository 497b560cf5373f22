"""What a Slurm cluster offers: asked, parsed, and as the pools of a site."""
