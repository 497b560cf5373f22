"""Checks of references to variables and params."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nfconfgen.findings import Finding, Level
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.reference_texts import broken, is_code, of_mapping, one_value, read
from nfconfgen.profile.references import Gpus, Text
from nfconfgen.suggest import near

_SHELL = frozenset({"scratch", "before_script", "options", "cluster_options", "container_options"})
"""The keys whose text the shell of a node reads."""
_OF_TASKS = frozenset({"cluster_options", "container_options"})
_DEEPEST_LAUNCH_PARAM = 4


def check(document: Document) -> Iterator[Finding]:
    """Findings on references that cannot be read or that nothing would read, and on params that are not set."""
    for key in ("params", "sites", "launch"):
        for path, text in _texts(document.data_at((key,)), (key,)):
            if isinstance(text, str):
                yield from _unread(document, path, text)
                text = read(text)
            if isinstance(text, Text):
                yield from _unset(document, path, text)
                if Gpus() in text.parts and not _OF_TASKS & {*path}:
                    message = f"{Gpus()} is known only when a task is submitted"
                    advice = f"read it in {' or '.join(sorted(_OF_TASKS))}"
                    yield Finding(document.place(path), "value", message, advice)
                if path[0] == "launch" and len(path) > _DEEPEST_LAUNCH_PARAM:
                    message = (
                        f"{text} is within a list or map, and only a whole launch param can be read at the start"
                    )
                    yield Finding(
                        document.place(path), "value", message, "set it under params, or without a reference"
                    )


def _texts(data: Any, path: Path) -> Iterator[tuple[Path, str | Text]]:
    """Each text with a dollar, and each mapping that stands for a value."""
    found = of_mapping(data) if path[0] == "sites" and one_value(path) else None
    if found is not None:
        yield path, found
    elif isinstance(data, dict | list):
        for key, item in data.items() if isinstance(data, dict) else enumerate(data):
            if not is_code((*path, key)):
                yield from _texts(item, (*path, key))
    elif isinstance(data, str) and "$" in data:
        yield path, data


def params_read(document: Document) -> set[str]:
    """The params that keys of sites read."""
    found = (of if isinstance(of, Text) else read(of) for _, of in _texts(document.data["sites"], ("sites",)))
    return {name.partition(".")[0] for text in found if isinstance(text, Text) for name in text.params}


def _unread(document: Document, path: Path, text: str) -> Iterator[Finding]:
    shell = bool(_SHELL & {step for step in path if isinstance(step, str)})
    for written, name in broken(text):
        if name and not shell:
            message = f"no shell reads {written} here: Nextflow would take it as it stands"
            advice = f"write ${{{name}}} for the variable when Nextflow starts, or ${written} for this text"
            yield Finding(document.place(path), "value", message, advice)
        elif not name:
            more = "for the shell of the node, $$ in place of $" if shell else "$$ is a dollar"
            message = f"{written} is not a reference to a variable or param"
            advice = f"write ${{NAME}}, ${{params.NAME}} or ${{NAME:-default}}; {more}"
            yield Finding(document.place(path), "value", message, advice)


def _unset(document: Document, path: Path, text: Text) -> Iterator[Finding]:
    """A param that is read must be set: a run ends at once if nothing defines it (Nextflow 25.10 and newer)."""
    homes: list[Path] = [("params",)]
    homes += [("sites", path[1], "params")] if path[0] == "sites" else []
    homes += [("sites", path[2], "params")] if path[0] == "launch" and len(path) > 2 else []
    known: dict[str, Any] = {name: value for home in homes for name, value in (document.data_at(home) or {}).items()}
    given = {name for key in ("nextflow", "groovy") for name in document.data_at((*path[:2], key)) or {}}
    for name in dict.fromkeys(text.params):
        if f"params.{name}" not in given and not _is_set(known, name):
            # a pipeline may set it in its own config, but not for a launch script
            typed, of_site = near(name, known), path[0] == "sites"
            message = f"param {name} is read, but the profile does not set it"
            if of_site and not typed:
                message += ": the pipeline has to set it before it includes the profiles"
            advice = typed or f"set it under params: {name}: null if it has no default"
            level: Level = "warning" if of_site and not typed else "error"
            yield Finding(document.place(path), "unknown-param", message, advice, level)


def _is_set(params: Mapping[str, Any], name: str) -> bool:
    found: Any = params
    for step in name.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return False
        found = found[step]
    return True
