"""One folder for all that only one executor has, and the table of them."""
