"""Where profile and pipeline set the same key: which wins for each task, by both parsers, and the findings on it."""
