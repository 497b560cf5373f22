"""Judges a profile against the pipeline it is for: what its config and its scripts say, and who wins."""
