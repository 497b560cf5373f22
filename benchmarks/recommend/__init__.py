"""How much a run reserves with these requests and with those of simpler rules: see README.md."""
