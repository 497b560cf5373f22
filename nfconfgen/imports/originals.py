"""The sites of existing configs: what each sets, by path, and what differs in its own profiles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nfconfgen.errors import UsageError
from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.findings import Finding
from nfconfgen.imports.defined import without_definitions
from nfconfgen.imports.recognise.meaning import meaning
from nfconfgen.imports.recognise.pieces import Code
from nfconfgen.pipeline.includes import ConfigReader
from nfconfgen.pipeline.model import Config, Scope, Setting
from nfconfgen.processes.params import Params
from nfconfgen.processes.precedence import within_site
from nfconfgen.profile.checking.checks import GROOVY_WORDS
from nfconfgen.profile.read import read_text

Settings = Mapping[Scope, Setting]
MAIN = "nextflow.config"
EXECUTORS = ("slurm", "awsbatch", "local")
_NAMES_ONE: tuple[Scope, ...] = (("process", "executor"), ("executor", "name"))
_PARAM = re.compile(r"\bparams ?\. ?([A-Za-z_]\w*)\b(?! ?[.(\[])")


@dataclass(frozen=True, slots=True)
class Original:
    """One site of a config. `profile` is what `-profile` takes (empty: the config without one), `variants` are the
    settings of its own profiles by their names. `partial`: `settings` are those of the profile alone, as the rest of
    a pipeline's main config stays with the pipeline."""

    name: str
    file: Path
    profile: str
    settings: Settings
    params: Params
    variants: Mapping[str, Settings] = field(default_factory=dict)
    functions: Mapping[str, Code] = field(default_factory=dict)
    config: Config = field(default_factory=Config, repr=False)
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The config and all that it includes, by file."""
    sources: Mapping[int, str] = field(default_factory=dict, repr=False)
    """The code of settings, by their number, that a definition of the config is part of."""
    findings: tuple[Finding, ...] = ()
    partial: bool = False

    @property
    def executor(self) -> str:
        return executor_of(self.settings)

    def source(self, setting: Setting) -> str:
        """The code of a setting as it is written."""
        text = self.sources.get(setting.number) or self.texts.get(setting.place.file, "")
        return text[setting.code[0].start : setting.code[-1].end] if setting.code else ""

    @property
    def params_of_pipeline(self) -> list[str]:
        """The params that the config reads and does not set, as its pipeline does."""
        every = (self.settings, *self.variants.values())
        codes = (" ".join(token.text for token in one.code) for settings in every for one in settings.values())
        read = dict.fromkeys(name for code in codes for name in _PARAM.findall(code))
        own = {path[1] for settings in every for path in settings if path[0] == "params" and len(path) > 1}
        return [name for name in read if name not in own]


def executor_of(settings: Settings) -> str:
    """The executor that settings name; empty if it is none, or not known."""
    for path in _NAMES_ONE:
        if path in settings:
            try:
                found = meaning(settings[path].code)
            except UnknownError:
                continue
            if isinstance(found, str):
                return found
    return ""


_OF_A_SCHEDULER = ("executor", "aws")
_SUBMITTED = ("executor", "queue", "clusterOptions")


def own_settings(original: Original, *, main: bool) -> Settings:
    """The settings that its profile makes. Without one all of them; of a pipeline's `main` config, those about the
    scheduler."""
    if original.profile:
        begin = ("profiles", original.profile)
        own = {setting.path[2:]: setting for setting in original.config.settings if setting.path[:2] == begin}
        return {path: setting for path, setting in original.settings.items() if own.get(path) == setting}
    if not main:
        return original.settings
    return {
        path: setting
        for path, setting in original.settings.items()
        if path[0] in _OF_A_SCHEDULER or (path[0] == "process" and path[1:] in {(name,) for name in _SUBMITTED})
    }


def originals(files: Sequence[Path], profiles: Sequence[str]) -> list[Original]:
    """The sites of these configs, each under a name of its own. UsageError if one has none."""
    found = [original for file in files for original in _of_file(file, profiles)]
    missing = [name for name in profiles if not any(original.profile == name for original in found)]
    if missing:
        raise UsageError(f"{', '.join(map(str, files))}: there is no profile {', '.join(missing)}")
    names: dict[str, int] = {}
    for original in found:
        names[original.name] = names.get(original.name, 0) + 1
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise UsageError(f"several configs give a site the name {', '.join(twice)}: import them one by one")
    return found


def _of_file(file: Path, profiles: Sequence[str]) -> Iterator[Original]:
    reader = ConfigReader(file.parent, main=file.name)
    config = reader.read()
    texts = {name: read_text(Path(name)) for name in config.files}
    config, sources = without_definitions(config, texts)
    common = _Common(file, config, texts, sources, (*reader.findings, *reader.notes))
    own = {setting.path[1]: None for setting in config.settings if setting.path[0] == "profiles"}
    if profiles:
        for name in profiles:
            if name in own:
                yield common.site(name, name)
        return
    if executor_of(_settings(config, "")):
        yield common.site(_name(file, config), "")
        return
    with_executor = [name for name in own if executor_of(_settings(config, name))]
    if not with_executor:
        raise UsageError(f"{file} names no executor, neither by itself nor in a profile: it describes no site")
    usable = [name for name in with_executor if executor_of(_settings(config, name)) in EXECUTORS]
    left = tuple(_left(name, config) for name in with_executor if usable and name not in usable)
    for name in usable or with_executor:
        yield replace(common, findings=(*common.findings, *left)).site(name, name)


def _left(name: str, config: Config) -> Finding:
    settings = _settings(config, name)
    place = next(settings[path].place for path in _NAMES_ONE if path in settings)
    message = f"profile {name} is not taken over: its executor is {executor_of(settings)}"
    return Finding(place, "import-left", message, f"a profile knows {', '.join(EXECUTORS)}", "warning")


def _site_name(name: str) -> str:
    """The name, or one that Nextflow can read as that of a profile."""
    return f"{name}_site" if name in GROOVY_WORDS else name


@dataclass(frozen=True, slots=True)
class _Common:
    """What the sites of a file have in common, as in `Original`."""

    file: Path
    config: Config
    texts: Mapping[str, str]
    sources: Mapping[int, str]
    findings: tuple[Finding, ...]

    def site(self, name: str, profile: str) -> Original:
        made = Original(
            name=_site_name(name),
            file=self.file,
            profile=profile,
            settings=_settings(self.config, profile),
            params=Params(self.config, profile, {}),
            variants={} if profile else _nested(self.config),
            functions=self.config.functions,
            config=self.config,
            findings=self.findings,
            texts=self.texts,
            sources=self.sources,
        )
        if not profile or self.file.name != MAIN:
            return made
        return replace(made, settings=own_settings(made, main=True), partial=True)


def _settings(config: Config, profile: str) -> dict[Scope, Setting]:
    """What holds with this profile; the last of several settings of a path."""
    found: dict[Scope, Setting] = {}
    for setting in sorted(config.settings, key=lambda setting: setting.number):
        path = within_site(setting.path, profile)
        if path:
            found.pop(path, None)
            found[path] = setting
    return found


def _nested(config: Config) -> dict[str, dict[Scope, Setting]]:
    found: dict[str, dict[Scope, Setting]] = {}
    for setting in sorted(config.settings, key=lambda setting: setting.number):
        if setting.path[0] == "profiles" and len(setting.path) > 2:
            found.setdefault(setting.path[1], {})[setting.path[2:]] = setting
    return found


def _name(file: Path, config: Config) -> str:
    """The name of the site: that of the file, or of its executor if the file is a pipeline's main config."""
    stem = file.stem if file.name != MAIN else executor_of(_settings(config, ""))
    name = re.sub(r"\W", "_", stem, flags=re.ASCII)
    return name if re.match(r"[A-Za-z]", name) else f"site_{name}"
