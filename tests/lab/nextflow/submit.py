"""What the real Nextflow hands to sbatch: the header of each job, with an sbatch that runs nothing."""

from __future__ import annotations

import re
from pathlib import Path

from .launch import NextflowError, Parser
from .shared import shared


def submitted(folder: Path, profile: str, parser: Parser) -> dict[tuple[str, int], dict[str, str]]:
    """The options of each job: (process, attempt) → option → value. A script must say `# attempt N`."""
    work = folder / f"work-{parser}"
    # whether the run itself succeeds does not matter: a queue that does not exist is refused by a real sbatch only
    shared(parser).run(["run", str(folder / "main.nf"), "-profile", profile, "-w", str(work)])
    found = {}
    for path in work.glob("*/*/.command.run"):
        name, lines = _header(path)
        attempt = re.search(r"# attempt (\d+)", path.with_name(".command.sh").read_text("utf-8"))
        assert attempt is not None, path
        parts = [line.partition(" ") for line in lines]
        found[name, int(attempt[1])] = {option: value for option, _, value in parts}
    return found


def headers(folder: Path, profile: str, parser: Parser) -> dict[str, list[str]]:
    """The #SBATCH lines of each process of `folder`/main.nf, but for those that are the same for every job.

    The pipeline's nextflow.config is the one in the folder.
    """
    work = folder / f"work-{parser}"
    # the configuration is that in the folder of the script
    result = shared(parser).run(["run", str(folder / "main.nf"), "-profile", profile, "-w", str(work)])[0]
    if result.exit_code != 0:
        raise NextflowError(result.output)
    return dict(_header(path) for path in work.glob("*/*/.command.run"))


def _header(script: Path) -> tuple[str, list[str]]:
    lines = re.findall(r"^#SBATCH (.*)$", script.read_text("utf-8"), re.MULTILINE)
    (name,) = [line.removeprefix("-J nf-") for line in lines if line.startswith("-J ")]
    ours = [line.strip() for line in lines if not line.startswith(("-J ", "-o ", "--no-requeue", "--signal "))]
    return name, ours
