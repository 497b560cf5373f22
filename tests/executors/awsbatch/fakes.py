"""A login node in a folder: Slurm's commands that print the lab's samples, ssh that stays here, and nothing else."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.commands.common import utc_now
from tests.executors.slurm.samples import FILES, sample

TOOLS = (
    *("awk", "bash", "cat", "echo", "env", "grep", "head", "od", "paste", "sed", "sh", "sleep", "sort", "tr"),
    "uname",
)
SCONTROL = """case "$*" in
    "show config") cat {here}/config.txt ;;
    "-a -o show partition") cat {here}/partitions.txt ;;
    "-a -o show node") cat {here}/nodes.txt ;;
    "-o show reservation") echo 'No reservations in the system' ;;
    "-o show assoc_mgr "*) echo 'Current Association Manager state' ;;
    *) echo "fake scontrol: $*" >&2; exit 1 ;;
esac
"""
SACCTMGR = """case "$*" in
    "-nP show qos format=name,flags,"*) cat {here}/qos.txt ;;
    "-nP show assoc user=root format=cluster,"*) grep -E '^[a-z]+[|][a-z]+[|]root[|]' {here}/associations.txt ;;
    "-nP show assoc user= cluster="*" format=cluster,"*) grep -E '^[a-z]+[|][a-z]+[|][|]' {here}/associations.txt ;;
    "-nP show user root format=defaultaccount") echo lab ;;
    *) echo "fake sacctmgr: $*" >&2; exit 1 ;;
esac
"""
SSH = """printf '%s\\n' "$*" >> {here}/ssh.log
exec bash -s
"""


@dataclass(frozen=True, slots=True)
class Login:
    """`PATH` is this folder alone, so that a Slurm of this machine does not answer instead."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found
            (self.folder / tool).symlink_to(found)
        for field in FILES:
            self.prints(field, sample(field))
        self.command("scontrol", SCONTROL)
        self.command("sacctmgr", SACCTMGR)
        self.command("sinfo", "cat {here}/sinfo.txt\n")
        self.command("id", 'case "$1" in -un) echo root ;; -Gn) echo root ;; esac\n')
        self.command("date", f'[ "$1" = -u ] && echo {utc_now()}\n')
        self.command("ssh", SSH)

    def prints(self, field: str, text: str) -> None:
        """What a command prints."""
        (self.folder / f"{field}.txt").write_text(text, "utf-8")

    def command(self, name: str, script: str) -> None:
        path = self.folder / name
        # a tool is a link to that of the machine, which writing would replace
        path.unlink(missing_ok=True)
        path.write_text(f"#!{self.folder}/bash\n" + script.replace("{here}", shlex.quote(str(self.folder))), "utf-8")
        path.chmod(0o755)

    def without(self, *names: str) -> None:
        for name in names:
            (self.folder / name).unlink()

    def renamed(self, cluster: str) -> None:
        """The same cluster by another name."""
        self.prints("config", sample("config").replace("= lab\n", f"= {cluster}\n"))
        self.prints("associations", re.sub("^lab", cluster, sample("associations"), flags=re.MULTILINE))

    @property
    def environment(self) -> Mapping[str, str]:
        return {"PATH": str(self.folder), "NFCONFGEN_SLURM": "on"}
