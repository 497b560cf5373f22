"""The proof: the request of every task class × attempt × site, and the shape that holds it. Pure."""
