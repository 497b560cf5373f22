"""References to images of a registry: which ones can be pulled at all.

The grammar is the registries' own (https://pkg.go.dev/github.com/distribution/reference). As with Docker, what stands
before the first slash is a registry where it holds a dot or a colon or is localhost.
"""

from __future__ import annotations

import re

FILES = (".sif", ".simg", ".img")
"""What the names of image files end in; no registry is asked for one."""

_LONGEST_NAME = 255
_LONGEST_TAG = 128
_HOST = r"(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])"
_REGISTRY = rf"{_HOST}(?:\.{_HOST})*(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_ID = "[0-9a-f]{64}"
_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}


def fault(image: str) -> str:
    """What keeps every registry from having this image; empty: nothing does."""
    named, at, digest = image.partition("@")
    registry, path, tag = _parts(named)
    if registry and not re.fullmatch(_REGISTRY, registry):
        return f"'{registry[:40]}' is no host of a registry"
    if len(registry) + len(path) > _LONGEST_NAME:
        return f"its name is longer than {_LONGEST_NAME} characters"
    for part in path.split("/"):
        if not re.fullmatch(_PART, part):
            return _fault_of_part(part)
    if re.fullmatch(_ID, named):
        return "that is the id of an image, which registries do not know"
    if tag is not None and not (re.fullmatch(_TAG, tag) and len(tag) <= _LONGEST_TAG):
        return _fault_of_tag(tag)
    return _fault_of_digest(digest) if at else ""


def fault_for_nextflow(image: str) -> str:
    """What keeps Nextflow from making a job definition of an image that a registry may have; empty: nothing does."""
    named, at, digest = image.partition("@")
    if at and _parts(named)[2] is not None:
        return "it has a tag and a digest, and Nextflow takes one of them"
    return (
        f"Nextflow takes no digest but sha256, not {digest.partition(':')[0]}"
        if digest[:7] not in ("", "sha256:")
        else ""
    )


def _parts(named: str) -> tuple[str, str, str | None]:
    """Registry, path and tag of `quay.io/lab/salmon:1`; None: it has no tag."""
    first, slash, rest = named.partition("/")
    registry = first if slash and (first == "localhost" or "." in first or ":" in first) else ""
    path, colon, tag = (rest if registry else named).partition(":")
    return registry, path, tag if colon else None


def _fault_of_part(part: str) -> str:
    if not part:
        return "a part of its name is empty"
    if re.fullmatch(_PART, part.lower()):
        return f"'{part[:40]}' has capital letters, and names of images are in lower case"
    return f"'{part[:40]}' is no part of a name: lower-case letters and digits, joined by ., _, __ or dashes"


def _fault_of_tag(tag: str) -> str:
    if len(tag) > _LONGEST_TAG:
        return f"its tag is longer than {_LONGEST_TAG} characters"
    return f"'{tag[:40]}' is no tag: letters, digits, _, . and -, the first none of . and -"


def _fault_of_digest(digest: str) -> str:
    algorithm, _, digits = digest.partition(":")
    count = _DIGITS.get(algorithm)
    if count is None:
        return "its digest is none: @sha256: and 64 hexadecimal digits"
    return (
        ""
        if re.fullmatch(f"[0-9a-f]{{{count}}}", digits)
        else f"{algorithm} has {count} hexadecimal digits, a-f in lower case"
    )
