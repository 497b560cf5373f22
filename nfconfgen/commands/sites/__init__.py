"""Commands that query or change clusters and accounts, other than a build does."""
