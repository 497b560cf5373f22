"""`nfconfgen verify` where there is no Nextflow, or where none should be asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nfconfgen import jsontext
from nfconfgen.fast.checksum import digest
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.fast.test_noticed import copied


def test_a_missing_nextflow_is_reported_in_one_line(tmp_path: Path) -> None:
    ended = nfconfgen("verify", ROOT / "profiles/salmon.yml", environment=[("PATH", str(tmp_path))])
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [
        "nfconfgen: error: there is no nextflow on the PATH, which verify needs: see https://nextflow.io"
    ]


def test_a_nextflow_that_does_not_start_is_reported_in_one_line(tmp_path: Path) -> None:
    launcher = tmp_path / "nextflow"
    launcher.write_text("#!/bin/sh\necho 'no java' >&2\nexit 1\n")
    launcher.chmod(0o755)
    ended = nfconfgen("verify", ROOT / "profiles/salmon.yml", environment=[("PATH", str(tmp_path))])
    assert (ended.code, ended.err) == (2, f"nfconfgen: error: {launcher} does not start: no java\n")


@pytest.fixture(name="built")
def _built(tmp_path: Path) -> Path:
    profile = Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))
    shutil.copy(ROOT / "profiles/salmon.lock.json", tmp_path)
    assert nfconfgen("build", profile, "--offline", "--force").code == 0
    return profile


def verify(profile: Path, folder: Path) -> tuple[Ended, bool]:
    """With a Nextflow that answers for its version only; whether it was given anything to read."""
    launcher = folder / "nextflow"
    launcher.write_text(f"#!/bin/sh\n[ \"$1\" = -v ] && echo 'nextflow version 25.04.4' || touch {folder}/ran\n")
    launcher.chmod(0o755)
    ended = nfconfgen("verify", profile, environment=[("PATH", f"{folder}:/usr/bin:/bin")])
    return ended, (folder / "ran").exists()


def test_what_was_built_is_read(built: Path, tmp_path: Path) -> None:
    assert verify(built, tmp_path)[1]


@pytest.mark.parametrize("name", ["profiles.config", "slurm.config", "awsbatch.config"])
@pytest.mark.parametrize("forged", [False, True])
def test_what_was_not_built_is_not_run(built: Path, tmp_path: Path, name: str, forged: bool) -> None:
    config = tmp_path / "salmon/conf" / name
    config.write_text(config.read_text() + "System.exit(0)\n")
    if forged:
        path = built.with_suffix(".lock.json")
        lock = json.loads(path.read_text())
        lock["outputs"][f"conf/{name}"] = digest(config.read_bytes())
        without_checksum = jsontext.dumps({**lock, "seal": ""})
        path.write_text(jsontext.dumps({**lock, "seal": digest(without_checksum)}))
    ended, ran = verify(built, tmp_path)
    assert not ran
    assert ended.code == 1
    assert str(config) in ended.out
    assert "values compared" not in ended.out


def test_what_is_no_file_is_not_run(built: Path, tmp_path: Path) -> None:
    config = tmp_path / "salmon/conf/slurm.config"
    config.unlink()
    config.symlink_to("/dev/zero")
    ended, ran = verify(built, tmp_path)
    assert (ended.code, ran) == (1, False)
    config.unlink()
    assert verify(built, tmp_path)[0].code == 1


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("form", ["text", "github"])
def test_nothing_compared_is_not_nothing_that_differs(tmp_path: Path, built: bool, form: str) -> None:
    profile = copied(tmp_path, "salmon")
    profile.write_text(profile.read_text().replace("memory: 8 GB", "memory: 800 GB"))
    if not built:
        shutil.rmtree(tmp_path / "salmon")
    ended = nfconfgen("verify", profile, "--format", form, environment=[("PATH", starting(tmp_path / "bin"))])
    assert ended.code == 1
    assert "memory-fit" in ended.out
    assert "0 cells" not in ended.out + ended.err
    assert "nothing was compared" in ended.err


def test_missing_outputs_are_reported_with_what_to_do(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    shutil.rmtree(tmp_path / "salmon")
    ended = nfconfgen("verify", profile, environment=[("PATH", starting(tmp_path / "bin"))])
    assert (ended.code, ended.out) == (2, "")
    assert "profiles.config does not exist: nfconfgen build writes it" in ended.err


def starting(folder: Path) -> str:
    """A PATH with a launcher that only prints its version."""
    folder.mkdir()
    launcher = folder / "nextflow"
    launcher.write_text("#!/bin/sh\necho 'nextflow version 25.04.4.5930'\n")
    launcher.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_what_an_earlier_build_left_is_not_run(built: Path, tmp_path: Path) -> None:
    built.write_text(
        built.read_text().replace("[salmonWorkload, salmonExcess]", "[salmonWorkload, salmonExcess, new]")
    )
    assert nfconfgen("build", built, "--offline").code == 1
    ended, ran = verify(built, tmp_path)
    assert (ended.code, ran) == (1, False)
    assert "the config of awsbatch is of an earlier build, so Nextflow is not started" in ended.out
    # without it there is nothing that a build would not write
    (tmp_path / "salmon/conf/awsbatch.config").unlink()
    assert nfconfgen("build", built, "--offline").code == 1
    assert verify(built, tmp_path)[1]
