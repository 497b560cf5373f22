"""What a check without changes needs. Nothing in here imports pathlib, dataclasses or typing, nor do errors, files
and wording outside: importing them would take longer than the check. Everything else imports what it likes."""
