"""What can go wrong besides findings, and the exit code each ends in (`__main__` turns one into the other)."""

OK = 0
FINDINGS = 1
USAGE = 2
BUG = 3
INTERRUPTED = 130
GONE = 141
"""As of a program that SIGPIPE ends."""


class NfconfgenError(Exception):
    """Base of all errors with a message for the user; never shown with a traceback."""

    exit_code = USAGE


class UnreadableError(NfconfgenError):
    """A file that cannot be read at all: missing, a directory, not permitted, too large, not UTF-8."""


class LockError(NfconfgenError):
    """The lock file is there but does not say what a lock file says."""


class UsageError(NfconfgenError):
    """Options or arguments that do not go together."""


class AskingError(NfconfgenError):
    """A query that has no answer: the message says why, the advice what to do about it. `rule` is that of the finding
    that this becomes if remembered facts do."""

    rule = "facts"

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message}: {advice}")
        self.message = message
        self.advice = advice


class NextflowError(NfconfgenError):
    """There is no Nextflow to ask, or it does not start."""


class WriteError(NfconfgenError):
    """The outputs could not be written; what was there before is still there."""


class OutputError(NfconfgenError):
    """Stdout takes no results: a full disk, a closed stream."""


class GoneError(NfconfgenError):
    """Whoever read the results has gone, as `head` does. Nothing is said about it."""

    exit_code = GONE
