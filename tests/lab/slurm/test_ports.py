"""Another Slurm on the machine: the lab keeps away from its ports. Needs no lab."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from .cluster import HERE

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def bash(script: str) -> str:
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'. "{HERE}/lib.sh"; {script}'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def configured(folder: Path, port: int) -> str:
    """A lab that was configured with slurmctld at this port, and does not run."""
    (folder / "slurm.conf").write_text(f"ClusterName=lab\nSlurmctldPort={port}\n")
    return f"conf={folder} run={folder}"


def test_ports_that_others_listen_on_are_avoided(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        # above the ports that are given to connections by chance there is room below 65536
        ports = f"ports=({port - 5} {port})"
        assert bash(f"{ports}; is_taken {port} && free_offset") != "0"
        assert bash(f"{ports}; {configured(tmp_path, port - 5)}; offset") != "0"
    assert bash(f"{ports}; is_taken {port} || free_offset") == "0"
    assert bash(f"{ports}; {configured(tmp_path, port - 5)}; offset") == "0"
    assert bash(f"{ports}; {configured(tmp_path, port + 995)}; offset") == "1000"


def test_every_port_of_the_configuration_is_moved() -> None:
    printed = bash(f'moved 1000 < "{HERE}/slurm.conf.in"')
    assert "SlurmctldPort=7817\n" in printed
    assert "AccountingStoragePort=7819\n" in printed
    assert "Port=[17818-17819] CPUs" in printed
    assert bash(f'moved 0 < "{HERE}/slurm.conf.in"') == (HERE / "slurm.conf.in").read_text().strip()
    named = bash('echo "${ports[@]}"').split()
    assert bash(f"grep -oE '[0-9]{{4,5}}' <<< \"$(grep -oE 'Port=\\S+' '{HERE}/slurm.conf.in')\"").split() == named
