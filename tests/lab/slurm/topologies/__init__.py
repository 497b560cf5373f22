"""Small clusters beside the lab, each with what the lab cannot have at the same time, asked as an ordinary user."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.lab.slurm.cluster import HERE, SHARED, Cluster, LabError, PartLimits, call, require

NAMES = ("whole", "cores", "linear", "cpus", "sockets", "deep")
USER = "nfconfgen-lab"


class Topology(Cluster):
    """One of them. It has its own daemons; only accounting is the lab's."""

    # a node that has just been restarted may miss a moment
    passing = re.compile(f"{SHARED.pattern}|ReqNodeNotAvail")

    def __init__(self, name: str) -> None:
        super().__init__(Path(f"/run/lock/slurm-lab.{name}.use"), Path(f"/run/lock/slurm-lab.{name}.turn"))
        self.name = name
        self.conf = _started(name, None)

    def command(self, words: Sequence[str]) -> list[str]:
        # sudo would have settings of its own, and runuser asks nobody
        return ["runuser", "-u", USER, "--", "env", f"SLURM_CONF={self.conf}", *words]

    def administer(self, *words: str) -> None:
        """A command as root, which must succeed."""
        done = call(["env", f"SLURM_CONF={self.conf}", *words])
        if done.returncode:
            raise LabError(f"{' '.join(words)}: {done.stdout}{done.stderr}")

    def restart(self, part_limits: PartLimits) -> None:
        _started(self.name, part_limits)

    @contextmanager
    def by_ssh(self, folder: Path) -> Iterator[str]:
        """The folder of an `ssh` that runs a script as the ordinary user."""
        script = folder / "ssh"
        command = shlex.join(self.command(["bash", "-s"]))
        script.write_text(f"#!/bin/sh\nexec {command}\n")
        script.chmod(0o755)
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{folder}:{path}"
        try:
            yield self.name
        finally:
            os.environ["PATH"] = path


def _started(name: str, part_limits: PartLimits | None) -> Path:
    environment = {"SLURM_LAB_PART_LIMITS": part_limits} if part_limits else {}
    done = call([str(HERE / "topologies/topology.sh"), USER, name], environment)
    if done.returncode:
        raise LabError(done.stderr.strip())
    return Path(done.stdout.strip().splitlines()[-1]) / "slurm.conf"


def topology(name: str) -> Topology:
    """It runs when this returns. Without the lab the test is skipped, except in CI: there it fails."""
    require()
    return Topology(name)
