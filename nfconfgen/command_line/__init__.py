"""The options and commands of the command line."""
