"""How values of a profile are shown in messages: short, on one line, and never a credential."""

from __future__ import annotations

from nfconfgen.profile.credentials import looks_secret

HIDDEN = "(hidden)"


def shown(value: object) -> str:
    """A value as a message may show it: short, on one line, and never a credential."""
    text = str(value)
    if looks_secret(text):
        return HIDDEN
    text = repr(value) if isinstance(value, str) else text
    return text if len(text) <= 60 else text[:57] + "…"


def shown_number(written: str) -> str:
    """A number, true, false as it was written, shortened if need be."""
    return written if len(written) <= 30 else f"{written[:27]}…"


def given_for(what: str, name: str) -> str:
    """How a finding of a param that some sites lack begins, be it `what` a param or a launch param."""
    return f"{what} {shown(name)} is given for"
