"""What determines outputs: all of it, and the same wherever nfconfgen lies."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nfconfgen.fast import fingerprint
from tests.conftest import ROOT

# these decide what is reported and where it is written, not its content; the version may change without effect
OTHER = {
    "__init__.py",
    "fast/__init__.py",
    "fast/fingerprint.py",
    "sync/build_changes.py",
    "fast/unchanged.py",
}
OTHER |= {"files.py", "sync/__init__.py", "terminal/__init__.py", "fast/orphans.py"}
OTHER |= {"fast/cache.py"}

MAKE = """
import json, sys
from pathlib import Path
from nfconfgen.assess import Ask, assess
from nfconfgen.render.outputs import outputs
from nfconfgen.sync.build_changes import lock_of
path = Path("profiles/salmon.yml")
made = assess(path, Ask())
lock_of(path.read_bytes(), made.profile, made.lock, made.gathered.known, outputs(made.plan))
print(json.dumps([m.__file__ for n, m in sys.modules.items() if n.split(".")[0] == "nfconfgen"]))
"""


def test_everything_that_a_build_loads_is_in_it() -> None:
    ended = subprocess.run([sys.executable, "-c", MAKE], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {str(Path(file).relative_to(ROOT / "nfconfgen")) for file in json.loads(ended.stdout)}
    assert loaded - set(fingerprint.files()) - OTHER == set()


def test_templates_and_schema_are_in_it() -> None:
    templates = {f"templates/{path.name}" for path in (ROOT / "templates").iterdir() if path.is_file()}
    assert templates < set(fingerprint.files())
    assert "schemas/profile.schema.json" in fingerprint.files()


def test_the_same_in_a_wheel(tmp_path: Path) -> None:
    for name, path in fingerprint.files().items():
        target = tmp_path / "nfconfgen" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(path).read_bytes())
    for name in ("__init__.py", "fast/__init__.py", "fast/fingerprint.py"):
        target = tmp_path / "nfconfgen" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / "nfconfgen" / name).read_bytes())
    code = "from nfconfgen.fast.fingerprint import generator; print(generator())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ended.stdout.strip() == fingerprint.generator()


@pytest.mark.parametrize("name", ["templates/site.config.j2", "schemas/profile.schema.json", "plan/placement.py"])
def test_any_byte_of_it_counts(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before, files = fingerprint.generator(), fingerprint.files()
    edited = tmp_path / "edited"
    edited.write_bytes(Path(files[name]).read_bytes() + b"\n")
    monkeypatch.setattr(fingerprint, "files", lambda: {**files, name: str(edited)})
    fingerprint.generator.cache_clear()
    try:
        assert fingerprint.generator() != before
    finally:
        fingerprint.generator.cache_clear()
