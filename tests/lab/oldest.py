"""The oldest versions that pyproject.toml allows, as constraints for pip: `python -m tests.lab.oldest`.

What these require in turn is left to pip, as it is for a user.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BOUND = re.compile(r'^ +"([\w.-]+)(?:\[[\w, -]+\])?>=([\w.]+)[^"]*",$', re.MULTILINE)


def constraints(pyproject: str) -> Iterator[str]:
    """NAME==VERSION of what a user and the tests need; what only development needs is not installed."""
    needed = pyproject.partition("dependencies = [")[2].partition("\ndev = [")[0]
    for name, version in _BOUND.findall(needed):
        yield f"{name}=={version}"


if __name__ == "__main__":
    print("\n".join(constraints((ROOT / "pyproject.toml").read_text(encoding="utf-8"))))
