"""How long a check of a large pipeline takes."""
