"""Configs that are broken, hostile or endless: findings, in bounded time, and nothing of them is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import Ended, nfconfgen

SITE = "process.executor = 'slurm'\nprocess.queue = 'short'\n"


def imported(folder: Path, text: str | bytes) -> Ended:
    config = folder / "site.config"
    config.write_bytes(text if isinstance(text, bytes) else text.encode())
    return nfconfgen("import", config, "--out", folder / "profile.yml", alone=True)


@pytest.mark.parametrize(
    "text",
    [
        SITE + "process { cpus = 2",
        SITE + "process { memory = { 2.GB * ( task.attempt }",
        SITE + "singularity { enabled = true ] }\n",
        SITE + "params.x = 'not closed\nparams.y = 1\n",
        SITE + '"""',
        SITE + "process.queue = { task.memory > ",
        SITE + "process.memory = { " + "(" * 3000 + "1.GB" + ")" * 3000 + " }\n",
        SITE + "process.errorStrategy = { " + "task.attempt > 1 ? " * 500 + "'retry'" + " : 'finish'" * 500 + " }\n",
        SITE + "process.queue = " + "(" * 3000 + "'long'" + ")" * 3000 + "\n",
        SITE + "process.queue = " + "params.x ?: " * 1500 + "'long'\n",
        SITE + "process.queue = { " + "!" * 1500 + "task.memory ? 'long' : 'short' }\n",
        SITE + "process.containerOptions = { " + "'a' + (" * 1000 + "'b'" + ")" * 1000 + " }\n",
        SITE
        + "params.c = System.getenv('C') ?: 'a'\n"
        + "process.cpus = "
        + "params.c == 'a' ? 1 : (" * 900
        + "params.c == 'b' ? 2 : 3"
        + ")" * 900
        + "\n",
        SITE + "process.queue = { def q = 'x'\n" + "q = q + q\n" * 45 + "q }\n",
        SITE
        + "process.cpus = { def n0 = 3\n"
        + "".join(f"def n{n + 1} = n{n} * n{n}\n" for n in range(40))
        + "n40 }\n",
        SITE
        + "process.queue = { def n0 = 'x'\n"
        + "".join(f"def n{n + 1} = n{n} + n{n}\n" for n in range(40))
        + "n40 }\n",
        SITE
        + "process.memory = { def n0 = 'x'\n"
        + "".join(f"def n{n + 1} = n{n} + n{n}\n" for n in range(40))
        + "n40 }\n",
        SITE + "\x00\x01\x02 = \x07\n",
    ],
)
def test_what_can_be_read_is_taken_over(text: str, tmp_path: Path) -> None:
    ended = imported(tmp_path, text)
    assert ended.code in (0, 1), ended
    assert "executor: slurm" in (tmp_path / "profile.yml").read_text()


def test_credentials_are_left_out_and_never_shown(tmp_path: Path) -> None:
    said = [
        "env.GITHUB_TOKEN = 'sesame-1'",
        "params.api_key = 'sesame-2'",
        "azure.storage.accountKey = 'sesame-3'",
        "mail.smtp.password = 'sesame-4'",
        "docker { enabled = true; runOptions = '-e API_KEY=sesame-5' }",
        "process.beforeScript = 'export DB_PASSWORD=sesame-6'",
        "process { withName: 'B' { ext.token = 'sesame-7' } }",
        "tower.accessToken = System.getenv('TOKEN') ?: 'sesame-8'",
        "params.tokens = [first: 1, api_token: 'sesame-9']",
        "def password = 'sesame-10'\nenv.DB_PASSWORD = password",
        "params { password = ''; token = '$HOME/token' }",
    ]
    ended = imported(tmp_path, SITE + "\n".join(said) + "\n")
    assert ended.code == 0, ended
    assert len(ended.findings()) == len(said) - 1
    profile = (tmp_path / "profile.yml").read_text()
    assert "sesame" not in profile + str(ended)
    assert "$HOME/token" in profile


def test_quotes_around_what_is_read(tmp_path: Path) -> None:
    ended = imported(tmp_path, SITE + """process.clusterOptions = "--comment='a ${params.x}' --nice=3"\n""")
    assert ended.code == 0, ended
    assert "--comment='a ${params.x}'" in (tmp_path / "profile.yml").read_text()


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    ended = imported(tmp_path, SITE.encode() + b"\xff\xfe\x00" * 100)
    assert ended.code == 2
    assert not (tmp_path / "profile.yml").exists()


def test_includes_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "other.config").write_text("includeConfig 'site.config'\n")
    ended = imported(tmp_path, SITE + "includeConfig 'other.config'\nincludeConfig 'missing.config'\n")
    assert ended.code == 0
    assert [line for line in ended.findings() if "in a circle" in line]
    assert [line for line in ended.findings() if "does not exist" in line]


def test_a_megabyte_of_closures(tmp_path: Path) -> None:
    closures = "".join(
        f"process {{ withName: P{number} {{\n memory = {{ task.attempt > 1 ? {number + 2}.GB : 1.GB }}\n}} }}\n"
        for number in range(14000)
    )
    assert len(closures) > 1_000_000
    assert imported(tmp_path, SITE + closures).code in (0, 1)


@pytest.mark.parametrize(
    "text", ["params.x = 1\n", "", "process.executor = params.what\n", "profiles { a { params.x = 1 } }\n"]
)
def test_a_config_without_a_site_is_refused(text: str, tmp_path: Path) -> None:
    ended = imported(tmp_path, text)
    assert ended.code == 2
    assert "names no executor" in ended.err


def test_an_executor_that_is_not_known_is_refused(tmp_path: Path) -> None:
    ended = imported(tmp_path, "process.executor = 'lsf'\n")
    assert ended.code == 2
    assert "lsf" in ended.err


def test_a_profile_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "profile.yml").write_text("mine\n")
    ended = imported(tmp_path, SITE)
    assert ended.code == 2
    assert (tmp_path / "profile.yml").read_text() == "mine\n"
    assert nfconfgen("import", tmp_path / "site.config", "--out", tmp_path / "profile.yml", "--force").code == 0
    assert (tmp_path / "profile.yml").read_text() != "mine\n"


def test_nothing_of_a_config_is_run(tmp_path: Path) -> None:
    code = f"new File('{tmp_path}/ran').text = 'x'"
    text = (
        f"{SITE}def boom() {{ {code} }}\nboom()\n{code}\nprocess.memory = {{ {code}; 2.GB }}\n"
        f'params.x = "${{{code}}}"\nprocess.beforeScript = "touch {tmp_path}/ran"\n'
    )
    assert imported(tmp_path, text).code in (0, 1)
    assert not (tmp_path / "ran").exists()


def test_a_profile_that_is_named_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "site.config").write_text("profiles { hpc { process.executor = 'slurm' } }\n")
    ended = nfconfgen("import", tmp_path / "site.config", "--profile", "nope", "--dry-run")
    assert ended.code == 2
    assert "nope" in ended.err
