"""What settings of a config mean as keys of a profile."""
