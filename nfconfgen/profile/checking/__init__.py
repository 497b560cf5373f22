"""Checks of a document that the schema cannot express."""
