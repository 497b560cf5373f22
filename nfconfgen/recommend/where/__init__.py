"""Where tasks with these requests run, and which machines are worth having for them."""
