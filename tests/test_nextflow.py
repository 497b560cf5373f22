"""The environment variables of the user that are passed to a Nextflow that reads files of a repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.nextflow import start

CREDENTIALS = (
    *(
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "TOWER_ACCESS_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "CI_JOB_TOKEN"),
    *("ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "NXF_SECRETS_FILE"),
    *("NXF_GITHUB_ACCESS_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_SECRET", "SSH_AUTH_SOCK"),
    *(
        "https_proxy",
        "HTTP_PROXY",
        "PIP_INDEX_URL",
        "DATABASE_URL",
        "KUBECONFIG",
        "DOCKER_CONFIG",
        "whatever",
        "NETRC",
    ),
)
NEEDED = (
    *("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME", "JAVA_CMD", "NXF_HOME", "NXF_VER"),
    *("NXF_JAVA_HOME", "NXF_OPTS", "JAVA_TOOL_OPTIONS"),
)


@pytest.fixture
def command(tmp_path: Path) -> str:
    (tmp_path / "nextflow").write_text("#!/bin/sh\nenv\n")
    (tmp_path / "nextflow").chmod(0o755)
    return str(tmp_path / "nextflow")


def seen(command: str) -> dict[str, str]:
    code, out, _ = start(command, ["-v"], Path(command).parent, "v2")
    assert code == 0
    return dict(line.split("=", 1) for line in out.splitlines() if "=" in line)


def test_credentials_stay_out(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.setenv(name, "hunter2")
    assert set(CREDENTIALS) & seen(command).keys() == set()
    assert "hunter2" not in seen(command).values()


def test_what_a_start_needs_comes_along(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDED:
        if name != "PATH":
            monkeypatch.setenv(name, "/somewhere")
    assert {name: value for name, value in seen(command).items() if value == "/somewhere"}.keys() >= {*NEEDED} - {
        "PATH"
    }
    assert seen(command)["NXF_SYNTAX_PARSER"] == "v2"
    assert seen(command)["NXF_OFFLINE"] == "true"


@pytest.mark.parametrize("name", ["NXF_OPTS", "NXF_JVM_ARGS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"])
@pytest.mark.parametrize(
    "options", ["-Dhttps.proxyPassword=hunter2", "-Djavax.net.ssl.trustStorePassword=hunter2", "-Dtoken=hunter2"]
)
def test_options_of_java_that_hold_a_password_stay_out(
    command: str, monkeypatch: pytest.MonkeyPatch, name: str, options: str
) -> None:
    monkeypatch.setenv(name, options)
    assert name not in seen(command)


def test_more_comes_along_by_name(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRATCH_OF_LAB", "/scratch")
    monkeypatch.setenv("OTHER", "other")
    assert "SCRATCH_OF_LAB" not in seen(command)
    monkeypatch.setenv("NFCONFGEN_NEXTFLOW_ENV", "SCRATCH_OF_LAB, OTHER NOT_THERE")
    assert seen(command)["SCRATCH_OF_LAB"] == "/scratch"
    assert seen(command)["OTHER"] == "other"
