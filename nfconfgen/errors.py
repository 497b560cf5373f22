"""Errors other than findings, and their exit codes (`__main__` turns one into the other)."""

OK = 0
FINDINGS = 1
USAGE = 2
BUG = 3
INTERRUPTED = 130
GONE = 141
"""The exit code of a program that SIGPIPE ends."""


class NfconfgenError(Exception):
    """Base of all errors with a message for the user; never shown with a traceback."""

    exit_code = USAGE


class UnreadableError(NfconfgenError):
    """A file cannot be read: it is missing, a directory, not permitted, too large or not UTF-8."""


class LockError(NfconfgenError):
    """The lock exists but is not valid."""


class UsageError(NfconfgenError):
    """Options or arguments are invalid or cannot be combined."""


class AskingError(NfconfgenError):
    """A query has no answer, for the reason in the message. If facts in the lock suffice, this becomes a finding with
    this `rule`."""

    rule = "facts"

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message}: {advice}")
        self.message = message
        self.advice = advice


class NextflowError(NfconfgenError):
    """There is no Nextflow, or it does not start."""


class WriteError(NfconfgenError):
    """The outputs could not be written; the previous ones are unchanged."""


class OutputError(NfconfgenError):
    """Stdout cannot be written to: the disk is full or the stream is closed."""


class GoneError(NfconfgenError):
    """The reader of stdout is gone, as with `head`. This is not reported."""

    exit_code = GONE
