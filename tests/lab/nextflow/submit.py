"""What the real Nextflow hands to sbatch: the header of each job, with an sbatch that runs nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .launch import NextflowError, Parser, start

# It is called in the task's folder; Nextflow waits for the begin of a job, then for its exit code.
SBATCH = "#!/usr/bin/env bash\n: > .command.begin\nprintf 0 > .exitcode\necho Submitted batch job $$\n"


def headers(folder: Path, profile: str, parser: Parser) -> dict[str, list[str]]:
    """The #SBATCH lines of each process of `folder`/main.nf, but for those that are the same for every job.

    The pipeline's nextflow.config is the one in the folder.
    """
    work, fakes = folder / f"work-{parser}", folder / "fakes"
    fakes.mkdir(exist_ok=True)
    for name in ("sbatch", "squeue", "scancel"):
        (fakes / name).write_text(SBATCH if name == "sbatch" else "#!/usr/bin/env bash\n", "utf-8")
        (fakes / name).chmod(0o755)
    words = ["run", "main.nf", "-profile", profile, "-w", str(work)]
    result = start(words, folder, parser, {"PATH": f"{fakes}:{os.environ['PATH']}"})[0]
    if result.exit_code != 0:
        raise NextflowError(result.output)
    return dict(_header(path) for path in work.glob("*/*/.command.run"))


def _header(script: Path) -> tuple[str, list[str]]:
    lines = re.findall(r"^#SBATCH (.*)$", script.read_text("utf-8"), re.MULTILINE)
    (name,) = [line.removeprefix("-J nf-") for line in lines if line.startswith("-J ")]
    ours = [line.strip() for line in lines if not line.startswith(("-J ", "-o ", "--no-requeue", "--signal "))]
    return name, ours
