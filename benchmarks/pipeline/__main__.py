"""How long `nfconfgen check` takes in a pipeline of the size of nf-core/rnaseq, in units of `python -c pass`.

python -m benchmarks.pipeline [FOLDER] [ROUNDS]      FOLDER: a pipeline that is there; default: one is made
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_FIRST, MOST_AGAIN = 40, 6
MODULES, WORKFLOWS, CONFIGS = 90, 12, 120
LABELS = ("process_single", "process_low", "process_medium", "process_high", "process_high_memory")
BASE = "python -c pass"
ROWS = {
    "check, at first": ((), True),
    "check, nothing changed": ((), False),
    "check --pipeline, at first": (("--pipeline", "."), True),
    "check --pipeline, nothing changed": (("--pipeline", "."), False),
}


MODULE = """\
process @NAME@ {
    tag "$meta.id"
    label '@LABEL@'

    container "quay.io/tool:@NAME@"

    input:
    tuple val(meta), path(reads)

    output:
    tuple val(meta), path('*.bam'), emit: bam

    script:
    \"""
@LINES@
    \"""
}
"""
MODULE_CONFIG = """\
process {
    withName: '.*:STEP.*:@NAME@' {
        ext.args = { params.fast ? '-q' : '' }
    }
}
"""


def made(folder: Path) -> Path:
    """A pipeline in the manner of nf-core: modules with a config each, each used twice in one of the workflows."""
    names = [f"TOOL{number}" for number in range(MODULES)]
    lines = "\n".join(f"    # line {line} of a script" for line in range(40))
    for number, name in enumerate(names):
        text = MODULE.replace("@LABEL@", LABELS[number % len(LABELS)]).replace("@LINES@", lines)
        _write(folder / f"modules/{name}/main.nf", text.replace("@NAME@", name))
    for step in range(WORKFLOWS):
        _write(folder / f"subworkflows/STEP{step}/main.nf", _workflow(f"STEP{step}", names[step::WORKFLOWS]))
    steps = [f"STEP{step}" for step in range(WORKFLOWS)]
    includes = "".join(f"include {{ {step} }} from './subworkflows/{step}/main'\n" for step in steps)
    calls = "".join(f"    {step}(params.input)\n" for step in steps)
    _write(folder / "main.nf", f"{includes}\nworkflow READS {{\n{calls}}}\n\nworkflow {{\n    READS()\n}}\n")
    configs = [f"conf/modules/tool{number}.config" for number in range(CONFIGS)]
    for number, path in enumerate(configs):
        _write(folder / path, MODULE_CONFIG.replace("@NAME@", f"TOOL{number}"))
    shutil.copy(Path(__file__).with_name("base.config"), folder / "conf/base.config")
    head = "params {\n    input = null\n    fast = false\n}\nincludeConfig 'conf/base.config'\n"
    _write(folder / "nextflow.config", head + "".join(f"includeConfig '{path}'\n" for path in configs))
    return folder


def _workflow(name: str, used: list[str]) -> str:
    paths = {tool: f"../../modules/{tool}/main" for tool in used}
    includes = [f"include {{ {tool} }} from '{path}'" for tool, path in paths.items()]
    includes += [f"include {{ {tool} as {tool}_AGAIN }} from '{path}'" for tool, path in paths.items()]
    calls = "".join(f"    {tool}(reads)\n    {tool}_AGAIN(reads)\n" for tool in used)
    return "\n".join(includes) + f"\n\nworkflow {name} {{\n    take: reads\n\n    main:\n{calls}}}\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@dataclass(frozen=True, slots=True)
class Run:
    """One row: a command in the pipeline. With `forgetful` nothing is known about the pipeline; compiled templates
    stay, as the first run of an installation leaves them."""

    command: tuple[str, ...]
    cache: Path
    forgetful: bool

    def seconds(self, folder: Path) -> float:
        if self.forgetful:
            for path in self.cache.rglob("*"):
                if path.is_file() and path.suffix != ".template":
                    path.unlink()
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env = kept | {"NFCONFGEN_SLURM": "off", "CI": "", "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(self.cache)}
        began = time.perf_counter()
        ended = subprocess.run(self.command, cwd=folder, env=env, capture_output=True, check=False, text=True)
        took = time.perf_counter() - began
        # 1: findings, which a real pipeline may have
        if ended.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(self.command)} ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
        return took


def prepared(pipeline: Path) -> None:
    """The pipeline with a profile, built and included."""
    profile = (ROOT / "profiles/rnaseq.yml").read_text().replace("output: rnaseq/", "output: site/")
    (pipeline / "profile.yml").write_text(profile)
    shutil.copy(ROOT / "profiles/rnaseq.lock.json", pipeline / "profile.lock.json")
    command = [sys.executable, "-m", "nfconfgen", "build", "profile.yml", "--offline", "--force"]
    # 1: what the pipeline asks for may not fit
    subprocess.run(
        command, cwd=pipeline, capture_output=True, check=False, env={**os.environ, "NFCONFGEN_SLURM": "off"}
    )
    with (pipeline / "nextflow.config").open("a") as config:
        config.write("includeConfig 'site/conf/profiles.config'\n")


def measured(pipeline: Path, caches: Path, rounds: int) -> Mapping[str, list[float]]:
    check = (str(Path(sys.executable).parent / "nfconfgen"), "check", "profile.yml")
    runs = {BASE: Run((sys.executable, "-c", "pass"), caches / "none", forgetful=False)}
    for number, (name, (words, forgetful)) in enumerate(ROWS.items()):
        runs[name] = Run((*check, *words), caches / str(number), forgetful)
    taken: dict[str, list[float]] = {name: [] for name in runs}
    # round robin: whatever else the machine does meets all alike; the first round is not counted
    for number in range(rounds + 1):
        for name, run in runs.items():
            took = run.seconds(pipeline)
            if number:
                taken[name].append(took)
    return taken


def main() -> int:
    named = [Path(word) for word in sys.argv[1:] if not word.isdigit()]
    rounds = next((int(word) for word in sys.argv[1:] if word.isdigit()), 9)
    with tempfile.TemporaryDirectory() as folder:
        pipeline = Path(folder) / "pipeline"
        if named:
            shutil.copytree(named[0], pipeline, symlinks=True)
        else:
            made(pipeline)
        prepared(pipeline)
        taken = measured(pipeline, Path(folder) / "caches", rounds)
    base = statistics.median(taken[BASE])
    print("| | median, ms | least, ms | × python -c pass |\n|---|--:|--:|--:|")
    kept = True
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"| {name} | {median * 1000:.0f} | {min(times) * 1000:.0f} | {median / base:.1f} |")
        most = MOST_FIRST if name.endswith("first") else MOST_AGAIN
        kept = kept and (name == BASE or median / base <= most)
    promise = f"at first at most {MOST_FIRST}, nothing changed at most {MOST_AGAIN}"
    print(f"{rounds} rounds, {os.cpu_count()} cores; promise {'kept' if kept else 'missed'}: {promise}")
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
