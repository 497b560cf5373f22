"""How values of a profile are shown in messages: short, on one line, and never a credential."""

from __future__ import annotations

import re

_VALUE = re.compile(
    r"""(?x)
      \b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b             # AWS key and principal ids
    | -----BEGIN[ A-Z]*PRIVATE[ ]KEY
    | \bgh[pousr]_[A-Za-z0-9]{30,}                         # GitHub
    | \bgithub_pat_[A-Za-z0-9_]{30,}
    | \bglpat-[A-Za-z0-9_-]{20,}                           # GitLab
    | \bxox[abprs]-[A-Za-z0-9-]{10,}                       # Slack
    | \beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.        # JSON web token, Seqera Platform
    | ://[^/\s:@]+:[^/\s@]+@(?!sha256:)                   # user:password@ in a URL, not image:tag@sha256:…
    | (?:aws_)?secret_?access_?key\s*[=:]\s*\S{16,}
    """,
    re.IGNORECASE,
)
# 40 characters of base64 with all kinds of characters: an AWS secret access key
_AWS_SECRET = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9/+]{40}")

HIDDEN = "(hidden)"


def looks_secret(text: str) -> bool:
    """Whether a text looks like a credential by itself."""
    return bool(_VALUE.search(text) or (_AWS_SECRET.fullmatch(text) and not text.startswith("/")))


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
