"""What the tasks of past runs asked for and used, by their traces and reports."""
