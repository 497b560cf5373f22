"""Whether the generated files are up to date, and the transaction that writes them."""
