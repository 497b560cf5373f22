"""An account without anything in it, and whoever works there: the example profiles/from-zero.yml, a small pipeline.

AWS is the double. There is no plugin nf-amazon here, so `nextflow` is a stand-in that starts the real one with tasks
of this machine where those of AWS Batch would be; for each run a job waits in the queue, so that an instance starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.nextflow import launch as lab

BUCKET = "obenauflab-zero"


def profile() -> str:
    """The example with a pipeline that is here."""
    text = (ROOT / "profiles/from-zero.yml").read_text()
    for old, new in {
        "output: from-zero/\n": "",
        "run: t-neumann/salmon-nf": "run: ../main.nf",
        "  revision: master\n": "",
        "# yaml-language-server: $schema=../schemas/profile.schema.json\n": "",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


PIPELINE = """
params.inputDir = null
params.outputDir = null
process COUNT {
    publishDir params.outputDir, mode: 'copy'
    input: path reads
    output: path '*.txt'
    script: "wc -l < $reads > ${reads.simpleName}.txt"
}
workflow { COUNT(Channel.fromPath("${params.inputDir}/*")) }
"""
STAND_IN = """\
#!/usr/bin/env bash
# s3://BUCKET/KEY is $MIRROR/BUCKET/KEY, and a job waits where the tasks would be
set -euo pipefail
real=$REAL_NEXTFLOW
if [ "${1-}" != run ]; then
    if [ "${1-}" = plugin ]; then echo "plugin $3" >>"$MIRROR/plugins"; exit 0; fi
    exec "$real" "$@"
fi
words=()
while [ $# -gt 0 ]; do
    case $1 in
        -work-dir) words+=("$1" "$MIRROR/work") && shift ;;
        -params-file)
            sed "s|s3://|$MIRROR/|g" "$2" >"$MIRROR/params.json"
            words+=("$1" "$MIRROR/params.json") && shift
            ;;
        *) words+=("$1") ;;
    esac
    shift
done
definition=${DEFINITION:-$(sed -n "s|.*'job-definition://\\([^']*\\)'.*|\\1|p" "$CONFIG" | head -n 1)}
job=$(aws batch submit-job --job-name task --job-queue zeroSpot --job-definition "$definition" \\
    --container-overrides 'resourceRequirements=[{type=MEMORY,value=15000}]' --query jobId --output text)
# a poll of the double each: the instance comes up, and stays, as real ones do for some minutes
for _ in 1 2 3; do aws batch describe-jobs --jobs "$job" >/dev/null; done
aws s3 sync --quiet s3://obenauflab-zero "$MIRROR/obenauflab-zero" --exclude 'work/*'
code=0
"$real" "${words[@]}" -c "$MIRROR/here.config" || code=$?
aws s3 sync --quiet "$MIRROR/obenauflab-zero" s3://obenauflab-zero
exit "$code"
"""
HERE = """
process.executor = 'local'
executor { cpus = 64; memory = '512 GB' }
"""
FAKE = """\
#!/usr/bin/env bash
if [ "$1" = -version ]; then echo 'version 25.04.4'; fi
if [ "$1" = run ]; then mkdir -p "$MIRROR/obenauflab-zero/salmon-one" && : >"$MIRROR/obenauflab-zero/salmon-one/x"; fi
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A pipeline's folder, an account in the double, and the environment of whoever works there."""

    folder: Path
    double: Double
    environment: Mapping[str, str]

    def nfconfgen(self, *words: object) -> Ended:
        return nfconfgen(*words, environment=list(self.environment.items()), alone=True)

    def provision(self, *words: str) -> Ended:
        return self.nfconfgen("provision", self.folder / "profile.yml", *words, "--poll", "0")

    def script(self, name: str, *words: str, traced: bool = False, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*(["bash", "-x"] if traced else []), str(self.folder / "launch" / name), *words],
            cwd=self.folder / "here",
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def typed(self, command: str) -> Ended:
        """What a command shows on a terminal, as its output."""
        name, *words = command.split()
        program = [sys.executable, "-m", "nfconfgen", words[0], str(self.folder / "profile.yml"), *words[1:]]
        if name != "nfconfgen":
            program = [str(self.folder / name), *words]
        elif words[0] == "provision":
            program += ["--poll", "0"]
        done = subprocess.run(
            program,
            cwd=self.folder / "here",
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Ended(done.returncode, done.stdout, "")

    def ask(self, service: str) -> Any:
        return connect(self.double, service)

    def files(self) -> dict[str, bytes]:
        """What is in git."""
        kept = [path for path in self.folder.rglob("*") if path.is_file() and "here" not in path.parts]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in kept}


def opened(double: Double, home: Path) -> Account:
    """The account of a new user, whose folders are below `home`; the double holds what it is given before."""
    folder, mirror, tools = home / "pipeline", home / "mirror", home / "bin"
    for made in (folder / "here/fastq", folder / "here/fastq-one", mirror / "obenauflab-zero", tools):
        made.mkdir(parents=True)
    (folder / "profile.yml").write_text(profile())
    (folder / "main.nf").write_text(PIPELINE)
    (mirror / "here.config").write_text(HERE)
    for name in ("a", "b"):
        (folder / f"here/fastq/{name}.fq.gz").write_text(f"{name}\n" * 8)
    (folder / "here/fastq/notes.tmp").write_text("not to be copied\n")
    (folder / "here/fastq-one/one.fq.gz").write_text("one\n")
    (tools / "nextflow").write_text(STAND_IN)
    (tools / "nextflow").chmod(0o755)
    known = double.env() | {"HOME": str(home / "home"), "XDG_STATE_HOME": str(home / "state")}
    nextflow = lab.environment(home, "v1")
    environment = {
        **{name: value for name, value in nextflow.items() if not name.startswith("AWS_")},
        **known,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "REAL_NEXTFLOW": str(lab.HERE / "nextflow"),
        "MIRROR": str(mirror),
        "CONFIG": str(folder / "conf/awsbatch.config"),
        "NFCONFGEN_POLL_S": "2",
    }
    return Account(folder, double, environment)
