"""How long a check takes, beside what else runs in a commit."""
