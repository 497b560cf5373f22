"""How good the estimate of registered memory is: see README.md."""
