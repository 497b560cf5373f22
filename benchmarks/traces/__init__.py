"""How fast traces of past runs are read: see README.md."""
