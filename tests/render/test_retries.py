"""The retry settings in a config are those of the profile, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.render.process import LOST, retries
from tests.cli import nfconfgen
from tests.core import load_text

STRATEGY = "{ task.exitStatus in %s ? 'retry' : '%s' }"


@pytest.mark.parametrize(
    ("shared", "own", "written"),
    [
        ("{}", "{}", {}),
        ("{memory: double}", "{}", {}),
        ("{attempts: 3}", "{}", {"maxRetries": "2"}),
        ("{attempts: 1}", "{}", {"errorStrategy": "'terminate'"}),
        ("{attempts: 1, exit_codes: [137], otherwise: ignore}", "{}", {"errorStrategy": "'ignore'"}),
        ("{exit_codes: [137]}", "{}", {"errorStrategy": STRATEGY % ("([137])", "terminate")}),
        ("{exit_codes: [130-145]}", "{}", {"errorStrategy": STRATEGY % ("((130..145))", "terminate")}),
        ("{exit_codes: []}", "{}", {"errorStrategy": "'terminate'"}),
        ("{lost: true}", "{}", {"errorStrategy": STRATEGY % (f"([{LOST}])", "terminate")}),
        ("{lost: false}", "{}", {"errorStrategy": "'terminate'"}),
        ("{otherwise: finish}", "{}", {"errorStrategy": "'finish'"}),
        (
            "{attempts: 4, exit_codes: [1, 137-139], lost: true, otherwise: finish}",
            "{attempts: 2, lost: false}",
            {"errorStrategy": STRATEGY % ("((137..139) + [1])", "finish"), "maxRetries": "1"},
        ),
        ("{exit_codes: [1]}", "{exit_codes: [2]}", {"errorStrategy": STRATEGY % ("([2])", "terminate")}),
        ("{}", "{attempts: 2}", {"maxRetries": "1"}),
        ("{exit_codes: any}", "{}", {"errorStrategy": STRATEGY % ("((0..255))", "terminate")}),
        (
            "{exit_codes: {any: {except: [1, 4-6, 5, 255]}}, lost: true}",
            "{}",
            {"errorStrategy": STRATEGY % (f"((2..3) + (7..254) + [0, {LOST}])", "terminate")},
        ),
        (
            "{attempts: 3, exit_codes: [137], otherwise: finish}",
            "{last: ignore}",
            {
                "errorStrategy": (
                    "{ task.exitStatus in ([137]) ? (task.attempt < 3 ? 'retry' : 'ignore') : 'finish' }"
                ),
                "maxRetries": "2",
            },
        ),
        (
            "{attempts: 1, exit_codes: [137], last: ignore}",
            "{}",
            {"errorStrategy": STRATEGY.replace("'retry'", "'ignore'") % ("([137])", "terminate")},
        ),
    ],
)
def test_each_key_writes_its_setting(shared: str, own: str, written: dict[str, str]) -> None:
    text = (
        f"nfconfgen: 1\npipeline: {{name: p}}\nretry: {shared}\n"
        f"sites: {{s: {{executor: slurm, queues: [q], retry: {own}}}}}\n"
    )
    profile = load_text(text, "p.yml").profile
    assert profile is not None
    assert dict(retries(profile.sites[0].retry)) == written


def test_requests_grow_after_some_exit_codes_only(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(
        "nfconfgen: 1\npipeline: {name: p}\n"
        "tasks: {default: {cpus: 2, memory: 4 GB, time: 1h}, labels: {l: {time: 2h}}}\n"
        "retry: {attempts: 3, exit_codes: [1, 137], memory: attempt, time: {add: 30m}, grow_on: [137, 140]}\n"
        "sites: {s: {executor: slurm, queues: [q]}}\n"
    )
    assert nfconfgen("build", tmp_path / "p.yml", "--offline").code == 0
    text = (tmp_path / "conf/s.config").read_text()
    assert "memory = { task.exitStatus in ([137, 140]) ? (4096.MB * task.attempt) : 4096.MB }" in text
    assert "time = { task.exitStatus in ([137, 140]) ? (2.h + 30.min * (task.attempt - 1)) : 2.h }" in text
    assert "cpus   = 2\n" in text
