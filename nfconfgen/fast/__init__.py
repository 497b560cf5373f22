"""What a check without changes needs. No module in here imports pathlib, dataclasses or typing, nor do errors, files
and wording outside: importing them would take longer than the check."""
