"""Generates matching Slurm and AWS Batch profiles for Nextflow from one profile.yml."""

__version__ = "0.1.0"
