"""Stacks as CloudFormation makes, changes and deletes them."""
