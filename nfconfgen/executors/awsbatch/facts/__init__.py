"""What AWS Batch offers in a region: queried, kept in the lock, and as the pools of a site."""
