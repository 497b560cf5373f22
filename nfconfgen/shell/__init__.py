"""The program as the shell of the user sees it: its name and version, and the values that the shell completes."""
