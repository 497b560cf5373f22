"""The launch scripts: what they pass on, what they check first, and that no value of a profile is ever run."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.lab.shell import VERSION, Stage, as_nextflow_reads, build, profile, require_tool, unnamed, written

EXAMPLES = sorted(path.stem for path in (ROOT / "profiles").glob("*.yml"))
SCRIPTS = sorted(path for path in (ROOT / "profiles").glob("*/launch/*.sh") if not path.name.startswith("nfconfgen"))
HOSTILE = {
    "quotes": """it's "quoted" 'twice'""",
    "command": "$(touch pwned)",
    "backticks": "`touch pwned`",
    "variable": "${HOME} $PATH $$",
    "list": "; touch pwned && touch pwned | touch pwned &",
    "lines": "one\ntouch pwned\n",
    "carriage": "one\r\ntwo",
    "blanks": "  two  blanks\tand a tab ",
    "glob": "* ? [a-z] {a,b} ~ ~root",
    "history": "!! !touch",
    "backslash": "\\ \\n \\' C:\\dir\\",
    "comment": "# EOF",
    "percent": "%s %d %%",
    "unicode": "größe 🐟 \u202e",
    "equals": "a=b",
    "at": "@file",
    "negative": -5,
    "small": 0.25,
    "truth": True,
    "untruth": False,
    "whole": 12,
    "digits": "007",
    "nothing": None,
    "several": ["a b", "$(touch pwned)", 1, True, None, ["deeper"]],
    "nested": {"a b": {"$(touch pwned)": "${projectDir}", "x": []}, "y": {}},
    "placeholder": "${projectDir} ${missing} \\${launchDir}",
    "dash": "-x",
    "option": "--resume",
    "empty": "",
}
WORK = """it's a "$(touch pwned)" `touch pwned` \\ * !x ü -d"""
SINGLE = WORK + " ; touch pwned"
DASHED = "-*.fq $(touch pwned)"

by_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parts[-3]}/{path.name}")


def hostile_profile(folder: Path) -> dict[str, Any]:
    """Every value in a script has a meaning in a shell; `cloud` has generated job definitions."""
    data = profile(folder)
    slurm, awsbatch = data["sites"]["slurm"], data["sites"]["awsbatch"]
    slurm["work_dir"] = str(folder / f"{WORK}\nnext line")
    awsbatch |= {"work_dir": f"s3://obenauflab/{SINGLE}", "job_definitions": "nextflow"}
    data["sites"]["cloud"] = {**awsbatch, "job_definitions": "generated"}
    data["pipeline"] = {"name": "hostile", "run": f"lab/{SINGLE}", "revision": "feature/a+b"}
    data["params"] = written(HOSTILE)
    data["launch"] = {
        "params": dict.fromkeys(data["sites"], written(HOSTILE)),
        "warmup": {"slurm": {"quotes": "'"}},
        "upload": [
            {"from": SINGLE, "to": f"s3://obenauflab/{SINGLE}", "include": SINGLE},
            {"from": "dashed", "to": "s3://obenauflab", "include": DASHED},
        ],
    }
    return data


def typed(value: object) -> str:
    """By which true and 1 differ."""
    return json.dumps(value, sort_keys=True)


def changed(folder: Path, **pipeline: str) -> Path:
    """What a profile with another `pipeline` builds."""
    data = profile(folder)
    return build(folder, {**data, "pipeline": {**data["pipeline"], **pipeline}})


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "stage", "nextflow", "sbatch", "aws")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the hostile profile builds, in a folder whose name is no better."""
    folder = tmp_path_factory.mktemp("hostile")
    return build(folder, hostile_profile(folder), f"out {WORK}") / "launch"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    return build(folder, profile(folder), "with blanks") / "launch"


def bait(stage: Stage, *folders: Path) -> list[Path]:
    return [path for folder in (stage.cwd, *folders) for path in folder.rglob("pwned")]


@pytest.mark.parametrize("example", EXAMPLES)
def test_shellcheck_finds_nothing_in_an_example(example: str) -> None:
    require_tool("shellcheck")
    scripts = sorted((ROOT / "profiles" / example / "launch").glob("*.sh"))
    assert scripts
    assert subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False).stdout == ""


@pytest.mark.parametrize("severity", ["warning", "style"])
def test_shellcheck_finds_nothing_where_values_are_hostile(severity: str, hostile: Path) -> None:
    """From `warning` on a value may be run; `style`, the default, also wonders at single quotes that are meant."""
    require_tool("shellcheck")
    scripts = sorted(hostile.glob("*.sh"))
    assert len(scripts) == 10
    command = ["shellcheck", "--severity", severity, *map(str, scripts)]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == ""


@by_script
def test_script_can_be_parsed_and_called(script: Path) -> None:
    assert subprocess.run(["bash", "-n", script], capture_output=True, check=False).stderr == b""
    assert os.access(script, os.X_OK)


@by_script
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_prints_and_does_nothing(script: Path, option: str, stage: Stage) -> None:
    ended = stage.run(script, option)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: {script.name} [--dry-run]")
    assert ended.out.endswith("\n")
    assert stage.calls() == []


@by_script
def test_dry_run_shows_and_does_nothing(script: Path, stage: Stage) -> None:
    ended = stage.run(script, "--dry-run")
    assert ended.code == 0, ended
    begins = ["aws", "batch", "register-job-definition"] if "register" in script.name else ["nextflow", "run"]
    assert ended.shown()[-1][: len(begins)] == begins
    assert stage.calls() == []
    assert list(stage.cwd.iterdir()) == []


def test_dry_run_needs_nothing_installed(plain: Path, tmp_path: Path) -> None:
    bare = Stage(tmp_path / "bare")
    assert bare.run(plain / "run-slurm.sh", "--dry-run").code == 0
    assert bare.run(plain / "warmup-awsbatch.sh", "--dry-run").code == 0
    assert not (plain.parents[1] / "work").exists()


@pytest.mark.parametrize("script", ["run-slurm.sh", "warmup-slurm.sh", "run-awsbatch.sh", "warmup-cloud.sh"])
def test_hostile_values_arrive_to_the_letter(script: str, hostile: Path, stage: Stage) -> None:
    ended = stage.run(hostile / script, "--no-warmup")
    assert ended.code == 0, ended
    run = as_nextflow_reads(stage.nextflow())
    expected = {**HOSTILE, "quotes": "'"} if script == "warmup-slurm.sh" else HOSTILE
    assert typed(run.params) == typed(expected)
    assert Path(run.options.pop("-params-file")).parent == hostile
    assert run.rest == [f"lab/{SINGLE}"]
    assert Path(run.options.pop("-c")).is_file()
    place = f"{hostile.parents[1]}/{WORK}\nnext line" if "slurm" in script else f"s3://obenauflab/{SINGLE}"
    site = script.removesuffix(".sh").partition("-")[2]
    assert run.options == {"-r": "feature/a+b", "-profile": site, "-work-dir": place}
    assert bait(stage, hostile.parents[1]) == []


@pytest.mark.parametrize("script", ["run-slurm.sh", "warmup-slurm.sh", "run-awsbatch.sh", "warmup-cloud.sh"])
def test_dry_run_shows_what_a_run_calls(script: str, hostile: Path, stage: Stage) -> None:
    shown = stage.run(hostile / script, "--no-warmup", "--dry-run", "-resume", "two words").shown()
    assert stage.run(hostile / script, "--no-warmup", "-resume", "two words").code == 0
    assert unnamed(shown[-1]) == ("nextflow", "run", *stage.nextflow())
    assert bait(stage, hostile.parents[1]) == []


def test_hostile_upload_arrives_to_the_letter(hostile: Path, stage: Stage) -> None:
    dry = stage.run(hostile / "run-awsbatch.sh", "--upload", "--dry-run")
    assert stage.calls() == []
    assert stage.run(hostile / "run-awsbatch.sh", "--upload").code == 0
    copies = [call.arguments for call in stage.calls("aws") if call.arguments[:2] == ("s3", "sync")]
    assert [["aws", *words] for words in copies] == dry.shown()[:-1]
    assert {SINGLE, f"s3://obenauflab/{SINGLE}"} < set(copies[0])
    # the AWS CLI takes a word that begins with a dash for an option, wherever it stands
    assert f"--include={DASHED}" in copies[1]
    assert bait(stage, hostile.parents[1]) == []


@pytest.mark.parametrize("fails", ["get-caller-identity", "head-bucket", "describe-job-definitions"])
def test_hostile_values_in_complaints(fails: str, hostile: Path, stage: Stage) -> None:
    stage.fakes_print(VERSION, fails=fails)
    complaint = stage.run(hostile / "run-cloud.sh").complaint()
    assert bait(stage, hostile.parents[1]) == []
    if fails == "head-bucket":
        assert f"s3://obenauflab/{SINGLE}".replace("\\", "?") in complaint.replace("\\", "?")


def test_further_arguments_are_passed_on(plain: Path, stage: Stage) -> None:
    more = ["-resume", *(value for value in HOSTILE.values() if isinstance(value, str)), "-with-trace"]
    assert stage.run(plain / "run-slurm.sh", *more).code == 0
    assert list(stage.nextflow()[-len(more) :]) == more
    assert bait(stage) == []


@pytest.mark.parametrize("code", [0, 1, 7, 130])
def test_exit_code_of_nextflow_is_handed_through(code: int, plain: Path, stage: Stage) -> None:
    stage.fakes_print(VERSION, code=code)
    assert stage.run(plain / "run-slurm.sh").code == code
    assert stage.nextflow()


def test_script_is_found_however_it_is_called(plain: Path, tmp_path: Path, stage: Stage) -> None:
    commands: list[tuple[list[object], Path]] = [
        ([plain / "run-slurm.sh"], tmp_path),
        (["./run-slurm.sh"], plain),
        (["launch/run-slurm.sh"], plain.parent),
        (["../launch/run-slurm.sh"], plain.parent / "conf"),
        (["bash", "run-slurm.sh"], plain),
        (["env", f"PATH={plain}:{stage.bin}:{tmp_path}/stage/tools", "run-slurm.sh"], tmp_path),
    ]
    for command, cwd in commands:
        ended = stage.run(*command, cwd=cwd)
        assert ended.code == 0, ended
        words = stage.calls("nextflow")[-1].arguments
        assert Path(cwd, words[words.index("-c") + 1]).samefile(plain.parent / "conf/profiles.config"), command


def test_script_is_found_by_way_of_a_link(plain: Path, tmp_path: Path, stage: Stage) -> None:
    (tmp_path / "linked.sh").symlink_to(plain / "run-slurm.sh")
    assert stage.run(tmp_path / "linked.sh").code == 0
    assert Path(as_nextflow_reads(stage.nextflow()).options["-c"]).is_file()


def test_cdpath_of_the_user_leads_nowhere_else(plain: Path, tmp_path: Path, stage: Stage) -> None:
    (tmp_path / "elsewhere/launch").mkdir(parents=True)
    ended = stage.run("launch/run-slurm.sh", cwd=plain.parent, CDPATH=str(tmp_path / "elsewhere"))
    assert ended.code == 0, ended
    assert Path(as_nextflow_reads(stage.nextflow()).options["-c"]).samefile(plain.parent / "conf/profiles.config")


@pytest.mark.parametrize(
    ("oldest", "found"),
    [
        (">=23.10", "23.10.0"),
        (">=23.10", "23.10.1"),
        (">=23.4", "23.10.1"),
        (">=23.10.0", "23.10.0"),
        (">=24.04.2", "24.04.2"),
        (">=24.04.2", "24.04.10"),
        (">=23.10", "24.11.0-edge"),
        (">=25.04", "26.04.0"),
    ],
)
def test_nextflow_that_is_new_enough(oldest: str, found: str, tmp_path: Path, stage: Stage) -> None:
    stage.fakes_print(found)
    ended = stage.run(changed(tmp_path, nextflow=oldest) / "launch/run-slurm.sh")
    assert ended.code == 0, ended
    assert stage.nextflow()


@pytest.mark.parametrize(
    ("oldest", "found"),
    [(">=23.10", "23.04.5"), (">=24.04.2", "24.04.1"), (">=25.04", "24.10.0"), (">=25.10", "25.9.9")],
)
def test_nextflow_that_is_too_old(oldest: str, found: str, tmp_path: Path, stage: Stage) -> None:
    stage.fakes_print(found)
    complaint = stage.run(changed(tmp_path, nextflow=oldest) / "launch/run-slurm.sh").complaint()
    assert "too old" in complaint
    assert found in complaint
    assert oldest.removeprefix(">=") in complaint
    assert [call.arguments for call in stage.calls()] == [("-version",)]


@pytest.mark.parametrize(("version", "fails"), [("", ""), (VERSION, "-version")])
def test_nextflow_that_does_not_print_its_version(version: str, fails: str, plain: Path, stage: Stage) -> None:
    stage.fakes_print(version, fails=fails)
    complaint = stage.run(plain / "run-slurm.sh").complaint()
    assert "nextflow -version" in complaint
    assert "too old" not in complaint


@pytest.mark.parametrize(
    ("script", "missing"),
    [
        ("run-slurm.sh", "nextflow"),
        ("warmup-slurm.sh", "sbatch"),
        ("warmup-awsbatch.sh", "nextflow"),
        ("run-awsbatch.sh", "aws"),
        ("register-job-definitions.sh", "aws"),
    ],
)
def test_missing_command_is_named(script: str, missing: str, plain: Path, stage: Stage) -> None:
    (stage.bin / missing).unlink()
    complaint = stage.run(plain / script).complaint()
    assert complaint.startswith(f"error: {missing} is not on the PATH: ")
    assert all(call.arguments == ("-version",) for call in stage.calls())


def test_work_directory_is_made(plain: Path, stage: Stage) -> None:
    assert stage.run(plain / "run-slurm.sh").code == 0
    assert (plain.parents[1] / "work").is_dir()


def test_work_directory_that_cannot_be_made(tmp_path: Path, stage: Stage) -> None:
    data = profile(tmp_path)
    data["sites"]["slurm"]["work_dir"] = str(tmp_path / "profile.yml" / "work")
    complaint = stage.run(build(tmp_path, data) / "launch/run-slurm.sh").complaint()
    assert str(tmp_path / "profile.yml" / "work") in complaint
    assert len(stage.calls()) == 1


def test_slurm_without_work_directory(tmp_path: Path, stage: Stage) -> None:
    data = profile(tmp_path)
    del data["sites"]["slurm"]["work_dir"]
    assert stage.run(build(tmp_path, data) / "launch/run-slurm.sh").code == 0
    assert "-work-dir" not in stage.nextflow()


@pytest.mark.parametrize(("oldest", "account"), [(">=23.10", "lab"), (">=24.04", "")])
def test_account_where_nextflow_does_not_know_it(oldest: str, account: str, tmp_path: Path, stage: Stage) -> None:
    data = profile(tmp_path)
    data["pipeline"]["nextflow"] = oldest
    data["sites"]["slurm"]["account"] = "lab"
    assert stage.run(build(tmp_path, data) / "launch/run-slurm.sh").code == 0
    assert stage.calls("nextflow")[-1].account == account


def test_least_profile_has_least_command(tmp_path: Path, stage: Stage) -> None:
    data = profile(tmp_path)
    data["pipeline"] = {"name": "here"}
    del data["launch"]
    assert stage.run(build(tmp_path, data) / "launch/warmup-slurm.sh").code == 0
    run = as_nextflow_reads(stage.nextflow())
    assert (run.rest, run.params, set(run.options)) == (["."], {}, {"-c", "-profile", "-work-dir"})


def test_region_is_that_of_the_site(tmp_path: Path, stage: Stage) -> None:
    data = profile(tmp_path)
    data["sites"]["ireland"] = {**data["sites"]["awsbatch"], "region": "eu-west-1"}
    launch = build(tmp_path, data) / "launch"
    assert stage.run(launch / "register-job-definitions.sh").code == 0
    made = [call.arguments for call in stage.calls("aws") if "register-job-definition" in call.arguments]
    regions = [words[words.index("--region") + 1] for words in made]
    assert regions == ["eu-central-1", "eu-west-1"]
    before = len(stage.calls("aws"))
    stage.run(launch / "run-ireland.sh")
    asked = [call.arguments for call in stage.calls("aws")[before:]]
    assert len(asked) >= 3
    assert all("eu-west-1" in words for words in asked)


@pytest.mark.parametrize("option", ["--dry", "-n", "x", ""])
def test_registering_knows_its_options(option: str, plain: Path, stage: Stage) -> None:
    complaint = stage.run(plain / "register-job-definitions.sh", option).complaint()
    assert complaint.startswith(f"error: unknown option {option}")
    assert stage.calls() == []


def test_warmup_registers_before_it_runs(plain: Path, stage: Stage) -> None:
    assert stage.run(plain / "warmup-awsbatch.sh").code == 0
    names = [call.arguments[:2] for call in stage.calls()]
    assert names.index(("batch", "register-job-definition")) < names.index(("run", "t-neumann/salmon-nf"))


@pytest.mark.parametrize(
    ("script", "fails"),
    [("warmup-awsbatch.sh", "register-job-definition"), ("run-awsbatch.sh", "sync")],
)
def test_nothing_is_run_after_a_failure(script: str, fails: str, tmp_path: Path, stage: Stage) -> None:
    data = profile(tmp_path)
    data["launch"]["upload"] = [{"from": "fastq/", "to": "s3://obenauflab/fastq"}]
    if script == "run-awsbatch.sh":
        data["sites"]["awsbatch"]["job_definitions"] = "nextflow"
    stage.fakes_print(VERSION, fails=fails)
    ended = stage.run(build(tmp_path, data) / "launch" / script, *["--upload"] * (fails == "sync"))
    assert ended.code != 0
    assert fails in stage.calls()[-1].arguments


def test_upload_by_a_script_that_cannot(hostile: Path, stage: Stage) -> None:
    """If it were passed on, it would be a param of the pipeline, and nothing would be copied without any message."""
    assert "--upload" in stage.run(hostile / "warmup-awsbatch.sh", "--upload").complaint()
    assert stage.calls() == []


def test_small_number_stays_a_number(tmp_path: Path, stage: Stage) -> None:
    """On its command line Nextflow takes 1e-05 for a text."""
    data = profile(tmp_path)
    data["launch"]["params"]["slurm"] = {"pValue": 0.00001}
    assert stage.run(build(tmp_path, data) / "launch/run-slurm.sh").code == 0
    assert as_nextflow_reads(stage.nextflow()).params == {"pValue": 0.00001}


def test_params_are_a_file_that_nextflow_neither_decodes_nor_fills_in(hostile: Path) -> None:
    text = (hostile / "params-slurm.json").read_bytes().decode("ascii")
    assert "${" not in text
    assert json.loads(text) == HOSTILE


def test_the_warmup_has_a_file_of_its_own_where_it_is_given_others(tmp_path: Path, stage: Stage) -> None:
    data = profile(tmp_path)
    data["launch"] = {"params": {"slurm": {"one": 1, "two": 1}}, "warmup": {"slurm": {"two": True}}}
    launch = build(tmp_path, data) / "launch"
    assert sorted(path.name for path in launch.glob("*.json")) == ["params-slurm-warmup.json", "params-slurm.json"]
    assert stage.run(launch / "warmup-slurm.sh").code == 0
    assert typed(as_nextflow_reads(stage.nextflow()).params) == typed({"one": 1, "two": True})
    data["launch"]["warmup"] = {"slurm": {"two": 1}}
    build(tmp_path, data)
    assert [path.name for path in launch.glob("*.json")] == ["params-slurm.json"]
    del data["launch"]
    build(tmp_path, data)
    assert list(launch.glob("*.json")) == []


def test_the_command_line_is_above_the_file(plain: Path, stage: Stage) -> None:
    assert stage.run(plain / "run-slurm.sh", "--inputDir=elsewhere", "--more=1").code == 0
    assert as_nextflow_reads(stage.nextflow()).params == {"inputDir": "elsewhere", "more": "1"}


def test_a_params_file_of_the_users_takes_the_place_of_ours(plain: Path, stage: Stage) -> None:
    (stage.cwd / "own.json").write_text('{"x": 1}')
    ended = stage.run(plain / "run-slurm.sh", "-params-file", "own.json", "-resume")
    assert (ended.code, f"own.json replaces {plain}/params-slurm.json" in ended.err) == (0, True), ended
    words = stage.nextflow()
    assert words[-3:] == ("-params-file", "own.json", "-resume")
    assert words.count("-params-file") == 1
    assert "needs a file" in stage.run(plain / "run-slurm.sh", "-params-file").complaint()


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_missing_tool(ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no-such-tool is not on the PATH"):
        require_tool("no-such-tool")
    require_tool("bash")


def test_no_credential_is_shown(plain: Path, stage: Stage) -> None:
    ended = stage.run(plain / "warmup-awsbatch.sh", AWS_SECRET_ACCESS_KEY="not-to-be-seen")
    assert ended.code == 0
    assert "not-to-be-seen" not in ended.out + ended.err


@pytest.fixture(scope="module")
def fusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fusion")
    data = profile(folder)
    del data["sites"]["awsbatch"]["cli_path"]
    data["sites"]["awsbatch"]["staging"] = "fusion"
    return build(folder, data) / "launch"


@pytest.mark.parametrize("script", ["run-awsbatch.sh", "warmup-awsbatch.sh"])
def test_fusion_without_a_token_stops_before_anything_is_asked(script: str, fusion: Path, stage: Stage) -> None:
    assert "TOWER_ACCESS_TOKEN is not set" in stage.run(fusion / script).complaint()
    assert {call.name for call in stage.calls()} <= {"nextflow"}
    assert all(call.arguments[0] == "-version" for call in stage.calls("nextflow"))
    assert stage.run(fusion / script, "--dry-run").code == 0
    (stage.cwd / "nextflow.config").write_text("tower.enabled = true\n")
    (stage.cwd / "lab.config").write_text("tower { accessToken = 'hunter2' }\n")
    assert stage.run(fusion / script).code == 2
    ended = stage.run(fusion / script, TOWER_ACCESS_TOKEN="hunter2")
    assert (ended.code, "hunter2" in ended.err + ended.out) == (0, False)
    ended = stage.run(fusion / script, "-c", "lab.config")
    assert (ended.code, "hunter2" in ended.err + ended.out) == (0, False)


def test_a_token_in_a_config_of_nextflow_will_do(fusion: Path, stage: Stage, tmp_path: Path) -> None:
    home = tmp_path / "nxf"
    home.mkdir()
    (home / "seqera-auth.config").write_text("tower { accessToken = 'hunter2' }\n")
    assert stage.run(fusion / "run-awsbatch.sh", NXF_HOME=str(home)).code == 0


def test_no_token_is_asked_for_where_fusion_is_off(plain: Path, stage: Stage) -> None:
    assert "TOWER_ACCESS_TOKEN" not in stage.run(plain / "run-awsbatch.sh").err


def test_shellcheck_finds_nothing_with_fusion(fusion: Path) -> None:
    require_tool("shellcheck")
    scripts = sorted(fusion.glob("*.sh"))
    assert subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False).stdout == ""
