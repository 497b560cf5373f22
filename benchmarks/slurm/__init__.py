"""How long a large cluster takes."""
