"""How long a check takes, compared with what else runs in a commit."""
