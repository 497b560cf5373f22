"""Reads the config and the scripts of the pipeline that a profile is for."""
