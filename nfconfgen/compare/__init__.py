"""Two sites of one profile next to each other: equal values, intended differences, and findings. Pure."""
