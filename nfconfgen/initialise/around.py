"""The files around a first profile: the include, the hook of pre-commit, and attributes of git."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nfconfgen import files
from nfconfgen.pipeline.config_file import FileReader, literal
from nfconfgen.profile.document import yaml12
from nfconfgen.sync.staging import Write

HOOK = """\
- repo: local
  hooks:
    - id: nfconfgen-check
      name: nfconfgen check
      entry: nfconfgen check
      language: system
      always_run: true
      pass_filenames: false
"""
_LARGEST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Addition:
    """What is added to a file: the change, None if the file has it already, or cannot be changed safely; then
    `by_hand` is what to add, and `why`."""

    path: Path
    write: Write | None
    by_hand: str = ""
    why: str = ""


def include(config: Path, line: str) -> Addition:
    """The include as the last line of nextflow.config."""
    text, why = _text(config)
    if text is None:
        return Addition(config, None, line, why)
    after = _appended(text, line)
    if any(_includes(text, line, last=False)):
        return Addition(config, None)
    if _includes(after, line, last=True) != [True]:
        return Addition(config, None, line, "it does not end outside of all blocks")
    return _changed(config, text, after)


def hook(config: Path) -> Addition:
    """The check as a hook of pre-commit, added to the list of a file that exists."""
    text, why = _text(config)
    if text is None:
        return Addition(config, None, HOOK, why)
    if not text:
        return _changed(config, text, f"repos:\n{_indented(HOOK, 2)}")
    known = _data(text)
    repos = known.get("repos") if isinstance(known, dict) else None
    if not isinstance(repos, list) or not repos:
        return Addition(config, None, HOOK, "it has no list of repos")
    if "nfconfgen-check" in text:
        return Addition(config, None)
    after = _with_item(text, HOOK)
    if _data(after) != {**known, "repos": [*repos, *(_data(HOOK) or [])]}:
        return Addition(config, None, HOOK, "its list of repos has another form")
    return _changed(config, text, after)


def attributes(config: Path, profile: str, output: str) -> Addition:
    """Generated files are collapsed in reviews, and no line ending is changed: the lock has hashes over bytes."""
    lines = [
        f"/{output}** linguist-generated -text",
        f"/{profile} -text",
        f"/{files.lock_name(Path(profile).stem)} -text",
    ]
    text, why = _text(config)
    if text is None:
        return Addition(config, None, "\n".join(lines), why)
    after = text
    for line in lines:
        after = after if line in after.splitlines() else _appended(after, line, gap=False)
    return _changed(config, text, after) if after != text else Addition(config, None)


def ignored(config: Path, hooks: Path, names: Sequence[str]) -> Addition:
    """What prettier should leave alone, as its changes would count as edits; shown where the repository uses it."""
    text, _ = _text(config)
    if not os.path.lexists(config) and "prettier" not in (_text(hooks)[0] or ""):
        return Addition(config, None)
    missing = [name for name in names if name not in (text or "").splitlines()]
    return Addition(config, None, "\n".join(missing), "prettier would reformat generated files" if missing else "")


def _text(path: Path) -> tuple[str | None, str]:
    """The text of a file, empty if there is none; or why it is not to be changed."""
    if not os.path.lexists(path):
        return "", ""
    try:
        return files.read(path, _LARGEST_BYTES, follow=False).decode(), ""
    except OSError as error:
        return None, files.reason(error)
    except UnicodeDecodeError:
        return None, "it is not UTF-8"


def _changed(path: Path, before: str, after: str) -> Addition:
    existed = os.path.lexists(path)
    executable = existed and os.access(path, os.X_OK)
    return Addition(path, Write(path, after, executable, before.encode() if existed else None))


def _appended(text: str, line: str, *, gap: bool = True) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    before = text if not text or text.endswith("\n") else f"{text}{end}"
    return f"{before}{end if gap and before.strip() else ''}{line}{end}"


def _includes(text: str, line: str, *, last: bool) -> list[bool]:
    """Whether each statement, or the last one, is this include outside of all blocks."""
    wanted = FileReader("", line).read().statements[0]
    statements = FileReader("", text).read().statements
    chosen = statements[-1:] if last else statements
    return [one.include and not one.path and literal(one.value) == literal(wanted.value) for one in chosen]


def _data(text: str) -> Any:
    """The data of a file that has no anchors, and nothing else that readers differ in; None otherwise."""
    document, findings = yaml12.parse(text, "")
    return document.data if document is not None and not findings else None


def _with_item(text: str, item: str) -> str:
    """The text with an item after the last one of `repos`, indented as they are."""
    document, _ = yaml12.parse(text, "")
    assert document is not None, "it was read before"
    lines = text.splitlines(keepends=True)
    end = "\r\n" if text.count("\r\n") else "\n"
    first = document.place(("repos", 0))
    after = [place.line for path, place in document.keys.items() if len(path) == 1 and place.line > first.line]
    last = min(after, default=len(lines) + 1) - 1
    while last and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1
    if not lines[last - 1].endswith("\n"):
        lines[last - 1] += end
    dash = lines[first.line - 1]
    lines.insert(last, _indented(item, len(dash) - len(dash.lstrip())).replace("\n", end))
    return "".join(lines)


def _indented(text: str, columns: int) -> str:
    return "".join(f"{' ' * columns}{line}" for line in text.splitlines(keepends=True))
