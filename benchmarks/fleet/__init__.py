"""How reading a large account grows."""
