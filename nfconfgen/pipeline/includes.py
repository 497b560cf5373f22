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
"""The limit for config and for scripts, 20 times the largest pipelines; files that include each other never end."""
_A_FILE = 10_000  # added for each file, so that many small files reach the limit too
_DEEPEST = 40
UNCLEAR = "the included file is known only at run time"
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{\s*([A-Za-z_][\w.]*)\s*\}|\$([A-Za-z_]\w*(?:\.\w+)*)")


@dataclass(slots=True)
class ConfigReader:
    """Reads the config of one folder. `ours` are real paths of generated files, which are not followed. `findings`
    are about wrong includes, `notes` about what was not read."""

    folder: Path
    ours: frozenset[str] = frozenset()
    disk: Disk = field(default_factory=Disk)
    main: str = "nextflow.config"
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    _settings: list[Setting] = field(default_factory=list)
    _includes: list[Include] = field(default_factory=list)
    _scopes: dict[Scope, Place] = field(default_factory=dict)
    _functions: dict[str, tuple[Token, ...]] = field(default_factory=dict)
    _definitions: dict[str, str] = field(default_factory=dict)
    _params: dict[str, str] = field(default_factory=dict)
    _files: dict[str, None] = field(default_factory=dict)
    _number: int = 0
    _left: int = MOST_CHARACTERS

    def read(self) -> Config:
        main = self.folder / self.main
        if self.disk.is_there(main):
            self._file(main, (), (), sometimes=False)
        return Config(
            tuple(self._settings),
            tuple(self._includes),
            self._scopes,
            self._functions,
            tuple(self._files),
            self._definitions,
        )

    def _file(self, path: Path, scope: Scope, around: tuple[Path, ...], *, sometimes: bool) -> None:
        """Reads a file and, at each include, the included one; `around` are the files that include this one."""
        try:
            text = self.disk.text(path) if self._left > 0 else ""
        except UnreadableError as error:
            self.notes.append(unreadable(path, error))
            return
        if self._left > 0 >= self._left - len(text) - _A_FILE:
            too_much = f"more than {MOST_CHARACTERS} characters of config are not read"
            self.notes.append(not_read(Place(str(path)), too_much))
        self._left -= len(text) + _A_FILE
        self._files[str(path)] = None
        reader = FileReader(str(path), text, scope, sometimes).read()
        for where, place in reader.scopes.items():
            self._scopes.setdefault(where, place)
        self._functions.update(reader.functions)
        self._definitions.update(reader.definitions)
        for statement in reader.statements:
            self._number += 1
            if statement.include:
                self._include(statement, path, (*around, path))
            else:
                self._setting(statement)

    def _setting(self, statement: Statement) -> None:
        value = literal(statement.value)
        path = statement.path
        sometimes, code = statement.sometimes, statement.value
        self._settings.append(Setting(path, statement.place, self._number, value, sometimes, code))
        if len(path) > 1 and path[0] == "params" and len(statement.value) == 1 and statement.value[0].kind == "text":
            self._params[".".join(path[1:])] = self._filled(statement.value[0].text)

    def _include(self, statement: Statement, path: Path, around: tuple[Path, ...]) -> None:
        candidates, sometimes = _candidates(statement.value)
        sometimes = sometimes or statement.sometimes
        targets = [self._filled(text) for text in candidates]
        unclear = not targets or any("$" in target for target in targets)
        ours = [self._generated(target, path) for target in targets]
        name = next(filter(None, ours), "")
        self._includes.append(Include(statement.path, statement.place, self._number, unclear, name))
        if not targets:
            self.notes.append(not_read(statement.place, UNCLEAR))
        for target, generated in zip(targets, ours, strict=True):
            if not generated:
                self._follow(target, statement, path, around, sometimes=sometimes)

    def _generated(self, target: str, path: Path) -> str:
        """The name of the generated file that this is; empty for another file."""
        if not self.ours or "$" in target or _REMOTE.match(target):
            return ""
        found = self.disk.real(within(self.folder, path.parent, target))
        return os.path.basename(found) if found in self.ours else ""  # noqa: PTH119

    def _follow(
        self, target: str, statement: Statement, path: Path, around: tuple[Path, ...], *, sometimes: bool
    ) -> None:
        place, found = statement.place, within(self.folder, path.parent, target)
        if target == os.devnull:
            return
        if _REMOTE.match(target):
            self.notes.append(not_read(place, f"{target} is remote, and was not fetched"))
        elif "$" in target:
            self.notes.append(not_read(place, f"{target} depends on values that are known only at run time"))
        elif not self.disk.is_file(found):
            condition = " if the condition holds" if sometimes else ""
            self.findings.append(
                broken_include(place, f"{target}, which does not exist", f"Nextflow fails{condition}")
            )
        elif found in around or len(around) >= _DEEPEST:
            self.findings.append(broken_include(place, f"{target} in a circle"))
        else:
            if leads_out(self.folder, found):
                self.notes.append(note(place, f"{target} leads out of {self.folder}"))
            self._file(found, statement.path, around, sometimes=sometimes)

    def _filled(self, text: str) -> str:
        """The text with known variables replaced; unknown ones stay as `$…`."""

        def known(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name in ("projectDir", "baseDir"):
                return os.path.abspath(self.folder)  # noqa: PTH100 - links stay, as in Nextflow
            if name.startswith("params."):
                return self._params.get(name.removeprefix("params."), match[0])
            return match[0]

        return _VARIABLE.sub(known, text)


def not_read(place: Place, why: str) -> Finding:
    """A note on a file or an include that was not read, whose settings are thus unknown."""
    return note(place, f"not read: {why}")


def unreadable(path: Path, error: UnreadableError) -> Finding:
    return not_read(Place(str(path)), str(error).removeprefix(f"{path}: "))


def broken_include(place: Place, what: str, advice: str = "") -> Finding:
    return Finding(place, "pipeline-include", f"the pipeline includes {what}", advice, "warning")


def note(place: Place, message: str) -> Finding:
    return Finding(place, "not-read", message, level="note")


def within(folder: Path, source: Path, target: str) -> Path:
    """The file that `target` means in a file of the folder `source`, as a path below `folder` if it is inside."""
    found = os.path.join(source, target)  # noqa: PTH118 - a pipeline has a thousand of them, and Path takes longer
    inside = os.path.relpath(found, folder)
    outside = inside.split(os.sep, 1)[0] == os.pardir
    return Path(os.path.normpath(found if outside else os.path.join(folder, inside)))  # noqa: PTH118


def leads_out(folder: Path, found: Path) -> bool:
    """Whether this file is outside `folder`."""
    return os.path.relpath(found, folder).split(os.sep, 1)[0] == os.pardir


def _candidates(value: Iterable[Token]) -> tuple[list[str], bool]:
    """The files that an include may mean, and whether a condition decides."""
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
