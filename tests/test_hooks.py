"""The hooks, run by the real pre-commit in their own repositories."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import NoReturn

import pytest
import yaml

from tests.commands.test_check import DRIFTS, Drift, comment, journal, missing, output, state
from tests.commands.test_check_full import FORGERIES, forge
from tests.conftest import ROOT
from tests.fast.test_noticed import copied

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
PARTS = (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "nfconfgen", "schemas", "templates")


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, and the environment to work in it."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            text=True,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def git(self, *arguments: str) -> str:
        ended = self.run("git", *arguments)
        assert ended.returncode == 0, ended.stdout
        return ended.stdout.strip()

    def pre_commit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "pre_commit", *arguments)

    def commit_all(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "all")


def unable(reason: str) -> NoReturn:
    pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    raise AssertionError


def made(folder: Path, environment: dict[str, str]) -> Repository:
    folder.mkdir(exist_ok=True)
    repository = Repository(folder, environment)
    repository.git("init", "-q", "-b", "main")
    return repository


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """nfconfgen as it is now, in a repository that pre-commit can clone."""
    if find_spec("pre_commit") is None:
        unable("the hooks need pre-commit: pip install -e '.[test]'")
    home = tmp_path_factory.mktemp("hooks")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    environment |= {"HOME": str(home), "PRE_COMMIT_HOME": str(home / "pre-commit"), "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "nobody", f"GIT_{who}_EMAIL": "nobody@example.org"}
    environment.pop("SOURCE_DATE_EPOCH", None)
    environment["CI"] = ""
    repository = made(home / "tool", environment)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, home / "tool" / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, home / "tool" / part)
    repository.commit_all()
    return repository


@pytest.fixture
def project(tool: Repository) -> Repository:
    """A repository of two pipelines, with both hooks configured."""
    repository = made(Path(mkdtemp(dir=tool.folder.parent)), tool.environment)
    for name in ("salmon", "rnaseq"):
        (repository.folder / name).mkdir()
        copied(repository.folder / name, name)
    hooks = [{"id": "nfconfgen-check"}, {"id": "nfconfgen-build", "stages": ["manual"]}]
    repos = [{"repo": str(tool.folder), "rev": tool.git("rev-parse", "HEAD"), "hooks": hooks}]
    (repository.folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": repos}))
    repository.commit_all()
    return repository


def clean(repository: Repository) -> Path:
    repository.git("reset", "-q", "--hard")
    repository.git("clean", "-qfdx")
    return repository.folder / "salmon/salmon.yml"


def test_the_hooks(project: Repository) -> None:
    # one test, as each process that ran a part of it would install the hooks anew
    ended = project.pre_commit("install", "--install-hooks")
    if ended.returncode != 0:
        unable(f"pre-commit cannot install the hook, which needs a package index: {ended.stdout[-400:]}")
    check(project)
    a_commit(project)
    build(project)


def stage(project: Repository, drift: Drift) -> None:
    if drift is not journal:  # a journal that git tracks is no user's own
        project.git("add", "-A")


def check(project: Repository) -> None:
    profile = clean(project)
    ended = project.pre_commit("run", "--all-files")
    assert ended.returncode == 0, ended.stdout
    assert "nfconfgen check" in ended.stdout
    for drift in DRIFTS:
        clean(project)
        drift(profile)
        stage(project, drift)
        before = state(project.folder / "salmon")
        ended = project.pre_commit("run", "--all-files")
        assert ended.returncode == 1, (drift.__name__, ended.stdout)
        assert "nfconfgen build salmon/salmon.yml" in ended.stdout, drift.__name__
        assert state(project.folder / "salmon") == before, drift.__name__
    clean(project)
    in_ci = Repository(project.folder, {**project.environment, "CI": "true"})
    assert in_ci.pre_commit("run", "--all-files").returncode == 0
    forge(profile, FORGERIES["config"])
    project.git("add", "-A")
    ended = in_ci.pre_commit("run", "--all-files")
    assert ended.returncode == 1
    assert "[not-reproduced]" in ended.stdout


def a_commit(project: Repository) -> None:
    profile = clean(project)
    (project.folder / "notes.txt").write_text("fine")
    project.git("add", "-A")
    project.git("commit", "-qm", "has nothing to do with it")

    missing(profile)
    project.git("add", "-A")
    ended = project.run("git", "commit", "-qm", "only takes a file away")
    assert ended.returncode == 1
    assert "salmon/salmon/launch/run-slurm.sh: error: launch/run-slurm.sh is missing" in ended.stdout

    clean(project)
    comment(profile)  # not staged: the commit is as it should be
    (project.folder / "notes.txt").write_text("finer")
    project.git("add", "notes.txt")
    project.git("commit", "-qm", "what is in it is up to date")


def build(project: Repository) -> None:
    profile = clean(project)
    run = ("run", "nfconfgen-build", "--hook-stage", "manual", "--all-files")
    assert project.pre_commit(*run).returncode == 0
    for drift in (comment, missing, journal):
        clean(project)
        drift(profile)
        stage(project, drift)
        ended = project.pre_commit(*run)
        assert ended.returncode == 1, (drift.__name__, ended.stdout)
        project.git("add", "-A")
        assert project.pre_commit(*run).returncode == 0
        assert project.pre_commit("run", "--all-files").returncode == 0

    clean(project)
    new = project.folder / "new/profile.yml"
    new.parent.mkdir()
    new.write_text("nfconfgen: 1\npipeline: {name: p}\nsites: {base: {executor: slurm, queues: [q]}}\n")
    project.git("add", "-A")
    ended = project.pre_commit(*run)
    assert ended.returncode == 1
    assert "wrote new/conf/base.config" in ended.stdout

    clean(project)
    output(profile)  # the user's changes are not overwritten
    before = state(profile.parent)
    project.git("add", "-A")
    ended = project.pre_commit(*run)
    assert ended.returncode == 1
    assert "build with --force" in ended.stdout
    assert state(profile.parent) == before


def test_try_repo(tool: Repository, project: Repository) -> None:
    ended = project.pre_commit("try-repo", str(tool.folder), "--all-files", "--verbose")
    if "Could not find a version" in ended.stdout or "ConnectionError" in ended.stdout:
        unable(f"pre-commit cannot install the hook, which needs a package index: {ended.stdout[-400:]}")
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.count("Passed") == 2


NAMES = {
    "profile.yml": True,
    "pipelines/salmon/salmon.yaml": True,
    "profile.lock.json": True,
    "profiles/salmon.lock.json": True,
    "conf/slurm.config": True,
    "salmon/conf/profiles.config": True,
    "launch/run-slurm.sh": True,
    "salmon/launch/register-job-definitions.sh": True,
    "a/launch/job-definitions/salmon-nf-salmon-1f3a9c02.json": True,
    "nextflow.config": False,
    "salmon/launch/params-slurm.json": True,
    "bin/run.sh": False,
    "package.json": False,
    "README.md": False,
    "main.nf": False,
}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(hook["id"]))
@pytest.mark.parametrize("name", NAMES)
def test_which_files_concern_a_hook(hook: dict[str, str], name: str) -> None:
    assert bool(re.search(hook["files"], name)) is NAMES[name]


@pytest.mark.parametrize("path", ["salmon", "rnaseq", "two-clusters"])
def test_every_file_of_the_examples_does(path: str) -> None:
    names = [str(file.relative_to(ROOT)) for file in (ROOT / "profiles" / path).rglob("*") if file.is_file()]
    assert names
    for hook in HOOKS:
        assert all(re.search(hook["files"], name) for name in names)
