"""launch/nfconfgen.sh: the functions that launch scripts share. No script runs with a library that does not fit."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.lab.shell import Stage, as_nextflow_reads, build, profile, require_tool

TEMPLATE = ROOT / "templates/nfconfgen.sh"
TEMPLATES = {
    "nfconfgen.sh": TEMPLATE,
    "nfconfgen-awsbatch.sh": ROOT / "templates/awsbatch.library.sh",
    "nfconfgen-slurm.sh": ROOT / "templates/slurm.library.sh",
}
LIBRARIES = sorted((ROOT / "profiles").glob("*/launch/nfconfgen*.sh"))
# what the scripts use of them, and the number that stands for this: another use needs another number
INTERFACE = 3
INTERFACES = {
    "nfconfgen.sh": "3",
    "nfconfgen-awsbatch.sh": "3-awsbatch-3",
    "nfconfgen-slurm.sh": "3-slurm-1",
}
USED = {
    *("fail", "need", "run", "say", "site_option", "read_options", "choose_profiles", "choose_params"),
    "choose_results",
    *("report_status", "warm_up_first", "continue_last", "start_in_background", "keep_reports", "note_start"),
    *("need_results", "remember_warmup"),
    *("check_nextflow", "check_work_dir", "run_nextflow", "report_end", "pull_images", "pull_inspected"),
    *("need_variables", "protect_tasks", "submit_head", "continue_in_job"),
    *("need_aws", "check_credentials", "check_queues", "check_bucket", "check_writable", "check_token"),
    *("install_plugins", "check_definition", "check_filters", "register", "register_definitions", "prune"),
    *("expect_machine", "watch_machines", "stop_watching", "report_machines"),
    "head_of",
}
AWKWARD = 'it\'s a "folder"\nof `two` $(touch pwned) lines '


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "stage", "nextflow", "sbatch", "aws")


@pytest.fixture
def launch(tmp_path: Path) -> Path:
    return build(tmp_path, profile(tmp_path)) / "launch"


def with_text(change: Callable[[str], str]) -> Callable[[Path], object]:
    return lambda path: path.write_text(change(path.read_text()))


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def numbered(number: str) -> Callable[[Path], object]:
    return with_text(
        lambda text: text.replace(f"nfconfgen_interface={INTERFACE}\n", f"nfconfgen_interface={number}\n")
    )


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "none"),
    "empty": (with_text(lambda text: ""), "none"),
    "cut off between functions": (with_text(lambda text: text[: text.index("# ---- Images")]), "none"),
    "older": (numbered("0"), "0"),
    "newer": (numbered("4"), "4"),
    "a folder": (to_folder, "none"),
    "cut off within a function": (with_text(lambda text: text[: text.index("    esac")]), "none"),
    "half merged": (with_text(lambda text: f"<<<<<<< ours\n{text}=======\n>>>>>>> theirs\n"), "none"),
}


def functions(*names: str) -> list[str]:
    texts = (TEMPLATES[name].read_text() for name in names or TEMPLATES)
    return [found for text in texts for found in re.findall(r"^(\w+)\(\)", text, re.MULTILINE)]


def test_each_is_the_same_for_every_profile() -> None:
    assert sum(path.name == "nfconfgen.sh" for path in LIBRARIES) == len(list((ROOT / "profiles").glob("*.yml")))
    # nothing is filled in, so editors and shellcheck read the template itself
    assert {(path.name, path.read_bytes()) for path in LIBRARIES} == {
        (name, template.read_bytes()) for name, template in TEMPLATES.items()
    }


@pytest.mark.parametrize("library", TEMPLATES)
def test_every_function_is_described_with_what_it_takes_and_does(library: str) -> None:
    assert len(functions(library)) == len(set(functions(library)))
    for name in functions(library):
        text = TEMPLATES[library].read_text()
        assert re.search(rf"^# {name}\b[^\n]*: [^\n]+\n(# [^\n]+\n)*{name}\(\)", text, re.MULTILINE), name


def test_what_a_library_replaces_is_said_where_it_is_replaced() -> None:
    ours = functions("nfconfgen.sh")
    assert {name for name in functions("nfconfgen-awsbatch.sh") if name in ours} == {
        *("site_tasks", "report_remote", "report_head", "submit_instead")
    }
    assert {name for name in functions("nfconfgen-slurm.sh") if name in ours} == {
        *("site_tasks", "report_head", "own_process")
    }


def test_another_use_of_it_needs_another_number() -> None:
    scripts = "".join(path.read_text() for path in (ROOT / "templates").glob("*.sh.j2"))
    used = {name for name in functions() if re.search(rf"^ *(?:\S.*(?:[;)|]|then) )?{name}\b", scripts, re.MULTILINE)}
    assert used == USED, "the scripts use other functions: raise the number in the library, _library.sh.j2 and here"
    for name, template in TEMPLATES.items():
        assert template.read_text().endswith(f"\nnfconfgen_interface={INTERFACES[name]}\n")
    written = re.search(r"set interfaces = (\{.*\}) %}", scripts)
    assert written is not None
    assert json.loads(written[1]) == INTERFACES


def test_a_script_is_read_at_a_glance() -> None:
    scripts = [path for path in (ROOT / "profiles").glob("*/launch/*.sh") if path not in LIBRARIES]
    assert scripts
    for path in scripts:
        assert len(path.read_text().splitlines()) < 120, path


@pytest.mark.parametrize("script", ["run-slurm.sh", "warmup-awsbatch.sh", "register-job-definitions.sh"])
@pytest.mark.parametrize(("damage", "number"), {"missing": "none", "cut": "none", "older": "3-awsbatch-0"}.items())
def test_nor_with_functions_of_its_executor_that_do_not_fit(
    damage: str, number: str, script: str, launch: Path, stage: Stage
) -> None:
    own = launch / f"nfconfgen-{'slurm' if 'slurm' in script else 'awsbatch'}.sh"
    text = own.read_text()
    own.unlink()
    if damage != "missing":
        cut = text[: text.index("# The scripts compare")]
        own.write_text(cut if damage == "cut" else f"{cut}nfconfgen_interface={number}\n")
    complaint = stage.run(launch / script).complaint()
    found = "3" if damage == "cut" else number
    assert f"error: {own} is missing or does not fit this script (interface {found}, " in complaint
    assert stage.calls() == []


@pytest.mark.parametrize("script", ["run-slurm.sh", "warmup-awsbatch.sh", "register-job-definitions.sh"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_no_script_runs_with_a_library_that_does_not_fit(
    damage: str, script: str, launch: Path, stage: Stage
) -> None:
    break_it, number = DAMAGES[damage]
    break_it(launch / "nfconfgen.sh")
    # whatever the environment contains
    ended = stage.run(launch / script, "--help", nfconfgen_interface=str(INTERFACE), BASH_ENV="")
    complaint = ended.complaint()
    own = f"{launch}/nfconfgen-{'slurm' if 'slurm' in script else 'awsbatch'}.sh"
    found = rf"nfconfgen.sh: {number}"
    assert f"error: {own} is missing or does not fit this script (interface {found}, " in complaint
    assert complaint.endswith(": build both again with the command in the second line of the script")
    if not damage.endswith(("within a function", "merged")):
        assert ended.err == f"{complaint}\n"
    assert stage.calls() == []


def test_a_job_does_not_run_with_a_library_that_does_not_fit(launch: Path, stage: Stage, tmp_path: Path) -> None:
    """Slurm runs the script as it was when it was submitted; the folder may have been built anew since."""
    copy = Path(shutil.copy(launch / "run-slurm.sh", tmp_path / "slurm_script"))
    numbered("4")(launch / "nfconfgen.sh")
    assert (
        "(interface nfconfgen.sh: 4, needed: 3-slurm-1)" in stage.run(copy, "--in-job", launch, "run-1").complaint()
    )
    assert stage.calls() == []


def test_a_folder_of_an_awkward_name(tmp_path: Path, stage: Stage) -> None:
    """Called there, by a link, as a job, and where the library is missing."""
    folder = tmp_path / AWKWARD
    launch = build(folder, profile(tmp_path), AWKWARD) / "launch"
    (tmp_path / "link").symlink_to(launch / "run-slurm.sh")
    assert stage.run(tmp_path / "link", "--submit").code == 0
    words = stage.calls("sbatch")[0].arguments
    at = words.index("--in-job")
    assert words[at - 1 : at + 2] == (f"{launch}/run-slurm.sh", "--in-job", str(launch))
    copy = Path(shutil.copy(launch / "run-slurm.sh", tmp_path / "slurm_script"))
    for command in ([launch / "run-slurm.sh"], [tmp_path / "link"], [copy, *words[at:]]):
        ended = stage.run(*command)
        assert ended.code == 0, ended
        run = as_nextflow_reads(stage.calls("nextflow")[-1].arguments[1:])
        assert Path(run.options["-c"]).samefile(launch.parent / "conf/profiles.config")
        assert run.params == {"inputDir": "/data"}
    (launch / "nfconfgen.sh").unlink()
    assert len(stage.run(launch / "run-slurm.sh").err.splitlines()) == 1
    assert list(tmp_path.rglob("pwned")) == []


@pytest.mark.parametrize("path", ["profiles/salmon", "profiles/rnaseq", "profiles/two-clusters"])
def test_shellcheck_finds_nothing_alone_and_more_strictly_together(path: str, tmp_path: Path) -> None:
    """Alone, as a hook calls it for a changed file; together, the scripts need not be excused for what they share."""
    require_tool("shellcheck")
    launch = Path(shutil.copytree(ROOT / path / "launch", tmp_path / "launch"))
    scripts = sorted(launch.glob("*.sh"))
    for script in scripts:
        assert subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False).stdout == ""
        strict = re.sub(
            r"^# shellcheck disable=SC1.*$", "# shellcheck disable=SC1003,SC2016", script.read_text(), flags=re.M
        )
        script.write_text(strict)
    ended = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
    assert ended.stdout == ""


def test_shellcheck_finds_nothing_in_the_template() -> None:
    require_tool("shellcheck")
    ended = subprocess.run(["shellcheck", TEMPLATE], capture_output=True, text=True, check=False)
    assert ended.stdout == ""


SMALL = "nfconfgen: 1\npipeline: {name: p}\nsites: {SITE: {executor: slurm, queues: [q]}}\n"


def small(folder: Path, name: str, site: str, more: str = "") -> Path:
    path = folder / name
    path.write_text(SMALL.replace("SITE", site) + more)
    return path


def test_it_is_checked_like_every_output(tmp_path: Path) -> None:
    path = small(tmp_path, "profile.yml", "base")
    library = tmp_path / "launch/nfconfgen.sh"
    assert nfconfgen("build", path, "--offline").code == 0
    assert "launch/nfconfgen.sh" in json.loads((tmp_path / "profile.lock.json").read_text())["outputs"]
    assert nfconfgen("check", path).code == 0
    assert nfconfgen("check", library).code == 0
    library.write_text(library.read_text().replace("say()", "say_not()"))
    assert f"{library}:" in (found := nfconfgen("check", path)).out
    assert (found.code, "[edited]" in found.out) == (1, True)
    library.unlink()
    assert f"{library}: error: launch/nfconfgen.sh is missing" in nfconfgen("check", path).out
    assert nfconfgen("build", path, "--offline").code == 0
    assert library.exists()


def test_a_copy_of_it_is_left_over(tmp_path: Path) -> None:
    path = small(tmp_path, "profile.yml", "base")
    assert nfconfgen("build", path, "--offline").code == 0
    copy = Path(shutil.copy(tmp_path / "launch/nfconfgen.sh", tmp_path / "launch/former.sh"))
    assert f"{copy}: error: launch/former.sh is left over" in nfconfgen("check", path).out


def test_it_does_nothing_by_itself(launch: Path, stage: Stage) -> None:
    ended = stage.run(launch / "nfconfgen.sh")
    assert (ended.code, "the scripts next to it source it" in ended.err) == (1, True)


def test_it_leaves_a_folder_with_the_scripts(tmp_path: Path) -> None:
    path = small(tmp_path, "profile.yml", "base")
    assert nfconfgen("build", path, "--offline").code == 0
    small(tmp_path, "profile.yml", "base", "output: elsewhere/\n")
    assert nfconfgen("build", path, "--offline").code == 0
    assert list((tmp_path / "launch").glob("*")) == []
    assert (tmp_path / "elsewhere/launch/nfconfgen.sh").exists()


def test_a_file_of_the_users_own_is_not_replaced(tmp_path: Path) -> None:
    path, own = small(tmp_path, "profile.yml", "base"), tmp_path / "launch/nfconfgen.sh"
    own.parent.mkdir()
    own.write_text("echo mine\n")
    ended = nfconfgen("build", path, "--offline", "--force")
    assert (ended.code, "[file-clash]" in ended.out) == (1, True)
    assert own.read_text() == "echo mine\n"


def test_profiles_that_share_a_folder_share_it(tmp_path: Path) -> None:
    """It names no source: the profile that is built last does not take it away from the other."""
    one, two = small(tmp_path, "one.yml", "here"), small(tmp_path, "two.yml", "there")
    assert nfconfgen("build", one, "--offline").code == 0
    ended = nfconfgen("build", two, "--offline")
    # this file lists the sites of one profile, so a shared folder is not what it is made for
    assert "conf/profiles.config:" in ended.out
    assert "nfconfgen.sh" not in ended.out + ended.err
    assert nfconfgen("build", two, "--offline", "--force").code == 0
    for path in (one, two):
        assert "nfconfgen.sh" not in nfconfgen("check", path).out
    assert nfconfgen("check", two).code == 0
