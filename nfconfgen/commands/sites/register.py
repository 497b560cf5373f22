"""`nfconfgen register`: registers what jobs need before a run, by the script that a build writes for it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.commands.common import no_site
from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.render.outputs import outputs
from nfconfgen.report.reporter import report
from nfconfgen.terminal.console import Console


@dataclass(frozen=True, slots=True)
class Register:
    profile: Path
    prune: bool = False
    dry_run: bool = False

    @property
    def words(self) -> list[str]:
        """The options of the script."""
        return [*(["--dry-run"] if self.dry_run else []), *(["--prune"] if self.prune else [])]


def run(options: Register, console: Console) -> int:
    """The exit code of the script; 1 also if the profile cannot be built from the lock."""
    assessment = assess(options.profile, Ask())
    plan = assessment.sound_plan
    if not assessment.readable or plan is None:
        report(assessment.findings, "text", console)
        return FINDINGS
    names = list(dict.fromkeys(site.site.executor.registers for site in plan.sites if site.site.executor.registers))
    files = outputs(plan)
    scripts = [name for name in names if name in files]
    if not names:
        console.info(f"{no_site(lambda executor: executor.registers or None)}: there is nothing to register")
    elif not scripts:
        console.info("there is nothing to register: Nextflow makes the job definitions itself")
    return max((_run(script, files, options) for script in scripts), default=OK)


def _run(script: str, files: Mapping[str, str], options: Register) -> int:
    """Runs what is rendered, not what the folder holds: that may be another's, or edited."""
    with tempfile.TemporaryDirectory(prefix="nfconfgen-") as folder:
        for name, text in files.items():
            if name.startswith("launch/"):
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        try:
            return subprocess.run(["bash", str(Path(folder, script)), *options.words], check=False).returncode
        except FileNotFoundError:
            raise UsageError("bash is not on the PATH: it runs the script") from None
