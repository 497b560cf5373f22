"""Evaluates expressions of Nextflow configs and scripts, as far as they are certain before a run."""
