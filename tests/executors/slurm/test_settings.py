"""What is read of a Slurm site."""

from __future__ import annotations

from dataclasses import replace

from nfconfgen.executors.slurm.settings import Sbatch, SlurmSettings, Surroundings
from nfconfgen.profile.containers import Containers
from nfconfgen.profile.model import Accelerator, Site
from nfconfgen.profile.references import Env, Text
from nfconfgen.profile.run_settings import Rate, Submission
from tests.conftest import ROOT
from tests.core import load_text

HEAD = "nfconfgen: 1\npipeline: {name: demo}\nsites:\n  cluster:\n    executor: slurm\n    queues: %s\n%s"


def site(keys: str = "", queues: str = "[short]") -> Site:
    loaded = load_text(HEAD % (queues, keys), "profile.yml")
    assert loaded.profile is not None, loaded.findings
    assert loaded.findings == ()
    return loaded.profile.sites[0]


def settings(keys: str = "", queues: str = "[short]") -> SlurmSettings:
    found = site(keys, queues).settings
    assert isinstance(found, SlurmSettings)
    return found


def test_defaults_if_no_key_is_set() -> None:
    found = settings()
    assert found.head is not None
    assert found == SlurmSettings(head=found.head)


def test_every_key() -> None:
    path = ROOT / "tests/cases/good/slurm-every-key.yml"
    loaded = load_text(path.read_text("utf-8"), path.name)
    assert loaded.profile is not None
    found = loaded.profile.sites[0].settings
    assert isinstance(found, SlurmSettings)
    assert found.nodes_place is not None
    assert loaded.profile.sites[0].run.submission == Submission(200, Rate(10, 1), 30, 120, 600, True)
    assert replace(found, head=None, nodes_place=None) == SlurmSettings(
        host="me@login.cluster.org",
        cluster="lab",
        account=Text((Env("LAB_ACCOUNT", "lab"),)),
        sbatch=Sbatch(
            qos="normal",
            constraint="avx512&ib",
            nodelist=("c4",),
            exclude=("c5", "gpu[01-02]"),
            reservation="course",
            exclusive=True,
            cluster_options=("--export=NONE", '--comment="it\'s mine"'),
        ),
        ask_memory="per-cpu",
        surroundings=Surroundings(
            "$TMPDIR", "copy", "rsync", "ulimit -s unlimited\numask 002", ("singularity/3.11", "R/4.3")
        ),
        containers=Containers(
            "singularity",
            "/shared/singularity",
            "/shared/images",
            "--nv -B /data",
            3600,
            ("TMPDIR", "http_proxy"),
            True,
            "quay.io",
        ),
    )


def test_auto_names_no_queue_but_has_a_place() -> None:
    found = site(queues="auto")
    assert isinstance(found.settings, SlurmSettings)
    assert found.settings.auto
    assert found.queues == ()
    assert (found.queues_place.line, found.queues_place.column) == (6, 13)


def test_the_place_of_queues_that_are_named() -> None:
    assert (site().queues_place.line, site().queues_place.column) == (6, 13)
    assert not settings().auto


def test_accounts() -> None:
    assert settings("    account: lab\n").account == "lab"
    assert settings("    account: ${LAB:-}\n").account == Text((Env("LAB", ""),))


def test_accelerators_of_all_levels() -> None:
    keys = (
        "    tasks:\n      default: {memory: 1 GB, accelerator: 1}\n"
        "      labels: {gpu: {accelerator: {count: 2, type: a100}}, high: {cpus: 4}}\n"
        "      processes: {CALL: {label: gpu}, PLAIN: {accelerator: 0}}\n"
    )
    found = {task.name: task.accelerator.value for task in site(keys).tasks if task.accelerator is not None}
    a100 = Accelerator(2, "a100")
    assert found == {"": Accelerator(1), "gpu": a100, "high": Accelerator(1), "CALL": a100, "PLAIN": Accelerator(0)}
    assert {task.name for task in site(keys).tasks if task.additive} == {"gpu", "PLAIN"}
