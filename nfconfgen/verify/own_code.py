"""Where the profile says what Nextflow rejects: the Groovy that it gives as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from nfconfgen import files
from nfconfgen.findings import Place
from nfconfgen.profile.model import Site


def place(site: Site, error: str, config: Path) -> Place | None:
    """The option under `groovy` whose code has the line that an error names (the parser v2 names one)."""
    named = re.search(rf"{re.escape(config.name)}:(\d+):\d+:", error)
    if named is None:
        return None
    text = files.start(config, files.LARGEST_BYTES).decode("utf-8", "replace")
    for path, code in site.run.groovy.items():
        begin = text.find(f" = {code.strip()}")
        first = text.count("\n", 0, begin) + 1
        if begin >= 0 and first <= int(named[1]) <= first + code.strip().count("\n"):
            return site.run.places[path]
    return None
