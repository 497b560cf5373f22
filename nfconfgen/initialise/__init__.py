"""A first profile for a pipeline: what is found, what is asked, its text, and the files around it."""
