"""The variants of sites as sites of their own, named SITE,VARIANT as in `-profile SITE,VARIANT`.

From here on a variant is loaded, checked and planned like a site. What it does not change has the positions of its
site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nfconfgen.profile.document.task_paths import mapping_at
from nfconfgen.profile.document.yaml12 import Document, Path

NOT_INHERITED = ("variants", "variant")


def expanded(document: Document) -> Document:
    """The document with its variants as sites. Works on any document: what is no mapping is left to the schema."""
    found = [
        (site, name)
        for site in mapping_at(document, ("sites",))
        for name in mapping_at(document, ("sites", site, "variants"))
        if isinstance(document.data_at(("sites", site, "variants", name)), dict)
    ]
    for site, name in found:
        document = _with(document, str(site), str(name))
    return document


def names(document: Document) -> list[str]:
    """The names of the variants in an expanded document."""
    return [name for name in mapping_at(document, ("sites",)) if "," in str(name)]


def _with(document: Document, site: str, name: str) -> Document:
    base: Path = ("sites", site)
    own: Path = (*base, "variants", name)
    title = f"{site},{name}"
    target: Path = ("sites", title)
    inherited = {key: value for key, value in document.data_at(base).items() if key not in NOT_INHERITED}
    changes = document.data_at(own)
    merged = {**document.data["sites"], title: _merged(inherited, changes)}
    return replace(
        document,
        data={**document.data, "sites": merged},
        values=_copied(document.values, base, own, target),
        keys=_copied(document.keys, base, own, target),
        plain=_copied(document.plain, base, own, target),
    )


def _merged(base: Mapping[Any, Any], changes: Mapping[Any, Any]) -> dict[Any, Any]:
    """Mappings key by key; null takes a key back, and the last one takes its mapping with it."""
    found = dict(base)
    for key, value in changes.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict) and isinstance(base.get(key), dict):
            found[key] = _merged(base[key], value)
            if not found[key] and value:
                del found[key]
        else:
            found[key] = value
    return found


def _copied(entries: dict[Path, Any], base: Path, own: Path, target: Path) -> dict[Path, Any]:
    """The positions below the site, and over them those of the variant, as positions of the target."""
    copies: dict[Path, Any] = {}
    for source in (base, own):
        deep = len(source)
        for path, entry in entries.items():
            inner = path[deep:]
            if path[:deep] == source and not (source is base and inner[:1] and inner[0] in NOT_INHERITED):
                copies[target + inner] = entry
    return {**entries, **copies}
