"""Further Nextflow profiles of a run are joined with the site's: Nextflow refuses a second -profile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.shell import Stage, as_nextflow_reads, build, profile

SESSION = "d9feadfe-6e50-4d66-a389-9cfa3e750ec2"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "stage", "nextflow", "sbatch", "aws", "singularity")


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("profiles")
    return build(folder, profile(folder)) / "launch"


@pytest.mark.parametrize(
    ("words", "joined"),
    [
        ((), "slurm"),
        (("-profile", "test"), "slurm,test"),
        (("--profile", "test"), "slurm,test"),
        (("-profile=test",), "slurm,test"),
        (("--profile=test,debug",), "slurm,test,debug"),
        (("-profile", "test,debug,test"), "slurm,test,debug"),
        (("-profile", "test", "--profile=debug"), "slurm,test,debug"),
        (("-profile", "slurm,test"), "slurm,test"),
        (("-profile", "test,slurm"), "test,slurm"),
        (("-profile", "slurm"), "slurm"),
        (("-profile", ",test,,debug,"), "slurm,test,debug"),
        (("-profile", "slurm2"), "slurm,slurm2"),
        (("-profile", "a b,*,$(touch pwned)"), "slurm,a b,*,$(touch pwned)"),
    ],
)
@pytest.mark.parametrize("script", ["run-slurm.sh", "warmup-slurm.sh"])
def test_they_are_joined(script: str, words: tuple[str, ...], joined: str, launch: Path, stage: Stage) -> None:
    ended = stage.run(launch / script, "--x", "1", *words, "-resume")
    assert ended.code == 0, ended
    run = as_nextflow_reads(stage.nextflow())
    assert run.options["-profile"] == joined
    assert run.params["x"] == "1"
    assert run.rest == ["t-neumann/salmon-nf", "-resume"]
    assert not (stage.cwd / "pwned").exists()


@pytest.mark.parametrize("words", [("-profile",), ("-profile", ""), ("--profile", "-resume"), ("--profile=",)])
def test_none_is_named(words: tuple[str, ...], launch: Path, stage: Stage) -> None:
    assert "-profile needs the name" in stage.run(launch / "run-slurm.sh", *words).complaint()
    assert stage.calls() == []


@pytest.mark.parametrize("script", ["run-slurm.sh", "warmup-awsbatch.sh"])
def test_another_site_is_not_joined(script: str, launch: Path, stage: Stage) -> None:
    """Both sites would set the executor, and one of them would win."""
    other = "awsbatch" if "slurm" in script else "slurm"
    complaint = stage.run(launch / script, "-profile", f"test,{other}").complaint()
    assert f"{launch}/run-{other}.sh" in complaint
    assert stage.calls() == []


def test_the_head_job_gets_them(launch: Path, stage: Stage) -> None:
    assert stage.run(launch / "run-slurm.sh", "--submit", "--profile=test", "-profile", "a b", "-resume").code == 0
    words = stage.calls("sbatch")[0].arguments
    at = words.index("--in-job")
    assert words[at + 3 :] == ("-profile", "test,a b", "-resume")
    assert stage.run(launch / "run-slurm.sh", *words[at:]).code == 0
    assert as_nextflow_reads(stage.nextflow()).options["-profile"] == "slurm,test,a b"


def test_the_command_that_resumes_has_them(launch: Path, stage: Stage) -> None:
    stage.fakes_print("25.04.4", code=1)
    ended = stage.run(launch / "run-slurm.sh", "-profile", "test", "--x=1", FAKE_SESSION=SESSION)
    assert f"run-slurm.sh -profile test --x=1 -resume {SESSION}\n" in ended.err


def test_the_images_are_those_of_all_of_them(tmp_path: Path, stage: Stage) -> None:
    data = profile(tmp_path)
    del data["tasks"]["default"]["container"]
    data["sites"]["slurm"]["container"] = {"engine": "singularity", "cache_dir": str(tmp_path / "cache")}
    data["sites"]["awsbatch"]["job_definitions"] = "nextflow"
    assert stage.run(build(tmp_path, data) / "launch/warmup-slurm.sh", "--profile=test").code == 0
    (words,) = [call.arguments for call in stage.calls("nextflow") if call.arguments[0] == "inspect"]
    assert words[words.index("-profile") + 1] == "slurm,test"
    assert words.count("-profile") == 1
    assert "--profile=test" not in words


@pytest.mark.parametrize(("words", "reported"), [((), False), (("-profile", "test"), True)])
def test_whose_params_win_is_reported(words: tuple[str, ...], reported: bool, launch: Path, stage: Stage) -> None:
    """A test profile usually sets the input, and a params file is above every profile."""
    assert ("params-slurm.json override" in stage.run(launch / "run-slurm.sh", *words).err) is reported
    ended = stage.run(launch / "run-slurm.sh", *words, "-params-file", "own.json")
    assert "params-slurm.json override" not in ended.err


def test_the_help_names_the_option(launch: Path, stage: Stage) -> None:
    assert "-profile test" in stage.run(launch / "run-awsbatch.sh", "--help").out
