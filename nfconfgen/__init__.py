"""One profile.yml in, matching Slurm and AWS Batch profiles for Nextflow out."""

__version__ = "0.1.0"
