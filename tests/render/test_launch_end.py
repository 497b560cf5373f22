"""How a launch script ends, and how it starts Nextflow as a job: with stubs of Nextflow and sbatch."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.lab.shell import VERSION, Stage, as_nextflow_reads, build, profile, unnamed

SESSION = "d9feadfe-6e50-4d66-a389-9cfa3e750ec2"
OTHER = "00000000-1111-2222-3333-444444444444"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "stage", "nextflow", "sbatch", "aws", "singularity", "apptainer")


def built(folder: Path, **slurm: Any) -> Path:
    """The launch folder of a profile whose Slurm site also has these keys, and writes to `results`."""
    data = profile(folder)
    # the nodes of this cluster are unknown
    data["sites"]["slurm"] |= {"cluster": "elsewhere", **slurm}
    for site, results in (("slurm", str(folder / "results")), ("awsbatch", "s3://obenauflab/out")):
        data["launch"]["params"][site]["outdir"] = results
    return build(folder, data) / "launch"


def task(name: str, code: int | str, attempt: int, action: str, folder: Path | str, status: str = "FAILED") -> str:
    return "\\x1f".join([name, status, str(code), str(attempt), action, str(folder)]) + "\\n"


def task_folder(folder: Path, err: str, log: str = "") -> Path:
    folder.mkdir(parents=True)
    (folder / ".command.err").write_text(err)
    (folder / ".command.log").write_text(log)
    return folder


def test_results_are_listed(tmp_path: Path, stage: Stage) -> None:
    launch, out = built(tmp_path), tmp_path / "results"
    (out / "multiqc").mkdir(parents=True)
    for number in range(30):
        (out / f"s{number:02d}.txt").write_text("x" * 100)
    (out / "link").symlink_to(out / "s00.txt")
    err = stage.run(launch / "run-slurm.sh").err
    assert f"results: 32 in {out}\n     100  link\n" in err
    assert " multiqc/\n" in err
    assert "s17.txt\n          and 12 more\n" in err
    assert "s18.txt" not in err


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), " does not exist\n"),
        (("--outdir=elsewhere",), "results: 0 in elsewhere\n"),
        (("--outdir", "elsewhere"), "results: 0 in elsewhere\n"),
        (("--outdir", "s3://bucket/out"), "results: s3://bucket/out\n"),
    ],
)
def test_results_are_in_the_folder_of_the_run(
    more: tuple[str, ...], expected: str, tmp_path: Path, stage: Stage
) -> None:
    (stage.cwd / "elsewhere").mkdir()
    ended = stage.run(built(tmp_path) / "run-slurm.sh", *more)
    assert (ended.code, expected in ended.err) == (0, True), ended.err


def test_results_on_s3_are_named(tmp_path: Path, stage: Stage) -> None:
    data = profile(tmp_path)
    data["sites"]["awsbatch"]["job_definitions"] = "nextflow"
    data["launch"]["params"]["awsbatch"]["saveTo"] = "s3://obenauflab/it's"
    data["launch"]["results"] = "saveTo"
    launch = build(tmp_path, data) / "launch"
    assert stage.run(launch / "run-awsbatch.sh").err.endswith("results: 0 in s3://obenauflab/it's\n")
    assert "results: " not in stage.run(launch / "run-slurm.sh").err


def test_failed_tasks_are_reported(tmp_path: Path, stage: Stage) -> None:
    err = "one\ntwo\nthree\rfour\nfive\nsix\n"
    tasks = (
        task("SALMON (s1)", 137, 1, "RETRY", "/gone")
        + task("SALMON (s1)", 0, 2, "-", "/gone", "COMPLETED")
        + task("SALMON (s2)", 137, 1, "RETRY", "/gone")
        + task("SALMON (s2)", 3, 2, "FINISH", task_folder(tmp_path / "s2", err))
        + task("MULTIQC [$(touch pwned)] `'", "-", 1, "FINISH", task_folder(tmp_path / "m", "", "killed\n"))
        + task("PLOT", 1, 1, "IGNORE", "/gone")
        + "a line of a warning\n"
    )
    stage.fakes_print(VERSION, code=1)
    ended = stage.run(built(tmp_path) / "run-slurm.sh", "--x=a b", FAKE_TASKS=tasks, FAKE_SESSION=SESSION)
    assert ended.code == 1
    report = ended.err[ended.err.index("failed tasks:") :]
    assert report == (
        "failed tasks:\n"
        "  SALMON (s2), attempt 2: exit status 3\n"
        f"    {tmp_path}/s2\n"
        "      | two\n      | three\n      | four\n      | five\n      | six\n"
        "  MULTIQC [$(touch pwned)] `', attempt 1: no exit status: lost with its machine, or ended from outside\n"
        f"    {tmp_path}/m\n"
        "      | killed\n"
        "2 tasks failed (retried)\n"
        "to resume the run after fixing the cause:\n"
        f"  cd {stage.cwd} && {tmp_path}/out/launch/run-slurm.sh --x=a\\ b -resume {SESSION}\n"
    )
    assert not (stage.cwd / "pwned").exists()


LOGGED = """\
Nov-26 16:02:03.456 [Task monitor] DEBUG nextflow.processor.TaskProcessor - Handling unexpected condition for
  task: name=T; work-dir={folder}
  error [nextflow.exception.ProcessException]: {reason}
Nov-26 16:02:04.000 [Task monitor] DEBUG nextflow.Session - Session aborted
"""
UNSCHEDULABLE = "Unschedulable AWS Batch job 0a1b - MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - no instance"


@pytest.mark.parametrize(
    ("reason", "expected", "advice"),
    [
        (UNSCHEDULABLE, "no machine was found for it: ", "nfconfgen doctor"),
        (
            "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - too many vCPUs",
            "no machine was found for it: ",
            "nfconfgen doctor",
        ),
        ("Task failed - CannotPullContainerError: not found", "its image could not be pulled: ", "registry"),
        ("Failed to submit job: T - Reason: ClientException", "it was not submitted: ", "nfconfgen doctor"),
        ("Host EC2 (instance i-0a1b) terminated.", "lost with its machine, or ended from outside: ", ""),
    ],
)
def test_a_task_without_an_exit_status_is_reported_with_its_cause(
    reason: str, expected: str, advice: str, tmp_path: Path, stage: Stage
) -> None:
    """With the reason in the log of Nextflow, and advice if resuming would end the same way."""
    launch = built(tmp_path)
    stage.fakes_print(VERSION, code=1)
    other = LOGGED.format(folder="/work/ff/00", reason="of another task")
    log = other + LOGGED.format(folder="/work/ab/12", reason=f"{reason}\x1b[31m") + other
    (stage.cwd / ".nextflow.log").write_text(log)
    tasks = task("T", 2147483647, 1, "FINISH", "/work/ab/12")
    err = stage.run(launch / "run-slurm.sh", FAKE_TASKS=tasks, FAKE_SESSION=SESSION).err
    lines = err[err.index("failed tasks:") :].splitlines()
    assert lines[1] == f"  T, attempt 1: no exit status: {expected}{reason}[31m"
    assert any(advice in line for line in lines[3:4]) if advice else lines[3].startswith("to resume the run")


@pytest.mark.parametrize(
    ("reason", "reported"),
    [
        ("Error submitting process 'T' for execution", True),
        ("Failed to submit job: T - Reason: ClientException", True),
        ("Process `T` terminated for an unknown reason", False),
    ],
)
@pytest.mark.parametrize("run", ["mine", "another"])
def test_a_task_that_no_queue_accepted_is_reported(
    reason: str, reported: bool, run: str, tmp_path: Path, stage: Stage
) -> None:
    """Nextflow keeps no record of it. The log may be that of a later run in the same folder."""
    launch = built(tmp_path)
    stage.fakes_print(VERSION, code=1)
    (stage.cwd / ".nextflow.log").write_text(
        f"$> nextflow run -name {run}\n" + LOGGED.format(folder="/w", reason=reason)
    )
    err = stage.run(launch / "run-slurm.sh", "-name", "mine", FAKE_SESSION=SESSION).err
    assert (f"failed task: it was not submitted: {reason}\n" in err) is (reported and run == "mine")


def test_many_failed_tasks_are_not_all_reported(tmp_path: Path, stage: Stage) -> None:
    stage.fakes_print(VERSION, code=1)
    tasks = "".join(task(f"T ({number})", 1, 1, "FINISH", "/gone") for number in range(25))
    err = stage.run(built(tmp_path) / "run-slurm.sh", FAKE_TASKS=tasks, FAKE_SESSION=SESSION).err
    assert err.count("/gone") == 20
    assert "  and 5 more: nextflow log run-" in err


def test_a_run_that_never_began_reports_nothing_about_tasks(tmp_path: Path, stage: Stage) -> None:
    stage.fakes_print(VERSION, code=1)
    ended = stage.run(built(tmp_path) / "run-slurm.sh", FAKE_TASKS=task("T", 1, 1, "FINISH", "/gone"))
    assert ended.err.endswith(" failed: exit code 1 of Nextflow\n")
    assert [call.arguments[0] for call in stage.calls("nextflow")] == ["-version", "run"]


def test_tasks_that_were_run_again_are_counted(tmp_path: Path, stage: Stage) -> None:
    tasks = "".join(
        task(f"T ({n})", 7, 1, "RETRY", "/w") + task(f"T ({n})", 0, 2, "-", "/w", "COMPLETED") for n in range(3)
    )
    ended = stage.run(
        built(tmp_path) / "run-slurm.sh", FAKE_TASKS=tasks + task("I", 1, 1, "IGNORE", "/w"), FAKE_SESSION=SESSION
    )
    assert ended.code == 0
    assert "\n3 tasks failed and completed when retried\n1 task failed (ignored" in ended.err


def test_the_name_of_the_user_is_the_name_of_the_run(tmp_path: Path, stage: Stage) -> None:
    launch = built(tmp_path)
    stage.fakes_print(VERSION, code=1)
    ended = stage.run(launch / "run-slurm.sh", "-name", "mine", "-resume", OTHER, "-x", FAKE_SESSION=SESSION)
    words = [call.arguments for call in stage.calls("nextflow")][1]
    assert words.count("-name") == 1
    assert words[words.index("-name") + 1] == "mine"
    assert stage.calls("nextflow")[-1].arguments[:2] == ("log", "mine")
    # neither the name, which is used up, nor the session before
    assert ended.err.endswith(f"run-slurm.sh -x -resume {SESSION}\n")
    assert "-name" in stage.run(launch / "run-slurm.sh", "-name").complaint()


def test_nextflow_in_the_background_is_refused(tmp_path: Path, stage: Stage) -> None:
    assert "-bg" in stage.run(built(tmp_path) / "run-slurm.sh", "-bg").complaint()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_reaches_nextflow(number: signal.Signals, code: int, tmp_path: Path, stage: Stage) -> None:
    environment = stage.environment | {"FAKE_WAITS": "yes", "FAKE_SESSION": SESSION}
    with subprocess.Popen(
        [built(tmp_path) / "run-slurm.sh"], cwd=stage.cwd, env=environment, stderr=subprocess.PIPE, text=True
    ) as script:
        while not (stage.cwd / "waiting").exists():
            assert script.poll() is None
            time.sleep(0.02)
        script.send_signal(number)
        try:
            _, err = script.communicate(timeout=600)
        finally:
            script.kill()
    assert script.returncode == code
    assert " was interrupted\n" in err
    assert err.endswith(f"-resume {SESSION}\n")


def test_submitting_asks_for_what_the_profile_sets(tmp_path: Path, stage: Stage) -> None:
    launch = built(
        tmp_path,
        account="lab",
        qos="long",
        head={"time": "1d 12h", "memory": "8 GB", "cpus": 2, "queue": "long"},
    )
    dry = stage.run(launch / "run-slurm.sh", "--submit", "--dry-run", "-resume", "two words")
    assert stage.calls() == []
    ended = stage.run(launch / "run-slurm.sh", "--submit", "-resume", "two words")
    assert (ended.code, ended.out) == (0, "4242\n")
    (call,) = stage.calls("sbatch")
    (shown,) = dry.shown()
    assert "nextflow" not in [*shown, *(call.name for call in stage.calls() if call.arguments[:1] == ("run",))]
    name = call.arguments[-3]
    assert [*shown[1:-3], *shown[-2:]] == [*call.arguments[:-3], *call.arguments[-2:]]
    assert call.arguments == (
        "--parsable",
        "--job-name=salmon-nf-slurm",
        "--time=1-12:00:00",
        "--mem=8192M",
        "--cpus-per-task=2",
        "--partition=long",
        "--account=lab",
        "--qos=long",
        "--requeue",
        "--open-mode=append",
        "--signal=B:TERM@120",
        "--output=run-slurm-%j.out",
        str(launch / "run-slurm.sh"),
        "--in-job",
        str(launch),
        name,
        "-resume",
        "two words",
    )
    for part in (f"{stage.cwd}/run-slurm-4242.out", "squeue -j 4242", "scancel 4242"):
        assert part in ended.err


def test_a_head_job_has_defaults(tmp_path: Path, stage: Stage) -> None:
    stage.run(built(tmp_path) / "warmup-slurm.sh", "--submit")
    (call,) = stage.calls("sbatch")
    assert call.arguments[1:5] == (
        "--job-name=salmon-nf-slurm",
        "--mem=4096M",
        "--cpus-per-task=1",
        "--partition=short",
    )


def test_a_head_job_asks_for_no_memory_where_no_job_may(tmp_path: Path, stage: Stage) -> None:
    stage.run(built(tmp_path, ask_memory="never", head={"memory": "8 GB"}) / "run-slurm.sh", "--submit")
    assert not [argument for argument in stage.calls("sbatch")[0].arguments if argument.startswith("--mem")]


def test_a_short_head_job_is_not_ended_at_once(tmp_path: Path, stage: Stage) -> None:
    stage.run(built(tmp_path, head={"time": "2m"}) / "run-slurm.sh", "--submit")
    assert "--signal=B:TERM@30" in stage.calls("sbatch")[0].arguments


def test_a_refused_submission(tmp_path: Path, stage: Stage) -> None:
    stage.fakes_print(VERSION, fails="--parsable")
    assert "sbatch" in stage.run(built(tmp_path) / "run-slurm.sh", "--submit").complaint()


def in_job(stage: Stage, launch: Path, *more: str, **environment: str) -> tuple[str, ...]:
    """Runs a copy, as Slurm does, and gives the words of the last `nextflow run`."""
    spool = stage.cwd.parent / "spool"
    spool.mkdir(exist_ok=True)
    copy = spool / "slurm_script"
    copy.write_text((launch / "run-slurm.sh").read_text())
    copy.chmod(0o755)
    variables = [f"{name}={value}" for name, value in environment.items()]
    ended = stage.run("env", *variables, copy, "--in-job", launch, "run-1", *more)
    assert ended.code == 0, ended
    return [call.arguments for call in stage.calls("nextflow") if call.arguments[0] == "run"][-1]


def test_a_job_finds_its_files(tmp_path: Path, stage: Stage) -> None:
    launch = built(tmp_path)
    run = as_nextflow_reads(in_job(stage, launch, "-x")[1:])
    assert Path(run.options["-c"]).samefile(launch.parent / "conf/profiles.config")
    assert run.options["-name"] == "run-1"


def test_a_requeued_job_goes_on(tmp_path: Path, stage: Stage) -> None:
    launch = built(tmp_path)
    first = in_job(stage, launch, "-resume", OTHER, FAKE_SESSION=SESSION)
    assert first[-2:] == ("-resume", OTHER)
    # the run before died before it was one
    third = in_job(stage, launch, "-resume", OTHER, SLURM_RESTART_COUNT="2", FAKE_SESSION="")
    assert third[third.index("-name") + 1] == "run-1-r2"
    assert third[-2:] == ("-resume", SESSION)
    assert third.count("-resume") == 1
    assert unnamed(third)[:-2] == unnamed(first)[:-2]


def test_a_requeued_job_that_had_not_begun(tmp_path: Path, stage: Stage) -> None:
    assert in_job(stage, built(tmp_path), "-resume", SLURM_RESTART_COUNT="1")[-1] == "-resume"


DIGEST = "abcdef01" * 8
IMAGES = {
    # as Nextflow 25.04.4 named them when it was given a singularity that only notes how it is called
    "obenauflab/salmon:latest": "obenauflab-salmon-latest.img",
    "quay.io/biocontainers/star:2.7.10a--h9ee0642_0": "quay.io-biocontainers-star-2.7.10a--h9ee0642_0.img",
    "https://depot.galaxyproject.org/singularity/fastqc:0.11.9--0": (
        "depot.galaxyproject.org-singularity-fastqc-0.11.9--0.img"
    ),
    "library://lab/x/y.sif:1.0": "lab-x-y-1.0.sif",
    "library://a/b.sif": "a-b.sif",
    f"ubuntu@sha256:{DIGEST}": f"ubuntu@sha256-{DIGEST}.img",
}


@pytest.mark.parametrize("engine", ["singularity", "apptainer"])
def test_images_are_pulled_under_the_names_nextflow_looks_for(engine: str, tmp_path: Path, stage: Stage) -> None:
    data, cache = profile(tmp_path), tmp_path / "it's a cache"
    del data["sites"]["awsbatch"], data["launch"]["params"]["awsbatch"]
    data["sites"]["slurm"]["container"] = {"engine": engine, "cache_dir": str(cache)}
    data["tasks"]["processes"] = {
        **{f"P{number}": {"container": image} for number, image in enumerate(IMAGES)},
        "LOCAL": {"container": "/images/own.sif"},
    }
    (stage.bin / "apptainer").write_text((stage.bin / "singularity").read_text().replace("singularity", engine))
    script = build(tmp_path, data) / "launch/warmup-slurm.sh"
    dry = stage.run(script, "--dry-run")
    assert [words[words.index("pull") + 3] for words in dry.shown() if "pull" in words]
    assert not cache.exists()
    assert stage.run(script).code == 0
    assert {path.name for path in cache.iterdir()} == {*IMAGES.values(), "obenauflab-salmon-1.0.img"}
    pulled = len(stage.calls(engine))
    assert stage.run(script).err.count("already pulled: ") == 7
    assert len(stage.calls(engine)) == pulled == 7
    assert stage.calls(engine)[0].arguments[-1] == "docker://obenauflab/salmon:1.0"


def test_a_failed_pull_leaves_nothing(tmp_path: Path, stage: Stage) -> None:
    cache = tmp_path / "cache"
    launch = built(tmp_path, container={"engine": "singularity", "cache_dir": str(cache)})
    stage.fakes_print(VERSION, fails="docker://obenauflab/salmon:1.0")
    assert "obenauflab/salmon:1.0" in stage.run(launch / "warmup-slurm.sh").complaint()
    assert list(cache.iterdir()) == []


def test_images_of_the_pipeline_are_asked_for(tmp_path: Path, stage: Stage) -> None:
    data, cache = profile(tmp_path), tmp_path / "cache"
    del data["tasks"]["default"]["container"]
    data["sites"]["slurm"]["container"] = {"engine": "singularity", "cache_dir": str(cache)}
    data["sites"]["awsbatch"]["job_definitions"] = "nextflow"
    script = build(tmp_path, data) / "launch/warmup-slurm.sh"
    line = "process {{ withName: '{}' {{ container = '{}' }} }}\\n"
    listed = "WARN: x\\n" + line.format("A", "lab/a:1") + line.format("B", "lab/a:1") + line.format("C:D", "lab/b")
    assert stage.run(script, "--x=1", "-resume", FAKE_INSPECT=listed).code == 0
    assert {path.name for path in cache.iterdir()} == {"lab-a-1.img", "lab-b.img"}
    inspected = next(call.arguments for call in stage.calls("nextflow") if call.arguments[0] == "inspect")
    given = str(script.with_name("params-slurm.json"))
    assert inspected[-4:] == ("t-neumann/salmon-nf", "-params-file", given, "--x=1")
    stage.fakes_print(VERSION, fails="inspect")
    ended = stage.run(script)
    assert (ended.code, "cannot list the images" in ended.err) == (0, True)


@pytest.mark.parametrize(
    ("container", "why"),
    [
        ({"engine": "singularity"}, "names no cache_dir"),
        ({"engine": "docker"}, "docker keeps them on each node"),
        ({"engine": "podman"}, "podman keeps them on each node"),
        ({"engine": "charliecloud", "cache_dir": "/shared/ch"}, "ch-image"),
        (None, "names no container engine"),
    ],
)
def test_why_nothing_is_pulled(container: dict[str, str] | None, why: str, tmp_path: Path, stage: Stage) -> None:
    launch = built(tmp_path, **({"container": container} if container else {}))
    (tmp_path / "results").mkdir()
    (tmp_path / "results/one.txt").touch()
    ended = stage.run(launch / "warmup-slurm.sh")
    assert ended.code == 0
    assert why in ended.err
    assert stage.calls("singularity") == []


@pytest.mark.parametrize(
    ("qos", "left"), [("", {"SBATCH_QOS", "SBATCH_RESERVATION"}), ("short", {"SBATCH_RESERVATION"})]
)
def test_what_would_change_the_requests_of_tasks_is_unset(
    qos: str, left: set[str], tmp_path: Path, stage: Stage
) -> None:
    variables = ("SBATCH_PARTITION", "SBATCH_QOS", "SBATCH_TIMELIMIT", "SBATCH_RESERVATION", "SLURM_MEM_PER_NODE")
    (stage.bin / "nextflow").write_text(
        '#!/usr/bin/env bash\nif [ "$1" = run ]; then env > environment; else echo version 25.04.4; fi\n'
    )
    launch = built(tmp_path, **({"qos": qos} if qos else {}))
    assert stage.run("env", *(f"{name}=9" for name in variables), launch / "run-slurm.sh").code == 0
    seen = {line.partition("=")[0] for line in (stage.cwd / "environment").read_text().splitlines()}
    assert {name for name in seen if name.startswith(("SBATCH_", "SLURM_"))} == left
