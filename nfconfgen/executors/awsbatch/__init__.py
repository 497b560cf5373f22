"""All that is AWS Batch."""
