"""Existing Nextflow configs to a profile: read, recognised, written, and compared with what is then built."""
