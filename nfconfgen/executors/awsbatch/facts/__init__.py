"""What AWS Batch offers in a region: asked, kept, and as the pools of a site."""
