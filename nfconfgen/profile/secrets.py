"""Credentials have no place in a profile: what looks like one is refused and never repeated in a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nfconfgen.findings import Finding
from nfconfgen.profile.yaml12 import Document, Path

_VALUE = re.compile(
    r"""(?x)
      \b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b             # AWS key and principal ids
    | -----BEGIN[ A-Z]*PRIVATE[ ]KEY
    | \bgh[pousr]_[A-Za-z0-9]{30,}                         # GitHub
    | \bgithub_pat_[A-Za-z0-9_]{30,}
    | \bglpat-[A-Za-z0-9_-]{20,}                           # GitLab
    | \bxox[abprs]-[A-Za-z0-9-]{10,}                       # Slack
    | \beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.        # JSON web token, Seqera Platform
    | ://[^/\s:@]+:[^/\s@]+@                               # user:password@ in a URL
    | (?:aws_)?secret_?access_?key\s*[=:]\s*\S{16,}
    """,
    re.IGNORECASE,
)
# 40 characters of base64 with all kinds of characters: an AWS secret access key
_AWS_SECRET = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9/+]{40}")
# password, api_token, secretKey, AWS_SECRET_ACCESS_KEY; not token_length
_KEY = re.compile(
    r"(?:^|_|(?<=[a-z]))(?:secret|passw(?:or)?d|passphrase|credentials?|token|api_?key|access_?key)(?:_?(?:id|key))?$",
    re.IGNORECASE,
)

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


def check(document: Document) -> list[Finding]:
    """A finding for each value that looks like a credential, and each key that asks for one."""
    return [
        Finding(
            document.place(path),
            "credential",
            f"{what} looks like a credential",
            "take it out (and revoke it if it was ever committed): AWS credentials belong into the environment or "
            "~/.aws, pipeline secrets into `nextflow secrets`",
        )
        for path, what in _suspects(document.data, ())
    ]


def _suspects(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if looks_secret(key):
                yield (*path, key), "a key"
            elif isinstance(item, str) and item and _KEY.search(key):
                yield (*path, key), f"'{key}'"
            else:
                yield from _suspects(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _suspects(item, (*path, index))
    elif isinstance(value, str) and looks_secret(value):
        yield path, f"the value of '{path[-1]}'" if path and isinstance(path[-1], str) else "a value"
