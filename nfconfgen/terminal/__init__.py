"""Prints results, messages and texts of other origin."""
