"""The files around a first profile: existing ones keep every byte, and only what is added is new."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nfconfgen.initialise.around import HOOK, Addition, attributes, hook, ignored, include

LINE = "includeConfig 'nfconfgen/conf/profiles.config'"
HOOKS = [
    "repos:\n- repo: local\n  hooks: []\n",
    "repos:\n  - repo: local\n    hooks: []\n",
    "repos:\n  - repo: local\n    hooks: []",
    "# first\nrepos: # all\n    -   repo: a\n        rev: b\n        hooks:\n        -   id: c\n    # last\n\n",
    "repos:\n  - repo: a\n    hooks:\n      - files: |\n          (?x)^(\n            a\n          )$\n",
    "repos:\n  - repo: a\n    hooks: []\nci:\n  autofix_prs: false\n",
    "ci: {a: b}\nrepos:\n  - {repo: a, hooks: []}\n\n# the end\nfail_fast: true\n",
    "repos:\r\n  - repo: a\r\n    hooks: []\r\n",
]
UNSAFE = [
    "repos: []\n",
    "repos: [{repo: a, hooks: []}]\n",
    "repos: {a: b}\n",
    "- a\n",
    "repos:\n  - &a {repo: local}\n  - *a\n",
    "repos:\n  - repo: a\n    hooks: [\n",
    "a: " + "[" * 10_000 + "\n",
    "\ufeffrepos:\n  - repo: local\n    hooks: [}\n",
]


def added(before: str, addition: Addition) -> str:
    """What is new in the file, of which everything else stays."""
    assert addition.write is not None
    after = addition.write.text or ""
    start = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    rest = before[start:]
    assert after.endswith(rest)
    return after[start : len(after) - len(rest)]


@pytest.mark.parametrize("text", HOOKS, ids=range(len(HOOKS)))
def test_a_hook_is_added_to_the_list(text: str, tmp_path: Path) -> None:
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_bytes(text.encode())
    addition = hook(path)
    assert addition.write is not None
    after = str(addition.write.text)
    before = yaml.safe_load(text)
    assert yaml.safe_load(after) == {**before, "repos": [*before["repos"], *yaml.safe_load(HOOK)]}
    assert "nfconfgen-check" in added(text, addition)
    assert ("\r\n" in text) is ("\r\n" in after)
    path.write_bytes(after.encode())
    assert hook(path) == Addition(path, None)


@pytest.mark.parametrize("text", UNSAFE, ids=range(len(UNSAFE)))
def test_where_that_is_not_safe_it_is_shown_instead(text: str, tmp_path: Path) -> None:
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_text(text)
    addition = hook(path)
    assert (addition.write, addition.by_hand, addition.why != "") == (None, HOOK, True)


def test_a_new_file_has_the_hook(tmp_path: Path) -> None:
    addition = hook(tmp_path / ".pre-commit-config.yaml")
    assert addition.write is not None
    assert yaml.safe_load(str(addition.write.text)) == {"repos": yaml.safe_load(HOOK)}


@pytest.mark.parametrize("text", ["", "a = 1", "a = 1\n", "a = 1\n\n\n", "// last", "a = 1\r\n", "\ufeffa = 1\n"])
def test_the_include_is_the_last_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "nextflow.config"
    path.write_bytes(text.encode())
    addition = include(path, LINE)
    assert addition.write is not None
    assert added(text, addition).strip() == LINE
    after = str(addition.write.text)
    assert after.splitlines()[-1] == LINE
    assert ("\r\n" in text) is ("\r\n" in after)
    path.write_bytes(after.encode())
    assert include(path, LINE) == Addition(path, None)


@pytest.mark.parametrize("text", ["profiles {\n", "/* open", 'a = """open'])
def test_a_file_that_does_not_end_is_left(text: str, tmp_path: Path) -> None:
    path = tmp_path / "nextflow.config"
    path.write_text(text)
    addition = include(path, LINE)
    assert (addition.write, addition.by_hand) == (None, LINE)


@pytest.mark.parametrize("make", [lambda p: include(p, LINE), hook, lambda p: attributes(p, "profile.yml", "out/")])
def test_what_is_no_text_file_is_left(make: object, tmp_path: Path) -> None:
    for name in ("link", "folder", "latin"):
        path = tmp_path / name
        if name == "link":
            path.symlink_to(tmp_path / "target")
        elif name == "folder":
            path.mkdir()
        else:
            path.write_bytes(b"\xe4")
        addition = make(path)  # type: ignore[operator]
        assert (addition.write, addition.by_hand != "", addition.why != "") == (None, True, True)


def test_attributes_are_added_once(tmp_path: Path) -> None:
    path = tmp_path / ".gitattributes"
    path.write_text("*.sh text")
    addition = attributes(path, "profile.yml", "nfconfgen/")
    assert added("*.sh text", addition).split("\n")[1:] == [
        "/nfconfgen/** linguist-generated -text",
        "/profile.yml -text",
        "/profile.lock.json -text",
        "",
    ]
    assert addition.write is not None
    path.write_text(str(addition.write.text))
    assert attributes(path, "profile.yml", "nfconfgen/") == Addition(path, None)


@pytest.mark.parametrize(
    ("existing", "hooks", "shown"),
    [(None, "", ""), (None, "# prettier", "out/ a"), ("out/\n", "", "a"), ("a\nout/\n", "prettier", "")],
)
def test_what_prettier_would_reformat_is_named(existing: str | None, hooks: str, shown: str, tmp_path: Path) -> None:
    path, config = tmp_path / ".prettierignore", tmp_path / "hooks"
    config.write_text(hooks)
    if existing is not None:
        path.write_text(existing)
    addition = ignored(path, config, ["out/", "a"])
    assert addition.write is None
    assert addition.by_hand.split() == shown.split()
