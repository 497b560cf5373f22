"""The page about rules, docs/rules.md: the text of `nfconfgen rule`, and a page that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nfconfgen._data import folder


@dataclass(frozen=True, slots=True)
class Rule:
    """A section of the page: its name, and its lines below the heading. `group` is the larger heading above, if this
    is the first rule below it."""

    name: str
    group: str
    lines: tuple[str, ...]

    @property
    def summary(self) -> str:
        """What the rule means: its first sentence."""
        paragraph = " ".join(self.lines[: self.lines.index("")])
        return re.split(r"(?<=[.])\s", paragraph, maxsplit=1)[0]

    def example(self, label: str) -> str:
        """The example that is marked as `wrong` or `right`, with this mark; empty if there is none."""
        blocks = re.findall(r"^```\w+\n(.*?)^```$", "\n".join(self.lines), re.MULTILINE | re.DOTALL)
        return next((block for block in blocks if re.match(rf"(#|//) {label}\b", block)), "")


def read() -> dict[str, Rule]:
    """All rules in the order of the page."""
    found: dict[str, list[str]] = {}
    groups: dict[str, str] = {}
    group, fenced, lines = "", False, list[str]()
    for line in (folder("docs") / "rules.md").read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        if not fenced and line.startswith("# "):
            group, lines = line[2:], []
        elif not fenced and line.startswith("## "):
            lines = found.setdefault(line[3:], [])
            groups[line[3:]], group = group, ""
        else:
            lines.append(line)
    return {name: Rule(name, groups[name], tuple(_trimmed(body))) for name, body in found.items()}


def text(rule: Rule) -> Iterator[str]:
    """The section as text for a terminal: examples are indented, without the marks of Markdown."""
    fenced, before = False, ""
    for line in rule.lines:
        if line.startswith("```"):
            if before == "```":
                yield ""  # between two examples
            fenced = not fenced
        elif fenced:
            yield f"    {line}".rstrip()
        elif line:
            yield re.sub(r"\*\*(\w+:)\*\*", r"\1", line)
        else:
            yield ""
        before = line


def _trimmed(lines: list[str]) -> list[str]:
    return "\n".join(lines).strip("\n").split("\n")
