"""What is printed: results, messages, and texts that others have written."""
