"""A site of a profile in the making, with a comment on what came from where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.findings import Finding, Place
from nfconfgen.imports.recognise.meaning import meaning, plain, written
from nfconfgen.pipeline.model import Scope, Setting
from nfconfgen.profile.document import fast_schema
from nfconfgen.profile.document.schema import Rules, schema
from nfconfgen.profile.references import FromParam, Text

Keys = dict[str, Any]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """The keys of one site; its tasks, retry and params apart, as they may be shared with other sites. `rules` set
    options by what tasks ask for. `comments` are by the path of a key; `source` gives the code of a setting as it is
    written."""

    name: str
    source: Callable[[Setting], str]
    site: Keys = field(default_factory=dict)
    tasks: Keys = field(default_factory=dict)
    retry: Keys = field(default_factory=dict)
    params: Keys = field(default_factory=dict)
    rules: list[Keys] = field(default_factory=list)
    comments: dict[Path, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def put(self, path: Path, value: object, setting: Setting, what: str = "") -> None:
        """Sets a key of the site; a comment says where it is from, and what was recognised. UnknownError if a profile
        does not accept the value."""
        top, *rest = path
        # one key of a map together with the others
        whole = {**self.site.get(top, {}), rest[0]: value} if rest else value
        refuse_unaccepted(self.site["executor"], (top,), whole)
        self.site[top] = whole
        self.comment(path[:1], setting.place, what)

    def comment(self, path: Path, place: Place, what: str = "") -> None:
        known = self.comments.get(path)
        if known is None or what:
            self.comments[path] = f"{_where(place)}{f': {what}' if what else ''}"

    def other(self, path: Scope, setting: Setting, why: str = "") -> None:
        """Keeps a setting that no key of a profile has: as a literal, or else as Groovy, for this reason."""
        name = ".".join(path).replace("executor.$slurm.", "executor.").replace("executor.$awsbatch.", "executor.")
        try:
            self.put(("nextflow", name), literal(setting), setting)
        except UnknownError as error:
            why = why or str(error)
            try:
                self.put(("groovy", name), self.source(setting), setting)
            except UnknownError:
                self.lost(path, setting, why)
                return
            message = f"{name} stays as Groovy code: {why}"
            self.report(setting, "import-groovy", message, "nothing about it is proven")

    def lost(self, path: Scope, setting: Setting, why: str, advice: str = "") -> None:
        self.report(setting, "import-left", f"{'.'.join(path)} is not taken over: {why}", advice)

    def report(self, setting: Setting, rule: str, message: str, advice: str = "") -> None:
        self.findings.append(Finding(setting.place, rule, message, advice, "warning"))


def literal(setting: Setting) -> object:
    """A value, or a text with references, as YAML has it. UnknownError."""
    if setting.sometimes:
        raise UnknownError("a condition decides")
    code = setting.code
    if code and code[0].text == "{":
        raise UnknownError("it is a closure")
    found = meaning(code)
    if isinstance(found, Text):
        if isinstance(found.whole, FromParam) and found.whole.negated:
            raise UnknownError("it is read when Nextflow starts")
        return written(found)
    return plain(found)


def _where(place: Place) -> str:
    return f"{place.file.rsplit('/', 1)[-1]}:{place.line}"


_rules = lru_cache(maxsize=1)(schema)


def refuse_unaccepted(executor: str, path: Sequence[str], value: object) -> None:
    """UnknownError if a site of this executor accepts no such value at this path."""
    data: Any = value
    for key in reversed(path):
        data = {key: data}
    if not isinstance(data, dict) or not _accepts({"executor": executor, **data}):
        raise UnknownError(f"{path[-1]} of a profile takes no such value")


def _accepts(site: dict[str, Any]) -> bool:
    rules: Rules = _rules()
    return fast_schema.fits({"nfconfgen": 1, "pipeline": {"name": "x"}, "sites": {"x": site}}, rules)
