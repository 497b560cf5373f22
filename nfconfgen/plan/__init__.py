"""The proof: for every task class × attempt × site the request, and the shape that holds it. Pure."""
