"""How long `nfconfgen check` takes as a separate process, in units of `python -c pass`, next to its peers.

python -m benchmarks.startup [ROUNDS]        peers that are not on the PATH are left out, and named
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_UNCHANGED, MOST_CHANGED = 8, 18
BASE, UNCHANGED, CHANGED, YAMLLINT = "python -c pass", "check, unchanged", "check, everything changed", "yamllint"
INSIDE, INSIDE_NEW = "check, unchanged, in a pipeline", "check, in a pipeline that has changed"
PRE_COMMIT = """repos:
  - repo: local
    hooks: [{id: nothing, name: nothing, entry: "true", language: system, pass_filenames: false, always_run: true}]
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A command to be timed; it must end with this exit code. The file `changes` gets another line before each."""

    command: tuple[str, ...]
    code: int = 0
    folder: Path | None = None
    changes: Path | None = None


def candidates(folder: Path) -> dict[str, Candidate | str]:
    """By name what is timed, or why it is not."""
    here = Path(sys.executable).parent
    same, changed = _example(folder / "same"), _example(folder / "changed")
    _change(changed)
    check = (str(here / "nfconfgen"), "check")
    found: dict[str, Candidate | str] = {
        BASE: Candidate((sys.executable, "-c", "pass")),
        UNCHANGED: Candidate((*check, str(same))),
        CHANGED: Candidate((*check, str(changed)), code=1),
    }
    found[INSIDE] = Candidate(check, code=1, folder=_pipeline(folder / "reads"))
    found[INSIDE_NEW] = Candidate(check, code=1, folder=(new := _pipeline(folder / "new")), changes=new / "main.nf")
    profile = str(ROOT / "profiles/salmon.yml")
    schema = str(ROOT / "schemas/profile.schema.json")
    # the rules that a profile as people write them keeps
    found[YAMLLINT] = _peer("yamllint", "-d", "relaxed", profile)
    found["check-jsonschema"] = _peer("check-jsonschema", "--schemafile", schema, profile)
    found["pre-commit, a hook that does nothing"] = _pre_commit(folder / "commit")
    found["nextflow config"] = _nextflow(same.parent / "salmon/conf/profiles.config")
    return found


def _example(folder: Path) -> Path:
    folder.mkdir()
    for name in ("salmon.yml", "salmon.lock.json"):
        shutil.copy(ROOT / "profiles" / name, folder)
    shutil.copytree(ROOT / "profiles/salmon", folder / "salmon")
    command = [sys.executable, "-m", "nfconfgen", "build", str(folder / "salmon.yml"), "--offline"]
    subprocess.run(command, check=True, capture_output=True, env=_environment())
    return folder / "salmon.yml"


def _pipeline(folder: Path) -> Path:
    """One with labels, modules and a workflow, and a profile in it that it collides with."""
    shutil.copytree(ROOT / "tests/pipeline/cases/labels-of-nf-core", folder)
    command = [sys.executable, "-m", "nfconfgen", "build", "profile.yml", "--offline"]
    subprocess.run(command, check=True, capture_output=True, env=_environment(), cwd=folder)
    return folder


def _change(profile: Path) -> None:
    """Another value in the profile, another fact in the lock, another line in every output."""
    profile.write_text(profile.read_text().replace("time: 1h", "time: 3h"))
    lock = profile.with_suffix(".lock.json")
    lock.write_text(lock.read_text().replace('"max_vcpus": 128', '"max_vcpus": 64'))
    for path in (profile.parent / "salmon").rglob("*"):
        if path.is_file():
            path.write_text(path.read_text() + "\n")


def _peer(name: str, *arguments: str) -> Candidate | str:
    path = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return Candidate((path, *arguments)) if path else "not installed"


def _pre_commit(folder: Path) -> Candidate | str:
    peer = _peer("pre-commit", "run")
    if isinstance(peer, Candidate):
        folder.mkdir()
        (folder / ".pre-commit-config.yaml").write_text(PRE_COMMIT)
        for command in (["git", "init", "-q"], ["git", "add", "-A"]):
            subprocess.run(command, cwd=folder, check=True)
        return Candidate(peer.command, folder=folder)
    return peer


def _nextflow(config: Path) -> Candidate | str:
    from tests.lab.nextflow.harness import available

    missing = available()
    if missing:
        return missing
    launcher = str(ROOT / "tests/lab/nextflow/nextflow")
    return Candidate((launcher, "-C", str(config), "config", "-profile", "slurm"), folder=config.parent)


def _environment() -> Mapping[str, str]:
    # without compiled modules every start would time the compiler: installed packages have them
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"NFCONFGEN_SLURM": "off", "CI": ""}


def seconds(candidate: Candidate) -> float:
    if candidate.changes is not None:
        with candidate.changes.open("a") as file:
            file.write("// more\n")
    began = time.perf_counter()
    ended = subprocess.run(
        candidate.command,
        cwd=candidate.folder,
        env=_environment(),
        capture_output=True,
        check=False,
        text=True,
    )
    took = time.perf_counter() - began
    if ended.returncode != candidate.code:
        raise SystemExit(f"{' '.join(candidate.command)} ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
    return took


def measure(all_of_them: Mapping[str, Candidate | str], rounds: int) -> dict[str, list[float]]:
    """Round robin: whatever else the machine does meets all alike. The first round is not counted."""
    timed = {name: one for name, one in all_of_them.items() if isinstance(one, Candidate)}
    taken: dict[str, list[float]] = {name: [] for name in timed}
    for number in range(rounds + 1):
        for name, candidate in timed.items():
            took = seconds(candidate)
            if number:
                taken[name].append(took)
    return taken


def _lines(all_of_them: Mapping[str, Candidate | str], taken: Mapping[str, list[float]]) -> Iterator[str]:
    base = statistics.median(taken[BASE])
    yield "| | median, ms | least, ms | × python -c pass |"
    yield "|---|--:|--:|--:|"
    for name, one in all_of_them.items():
        if isinstance(one, str):
            yield f"| {name} | {one} | | |"
            continue
        median = statistics.median(taken[name])
        yield f"| {name} | {median * 1000:.0f} | {min(taken[name]) * 1000:.0f} | {median / base:.1f} |"


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        all_of_them = candidates(Path(folder))
        taken = measure(all_of_them, rounds)
    print("\n".join(_lines(all_of_them, taken)))
    ratio = {name: statistics.median(times) / statistics.median(taken[BASE]) for name, times in taken.items()}
    kept = ratio[UNCHANGED] <= MOST_UNCHANGED and ratio[CHANGED] <= MOST_CHANGED
    kept = kept and ratio[UNCHANGED] < ratio.get(YAMLLINT, MOST_UNCHANGED)
    promise = (
        f"unchanged at most {MOST_UNCHANGED} and faster than yamllint, everything changed at most {MOST_CHANGED}"
    )
    print(f"{rounds} rounds, {os.cpu_count()} cores; promise {'kept' if kept else 'missed'}: {promise}")
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
