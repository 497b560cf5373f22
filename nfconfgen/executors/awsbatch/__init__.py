"""Everything that is specific to AWS Batch."""
