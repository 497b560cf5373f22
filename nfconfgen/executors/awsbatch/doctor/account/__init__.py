"""What the account and its networks allow: ways out of subnets, quotas. Read-only."""
