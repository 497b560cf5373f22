"""One folder for each executor, with everything that only it needs, and the table of executors."""
