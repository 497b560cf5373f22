"""Write anew what the repository shows of the program's output: blocks of the documents and expected findings."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.golden import cases, pages, pages_lab


class Rewriter:
    """Compares texts with those of a copy of the repository, and writes what differs."""

    def __init__(self, root: Path, check: bool) -> None:
        self.root = root
        self.check = check
        self.changed: set[str] = set()
        self.warnings: list[str] = []

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        if text == (path.read_text(encoding="utf-8") if path.exists() else ""):
            return
        if name not in self.changed:
            print(f"{'would rewrite' if self.check else 'rewrote'} {name}")
        self.changed.add(name)
        if not self.check:
            path.write_text(text, encoding="utf-8")

    def warn(self, text: str) -> None:
        self.warnings.append(text)
        print(f"warning: {text}", file=sys.stderr)


@contextmanager
def workshop() -> Iterator[tuple[Path, pytest.MonkeyPatch]]:
    """An empty folder; working directory and environment are afterwards what they were."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", f"{folder}/cache")
        home = Path(folder, "work")
        home.mkdir()
        yield home, patch


def rewrite_pages(rewriter: Rewriter, wanted: Callable[[str], bool]) -> None:
    for maker in (*pages.MAKERS, *pages_lab.MAKERS):
        if not wanted(maker.page):
            continue
        try:
            with workshop() as (folder, patch):
                for shown in maker.make(folder, patch):
                    _rewrite(rewriter, shown)
        except pytest.skip.Exception as missing:
            print(f"left {maker.page} as it is: {missing}", file=sys.stderr)


def _rewrite(rewriter: Rewriter, shown: pages.Shown) -> None:
    content = (rewriter.root / shown.page).read_text(encoding="utf-8")
    try:
        rewriter.write(shown.page, pages.renewed(shown, content))
    except LookupError as error:
        rewriter.warn(str(error))


def rewrite_findings(rewriter: Rewriter, wanted: Callable[[str], bool]) -> None:
    for file, renew in cases.files(rewriter.root):
        name = str(file.relative_to(rewriter.root))
        if not wanted(name):
            continue
        with workshop() as (folder, patch):
            text, warnings = renew(file, folder, patch)
        rewriter.write(name, text)
        for warning in warnings:
            rewriter.warn(f"{name}: {warning}")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """0: nothing to look at but the diff. 1: warnings, or with --check a text that is not what is printed now."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a text would change")
    parser.add_argument("part", nargs="*", help="only files whose path contains one of these, as docs/check")
    options = parser.parse_args(arguments)
    rewriter = Rewriter(root, options.check)

    def wanted(name: str) -> bool:
        return not options.part or any(part in name for part in options.part)

    rewrite_pages(rewriter, wanted)
    rewrite_findings(rewriter, wanted)
    return 1 if rewriter.warnings or (options.check and rewriter.changed) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
