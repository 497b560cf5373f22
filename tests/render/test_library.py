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
LIBRARIES = sorted((ROOT / "profiles").glob("*/launch/nfconfgen.sh"))
# what the scripts use of it, and the number that stands for this: another use needs another number
INTERFACE = 2
USED = {
    *("fail", "need", "run", "say", "site_option", "read_options", "choose_profiles", "choose_params"),
    "choose_results",
    *("check_nextflow", "check_work_dir", "run_nextflow", "report_end", "pull_images", "pull_inspected"),
    *("need_variables", "protect_tasks", "submit_head", "continue_in_job"),
    *("need_aws", "check_credentials", "check_bucket", "check_token", "check_definition"),
    *("register", "register_definitions"),
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
    "cut off between functions": (with_text(lambda text: text[: text.index("# ---- Slurm")]), "none"),
    "older": (numbered("0"), "0"),
    "newer": (numbered("3"), "3"),
    "a folder": (to_folder, "none"),
    "cut off within a function": (with_text(lambda text: text[: text.index("    esac")]), "none"),
    "half merged": (with_text(lambda text: f"<<<<<<< ours\n{text}=======\n>>>>>>> theirs\n"), "none"),
}


def functions() -> list[str]:
    return re.findall(r"^(\w+)\(\)", TEMPLATE.read_text(), re.MULTILINE)


def test_it_is_the_same_for_every_profile() -> None:
    assert len(LIBRARIES) == len(list((ROOT / "profiles").glob("*.yml")))
    # nothing is filled in, so editors and shellcheck read the template itself
    assert {path.read_bytes() for path in LIBRARIES} == {TEMPLATE.read_bytes()}


def test_every_function_is_described_with_what_it_takes_and_does() -> None:
    assert len(functions()) == len(set(functions()))
    for name in functions():
        assert re.search(
            rf"^# {name}\b[^\n]*: [^\n]+\n(# [^\n]+\n)*{name}\(\)", TEMPLATE.read_text(), re.MULTILINE
        ), name


def test_another_use_of_it_needs_another_number() -> None:
    scripts = "".join(path.read_text() for path in (ROOT / "templates").glob("*.sh.j2"))
    used = {name for name in functions() if re.search(rf"^ *(?:\S.*(?:[;)|]|then) )?{name}\b", scripts, re.MULTILINE)}
    assert used == USED, "the scripts use other functions: raise the number in nfconfgen.sh, _library.sh.j2 and here"
    assert TEMPLATE.read_text().endswith(f"\nnfconfgen_interface={INTERFACE}\n")
    assert f'"$nfconfgen_interface" != {INTERFACE} ]' in scripts


def test_a_script_is_read_at_a_glance() -> None:
    scripts = [path for path in (ROOT / "profiles").glob("*/launch/*.sh") if path not in LIBRARIES]
    assert scripts
    for path in scripts:
        assert len(path.read_text().splitlines()) < 120, path


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
    assert f"error: {launch}/nfconfgen.sh is missing or does not fit this script (interface {number}, " in complaint
    assert complaint.endswith(": build both again with the command in the second line of the script")
    if not damage.endswith(("within a function", "merged")):
        assert ended.err == f"{complaint}\n"
    assert stage.calls() == []


def test_a_job_does_not_run_with_a_library_that_does_not_fit(launch: Path, stage: Stage, tmp_path: Path) -> None:
    """Slurm runs the script as it was when it was submitted; the folder may have been built anew since."""
    copy = Path(shutil.copy(launch / "run-slurm.sh", tmp_path / "slurm_script"))
    numbered("3")(launch / "nfconfgen.sh")
    assert "(interface 3, needed: 2)" in stage.run(copy, "--in-job", launch, "run-1").complaint()
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
