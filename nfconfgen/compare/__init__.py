"""Two sites of one profile beside each other: what is the same, what is meant to differ, what should not. Pure."""
