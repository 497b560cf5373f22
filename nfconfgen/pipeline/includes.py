"""Follows `includeConfig` from nextflow.config through a pipeline's folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from nfconfgen.errors import UnreadableError
from nfconfgen.findings import Finding, Place
from nfconfgen.pipeline.config_file import FileReader, Statement, literal
from nfconfgen.pipeline.disk import Disk
from nfconfgen.pipeline.model import Config, Include, Scope, Setting
from nfconfgen.pipeline.tokens import Token

MOST_CHARACTERS = 20_000_000
"""Config and scripts of the largest pipelines come to a twentieth; files that include each other know no end."""
_A_FILE = 10_000  # so many characters a file counts at least
_DEEPEST = 40
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{\s*([A-Za-z_][\w.]*)\s*\}|\$([A-Za-z_]\w*(?:\.\w+)*)")


@dataclass(slots=True)
class ConfigReader:
    """Reads the config of one folder. Files of `ours` (real paths) are what we generate: they are not followed.
    `findings` gather what is wrong with includes, `notes` what was not read."""

    folder: Path
    ours: frozenset[str] = frozenset()
    disk: Disk = field(default_factory=Disk)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    _settings: list[Setting] = field(default_factory=list)
    _includes: list[Include] = field(default_factory=list)
    _scopes: dict[Scope, Place] = field(default_factory=dict)
    _params: dict[str, str] = field(default_factory=dict)
    _number: int = 0
    _left: int = MOST_CHARACTERS

    def read(self) -> Config:
        main = self.folder / "nextflow.config"
        if self.disk.is_there(main):
            self._file(main, (), (), sometimes=False)
        return Config(tuple(self._settings), tuple(self._includes), self._scopes)

    def _file(self, path: Path, scope: Scope, around: tuple[Path, ...], *, sometimes: bool) -> None:
        """One file, and what it includes where it does; `around` are the files that include this one."""
        try:
            text = self.disk.text(path) if self._left > 0 else ""
        except UnreadableError as error:
            self.notes.append(not_read(Place(str(path)), str(error).removeprefix(f"{path}: ")))
            return
        if self._left > 0 >= self._left - len(text) - _A_FILE:
            too_much = f"more than {MOST_CHARACTERS} characters of config are not read"
            self.notes.append(not_read(Place(str(path)), too_much))
        self._left -= len(text) + _A_FILE
        reader = FileReader(str(path), text, scope, sometimes).read()
        for where, place in reader.scopes.items():
            self._scopes.setdefault(where, place)
        for statement in reader.statements:
            self._number += 1
            if statement.include:
                self._include(statement, path, (*around, path))
            else:
                self._setting(statement)

    def _setting(self, statement: Statement) -> None:
        value = literal(statement.value)
        path = statement.path
        self._settings.append(Setting(path, statement.place, self._number, value, statement.sometimes))
        if len(path) > 1 and path[0] == "params" and len(statement.value) == 1 and statement.value[0].kind == "text":
            self._params[".".join(path[1:])] = self._filled(statement.value[0].text, Path())

    def _include(self, statement: Statement, path: Path, around: tuple[Path, ...]) -> None:
        asked, sometimes = _candidates(statement.value)
        sometimes = sometimes or statement.sometimes
        targets = tuple(self._filled(text, path) for text in asked)
        unclear = not targets or any("$" in target for target in targets)
        generated = [name for target in targets if (name := self._generated(target, path))]
        self._includes.append(
            Include(
                statement.path, statement.place, self._number, targets, sometimes, unclear, "".join(generated[:1])
            )
        )
        if not targets:
            self.notes.append(not_read(statement.place, "what is included cannot be told from the text"))
        for target in targets:
            if not self._generated(target, path):
                self._follow(target, statement, path, around, sometimes=sometimes)

    def _generated(self, target: str, path: Path) -> str:
        """The name of the file of ours that this is; empty where it is none."""
        if not self.ours or "$" in target or _REMOTE.match(target):
            return ""
        found = self.disk.real(within(self.folder, path.parent, target))
        return os.path.basename(found) if found in self.ours else ""  # noqa: PTH119

    def _follow(
        self, target: str, statement: Statement, path: Path, around: tuple[Path, ...], *, sometimes: bool
    ) -> None:
        if target == os.devnull:
            return
        if _REMOTE.match(target):
            self.notes.append(not_read(statement.place, f"{target} is elsewhere, and was not fetched"))
            return
        if "$" in target:
            self.notes.append(not_read(statement.place, f"{target} cannot be told from the text"))
            return
        found = within(self.folder, path.parent, target)
        if not self.disk.is_file(found):
            told = f"includes {target}, which is not there"
            advice = "Nextflow stops at it" if not sometimes else "Nextflow stops at it where the condition holds"
            self.findings.append(Finding(statement.place, "pipeline-include", told, advice, "warning"))
            return
        if found in around or len(around) >= _DEEPEST:
            self.findings.append(
                Finding(statement.place, "pipeline-include", f"includes {target} in a circle", level="warning")
            )
            return
        if leads_out(self.folder, found):
            self.notes.append(note(statement.place, f"{target} leads out of {self.folder}"))
        self._file(found, statement.path, around, sometimes=sometimes)

    def _filled(self, text: str, path: Path) -> str:
        """The text with what is known put in; what is not stays as `$…`."""

        def known(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name in ("projectDir", "baseDir"):
                return os.path.abspath(self.folder)  # noqa: PTH100 - as Nextflow, not past links
            if name.startswith("params."):
                return self._params.get(name.removeprefix("params."), match[0])
            return match[0]

        return _VARIABLE.sub(known, text)


def not_read(place: Place, why: str) -> Finding:
    """What nobody looked at, and why; nothing that follows from it is known."""
    return note(place, f"not read: {why}")


def note(place: Place, message: str) -> Finding:
    return Finding(place, "not-read", message, level="note")


def within(folder: Path, beside: Path, target: str) -> Path:
    """The file that `target` means, said in a file of the folder `beside`; named as `folder` is named."""
    inside = os.path.relpath(beside / target, folder)
    return Path(os.path.normpath(beside / target if _is_out(inside) else folder / inside))


def leads_out(folder: Path, found: Path) -> bool:
    """Whether this file lies elsewhere than in `folder`."""
    return _is_out(os.path.relpath(found, folder))


def _is_out(path: str) -> bool:
    return path.split(os.sep, 1)[0] == os.pardir


def _candidates(value: Iterable[Token]) -> tuple[list[str], bool]:
    """The files that an include may mean, and whether a condition chooses among them."""
    listed = list(value)
    while len(listed) > 2 and listed[0].text == "(" and listed[-1].text == ")":
        listed = listed[1:-1]
    if len(listed) == 1 and listed[0].kind == "text":
        return [listed[0].text], False
    # a ? 'b' : 'c', a ?: 'c', however nested
    found = [
        token.text
        for before, token in pairwise(listed)
        if token.kind == "text" and before.kind == "sign" and before.text in ("?", ":", "?:")
    ]
    return found, True
