"""Where profile and pipeline set the same thing: who wins for each task, by both parsers, and the findings on it."""
