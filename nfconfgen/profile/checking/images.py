"""References to images in a registry: which ones can be pulled at all.

The grammar is that of the registries (https://pkg.go.dev/github.com/distribution/reference). As in Docker, the part
before the first slash is a registry if it contains a dot or a colon or is localhost.
"""

from __future__ import annotations

import re

FILES = (".sif", ".simg", ".img")
"""Suffixes of image files, which come from no registry."""

_LONGEST_NAME = 255
_LONGEST_TAG = 128
_HOST = r"(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])"
_REGISTRY = rf"{_HOST}(?:\.{_HOST})*(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_ID = "[0-9a-f]{64}"
_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}


def fault(image: str) -> str:
    """Why no registry can hold this image; empty if one can."""
    named, at, digest = image.partition("@")
    registry, path, tag = _parts(named)
    if registry and not re.fullmatch(_REGISTRY, registry):
        return f"'{registry[:40]}' is not a valid registry host"
    if len(registry) + len(path) > _LONGEST_NAME:
        return f"its name is longer than {_LONGEST_NAME} characters"
    for part in path.split("/"):
        if not part:
            return "a part of its name is empty"
        if not re.fullmatch(_PART, part):
            if re.fullmatch(_PART, part.lower()):
                return f"'{part[:40]}' has capital letters, and image names must be in lower case"
            return f"'{part[:40]}' is not valid in a name: letters a-z and digits, joined by ., _, __ or dashes"
    if re.fullmatch(_ID, named):
        return "this is the ID of an image, and registries know images by name only"
    if tag is not None and len(tag) > _LONGEST_TAG:
        return f"its tag is longer than {_LONGEST_TAG} characters"
    if tag is not None and not re.fullmatch(_TAG, tag):
        return f"'{tag[:40]}' is not a valid tag: letters, digits, _, . and -, not beginning with . or -"
    return _fault_of_digest(digest) if at else ""


def fault_for_nextflow(image: str) -> str:
    """Why Nextflow cannot make a job definition of an image that a registry may hold; empty if it can."""
    named, at, digest = image.partition("@")
    if at and _parts(named)[2] is not None:
        return "it has a tag and a digest, and Nextflow accepts only one of them"
    algorithm = digest.partition(":")[0]
    return f"Nextflow accepts only sha256 digests, not {algorithm}" if digest and algorithm != "sha256" else ""


def _parts(named: str) -> tuple[str, str, str | None]:
    """Registry, path and tag of `quay.io/lab/salmon:1`; None: it has no tag."""
    first, slash, rest = named.partition("/")
    registry = first if slash and (first == "localhost" or "." in first or ":" in first) else ""
    path, colon, tag = (rest if registry else named).partition(":")
    return registry, path, tag if colon else None


def _fault_of_digest(digest: str) -> str:
    algorithm, _, digits = digest.partition(":")
    count = _DIGITS.get(algorithm)
    if count is None:
        return "its digest is not valid: write @sha256: and 64 hexadecimal digits"
    fits = re.fullmatch(f"[0-9a-f]{{{count}}}", digits)
    return "" if fits else f"{algorithm} has {count} hexadecimal digits, with a-f in lower case"
