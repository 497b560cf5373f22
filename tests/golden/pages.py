"""The blocks of the documents that show what the program prints, and how each of them is made."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.executors.slurm.doctor import values as waiting
from tests.executors.slurm.samples import answer, sample
from tests.fast.test_noticed import copied
from tests.recommend import salmon_run

COMMANDS = (
    "init",
    "import",
    "build",
    "validate",
    "check",
    "facts",
    "probe",
    "provision",
    "register",
    "doctor",
    "verify",
    "explain",
    "recommend",
    "diff",
    "rule",
    "schema",
)
SALMON = "profiles/salmon.yml"
FENCE = "```\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that a page shows: what stands right before it there, and what it is now. No head: the whole page."""

    page: str
    head: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}: {self.head.strip().splitlines()[-1]}" if self.head else self.page


@dataclass(frozen=True, slots=True)
class Maker:
    """What a page shows, made in an empty folder."""

    page: str
    make: Callable[[Path, pytest.MonkeyPatch], Iterator[Shown]]


def in_page(shown: Shown, content: str) -> str:
    """The text as the page has it; LookupError where the page does not show it."""
    if not shown.head:
        return content
    _, head, behind = content.partition(shown.head)
    text, fence, _ = behind.partition(FENCE.strip())
    if not head or not fence:
        raise LookupError(f"{shown.page} has no block that begins with {shown.head!r}")
    return text


def renewed(shown: Shown, content: str) -> str:
    """The page with the text as it is now."""
    if not shown.head:
        return shown.text
    old = in_page(shown, content)
    return content.replace(shown.head + old, shown.head + shown.text, 1)


def printed(page: str, command: str, text: str) -> Shown:
    """What a command prints, in a block that begins with the command."""
    return Shown(page, f"$ nfconfgen {command}\n", text)


def of_commands(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """The page with what --help prints of each command."""
    patch.chdir(ROOT)
    parts = ["# Commands and options\n", "What `--help` prints.\n"]
    for command in COMMANDS:
        environment = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}
        ended = nfconfgen(command, "--help", environment=environment)
        usage = "\n".join(line.rstrip() for line in ended.out.strip().splitlines())
        parts.append(f"## nfconfgen {command}\n\n```\n{usage}\n```\n")
    yield Shown("docs/commands.md", "", "\n".join(parts))


def of_the_readme(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """The plan, a finding, and a part of a generated config."""
    patch.chdir(ROOT)
    ended = nfconfgen("build", SALMON, "--offline", "--dry-run")
    yield Shown("README.md", f"<!-- the plan -->\n{FENCE}", ended.out.strip() + "\n")
    config = (ROOT / "profiles/salmon/conf/awsbatch.config").read_text()
    part = re.search(r"    // attempt.*?\n    memory = [^\n]*\n", config, re.DOTALL)
    assert part is not None, "the config has no table of attempts"
    yield Shown("README.md", "```groovy\n", part[0])
    text = (ROOT / SALMON).read_text().replace("8 GB", "64 GB")
    (folder / "profile.yml").write_text(text)
    shutil.copy(ROOT / "profiles/salmon.lock.json", folder / "profile.lock.json")
    patch.chdir(folder)
    yield Shown("README.md", f"<!-- a finding -->\n{FENCE}", nfconfgen("validate", "profile.yml").out)


def of_a_site(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """The Slurm site that the page on Slurm shows is one of the good cases."""
    yield Shown("docs/slurm.md", "```yaml\n", (ROOT / "tests/cases/good/slurm-site.yml").read_text())


TWO_SITES = """\
nfconfgen: 1
pipeline: {name: demo}
tasks: {default: {cpus: 4, memory: 8 GB, time: 1h}}
sites:
  hpc:   {executor: slurm, queues: [short, gpu]}
  cloud: {executor: awsbatch, region: eu-central-1, queues: [salmonWorkload], work_dir: s3://bucket/work}
"""


def of_facts_by_hand(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """The file that the page shows, with a profile of two sites on a machine without Slurm and AWS credentials."""
    patch.chdir(folder)
    file = re.search(r"# yaml-language-server.*?```", (ROOT / "docs/facts.md").read_text(), re.DOTALL)
    assert file is not None
    (folder / "lab.yml").write_text(file[0].removesuffix("```"))
    profile = folder / "profile.yml"
    profile.write_text(TWO_SITES)
    environment = {"NFCONFGEN_SLURM": "off", "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder)}
    environment |= {name: os.environ[name] for name in ("PATH", "SOURCE_DATE_EPOCH") if name in os.environ}
    for command, shown in (("facts", r"hpc |site "), ("build", r".*\[aws\]$")):
        words = f"{command} profile.yml --from lab.yml"
        ended = nfconfgen(*words.split(), environment=environment, alone=True)
        lines = [line for line in ended.out.splitlines(keepends=True) if re.match(shown, line)]
        yield printed("docs/facts.md", words, "".join(lines))


def of_facts(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    patch.chdir(ROOT)
    for profile in ("rnaseq", "salmon", "workstation"):
        command = f"facts profiles/{profile}.yml --offline"
        yield printed("docs/facts.md", command, nfconfgen(*command.split()).out)


def of_waiting_jobs(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """A login node with a job that is too long, and others that wait for their turn."""
    # without folders, which are those of the machine
    text = re.sub(r"^    (work_dir|container): .*\n", "", waiting.PROFILE, flags=re.MULTILINE)
    (folder / "profile.yml").write_text(text)
    jobs = [waiting.row(n, "QOSGrpCpuLimit", f"nf-ALIGN_({n - 31})", qos="grp") for n in range(32, 44)]
    jobs.append(waiting.row(44, "PartitionTimeLimit", "nf-INDEX", limit="5:00:00"))
    node = waiting.login(folder / "node", jobs)
    patch.chdir(folder)
    ended = nfconfgen("doctor", "profile.yml", environment=node.environment)
    *heading, pointer, summary = ended.err.splitlines(keepends=True)
    yield printed("docs/doctor.md", "doctor profile.yml", "".join([*heading, ended.out, pointer, summary]))


def of_checks(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """A repository of two profiles: up to date, changed by hand, on a smaller cluster, and in annotations."""
    copied(folder, "salmon")
    copied(folder, "rnaseq")
    patch.chdir(folder)
    # the example's lock was written by an earlier version, which queried less
    _collected(folder, memory_mib=64000)
    assert nfconfgen("build", "salmon.yml", "--from", "site.facts", "--offline").code == 0
    yield printed("docs/check.md", "check", nfconfgen("check").err)
    config = folder / "salmon/conf/slurm.config"
    config.write_text(config.read_text().replace("1.h", "2.h"))
    (folder / "salmon/launch/run-slurm.sh").unlink()
    profile = folder / "rnaseq.yml"
    profile.write_text(profile.read_text() + "# a comment\n")
    yield printed("docs/check.md", "check salmon.yml rnaseq.yml", nfconfgen("check", "salmon.yml", "rnaseq.yml").out)
    _collected(folder, memory_mib=16000)
    live = nfconfgen("check", "salmon.yml", "--from", "site.facts").out.splitlines(keepends=True)
    text = "".join(line for line in live if "[live-" in line)
    yield printed("docs/check.md", "check salmon.yml --from site.facts", text)
    github = "check rnaseq.lock.json --format github"
    yield printed("docs/check.md", github, nfconfgen(*github.split()).out)


def _collected(folder: Path, memory_mib: int) -> None:
    """site.facts, as `facts --collect` prints it on the example's cluster, were its nodes of this size."""
    nodes = sample("nodes").replace("RealMemory=64000", f"RealMemory={memory_mib}")
    (folder / "site.facts").write_text(answer(nodes=nodes))


def of_an_explanation(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    patch.chdir(ROOT)
    command = f"explain {SALMON} --site awsbatch"
    yield printed("docs/explain.md", command, nfconfgen(*command.split()).out)


DEMO = """\
nfconfgen: 1
pipeline: {name: demo}
tasks: {default: {cpus: 1, memory: 6 GB, time: 4h}}
retry: {attempts: 2, memory: attempt, exit_codes: [104, 130-145]}
sites:
  cloud: {executor: awsbatch, region: eu-west-1, queues: [rnaseqSmall, rnaseqLarge], work_dir: s3://bucket/work}
"""


def of_costs(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """By the prices that the page shows, on the queues of an example."""
    shown = re.search(r"```json\n(.*?)```", (ROOT / "docs/explain.md").read_text(), re.DOTALL)
    assert shown is not None
    (folder / "profile.prices.json").write_text(shown[1])
    (folder / "profile.yml").write_text(DEMO)
    shutil.copy(ROOT / "profiles/rnaseq.lock.json", folder / "profile.lock.json")
    patch.chdir(folder)
    command = "explain --prices profile.prices.json"
    ended = nfconfgen(*command.split())
    # what failures do is shown above
    text = ended.out.partition("\ncloud: retried")[0]
    yield printed("docs/explain.md", command, text)


def of_a_recommendation(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """The example's run of 1,222 samples."""
    for name in ("salmon.yml", "salmon.lock.json"):
        shutil.copy(ROOT / "profiles" / name, folder)
    salmon_run.trace(folder / "trace.txt")
    patch.chdir(folder)
    command = "recommend salmon.yml trace.txt --diff"
    yield printed("docs/recommend.md", command, nfconfgen(*command.split()).out)


def of_a_diff(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    patch.chdir(ROOT)
    yield printed("docs/diff.md", f"diff {SALMON}", nfconfgen("diff", SALMON).out)


def of_pipelines(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """Two pipelines that override their profiles, checked without any Nextflow."""
    patch.setenv("PATH", "/usr/bin:/bin")
    cases = ROOT / "tests/pipeline/cases"
    shutil.copytree(cases / "container-in-own-config", folder, dirs_exist_ok=True)
    shutil.copytree(cases / "labels-of-nf-core", folder / "reads")
    patch.chdir(folder)
    for command in ("check profile.yml --pipeline .", "check reads/profile.yml --pipeline reads"):
        words = command.split()
        assert nfconfgen("build", words[1], "--offline").code == 0
        ended = nfconfgen(*words)
        assert ended.code == 1
        yield printed("docs/pipeline.md", command, ended.out)
        if words[-1] == ".":
            yield Shown("docs/pipeline.md", f"<!-- the last line -->\n{FENCE}", ended.err)


MAKERS = (
    Maker("docs/commands.md", of_commands),
    Maker("README.md", of_the_readme),
    Maker("docs/slurm.md", of_a_site),
    Maker("docs/facts.md", of_facts),
    Maker("docs/facts.md", of_facts_by_hand),
    Maker("docs/check.md", of_checks),
    Maker("docs/doctor.md", of_waiting_jobs),
    Maker("docs/explain.md", of_an_explanation),
    Maker("docs/explain.md", of_costs),
    Maker("docs/recommend.md", of_a_recommendation),
    Maker("docs/diff.md", of_a_diff),
    Maker("docs/pipeline.md", of_pipelines),
)
