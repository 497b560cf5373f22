"""The plan against what the real Nextflow makes of the generated files."""
