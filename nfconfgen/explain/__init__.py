"""The plan explained: what each task asks for, what holds it, and the source of each number. Pure."""
