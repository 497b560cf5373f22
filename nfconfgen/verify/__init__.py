"""Compares the plan with what the real Nextflow resolves from the generated files."""
