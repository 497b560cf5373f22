"""Profiles from configs that exist already."""
