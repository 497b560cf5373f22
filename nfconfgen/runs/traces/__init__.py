"""Reads trace files and reports of Nextflow."""
