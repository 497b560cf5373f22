"""Query a cluster: on the machine itself, through ssh, and with what was collected elsewhere."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nfconfgen.executors.slurm.facts import client
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.executors.awsbatch.fakes import Login
from tests.executors.slurm.samples import NOW, answer, collected, facts, row, sample
from tests.lab.shell import require_tool

HERE = "s: {executor: slurm, queues: [short]}"
BY_SSH = "s: {executor: slurm, queues: [short], host: me@login.lab.org}"
BANNER = "echo '*** Welcome. ClusterName = lie ***'; echo 'MARK end config 0'\n"


class Work:
    """A folder with a profile, and the login node that it is on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.profile = self.folder / "p.yml"
        self.login = Login(folder / "login")

    def run(self, *arguments: object, **environment: str) -> Ended:
        ended = nfconfgen(*arguments, environment=tuple({**self.login.environment, **environment}.items()))
        assert "Traceback" not in ended.err
        return ended

    def build(self, *sites: str, options: tuple[object, ...] = ()) -> Ended:
        lines = "".join(f"  {site}\n" for site in sites)
        text = f"nfconfgen: 1\npipeline: {{name: p}}\ntasks: {{default: {{memory: 4 GB, time: 1h}}}}\nsites:\n{lines}"
        self.profile.write_text(text, "utf-8")
        return self.run("build", self.profile, *options)

    def known(self) -> dict[str, ClusterFacts]:
        """What the lock holds of clusters."""
        lock = json.loads(self.profile.with_suffix(".lock.json").read_text("utf-8"))
        return {scope: ClusterFacts.from_json(data) for scope, data in lock["facts"].get("slurm", {}).items()}

    def collect(self, name: str = "site.facts") -> Path:
        ended = self.run("facts", "--collect")
        assert ended.code == 0, ended
        file = self.folder / name
        file.write_text(ended.out, "utf-8")
        return file


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


def test_what_is_collected_is_what_the_commands_print(work: Work) -> None:
    found = collected(work.collect())
    known = facts()
    assert found.time.startswith("2026-11-22T")
    # of accounting, the user's own associations and those of all accounts
    assert found == replace(known, time=found.time, reservations={})


@pytest.mark.parametrize("site", [HERE, BY_SSH, "s: {executor: slurm, queues: auto}"])
def test_collected_and_queried_facts_are_the_same(work: Work, site: str) -> None:
    file = work.collect()
    assert work.build(site).code == 0
    files = {path: path.read_bytes() for path in work.folder.rglob("*") if path.is_file()}
    for path in (*files, work.login.folder / "scontrol"):
        if path != file:
            path.unlink()
    assert work.build(site, options=("--from", file, "--offline")).code == 0
    assert {path: path.read_bytes() for path in files} == files


def test_only_what_the_site_uses_stays_in_the_lock(work: Work) -> None:
    assert work.build(HERE).code == 0
    (found,) = work.known().values()
    assert set(found.partitions) == {"short"}
    assert set(found.nodes) == {"c[1-2]"}
    assert found.queues == {"short": ("c[1-2]",)}


def test_the_default_partition_stays_in_the_lock_next_to_that_of_a_class(work: Work) -> None:
    assert work.build("s: {executor: slurm, tasks: {processes: {ALIGN: {queue: himem}}}}").code == 0
    (found,) = work.known().values()
    assert set(found.partitions) == {"himem", "short"}


def test_through_ssh_without_a_question(work: Work) -> None:
    assert work.build(BY_SSH).code == 0
    (command,) = (work.login.folder / "ssh.log").read_text("utf-8").splitlines()
    assert command == "-T -o BatchMode=yes -o ConnectTimeout=15 -- me@login.lab.org bash -l -s"
    assert set(work.known()) == {"me@login.lab.org"}


def test_other_output_of_a_login_is_ignored(work: Work) -> None:
    known = collected(work.collect())
    work.login.command("ssh", f"{BANNER}echo noise >&2\nbash -s\n{BANNER}exit 1\n")
    assert work.build("s: {executor: slurm, queues: auto, host: login}").code == 0
    (found,) = work.known().values()
    assert (found.cluster, found.nodes) == ("lab", known.only(None, None, ()).nodes)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'me@login: Permission denied (publickey).' >&2; exit 255\n", "Permission denied (publickey)"),
        ("exit 0\n", "it prints nothing"),
        ("bash -s | head -c 3000\n", "does not answer"),
        ("cat > /dev/null; yes | head -c 1000000\n", "does not answer"),
        ("exec sleep 30\n", "does not answer within 1 s"),
        ("printf '\\377\\376\\000' ; printf '\\377' >&2; exit 1\n", "does not answer"),
    ],
)
def test_a_host_that_does_not_answer(work: Work, script: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_S", 1)
    work.login.command("ssh", script)
    ended = work.build(BY_SSH)
    assert ended.code == 1
    assert words in ended.out
    assert "the nodes of s are unknown, so its requests are not proven" in ended.out
    assert work.known() == {}


def test_without_ssh(work: Work) -> None:
    work.login.without("ssh")
    ended = work.build(BY_SSH)
    assert ended.code == 1
    assert "ssh cannot be run" in ended.out


def test_what_the_lock_knows_will_do_where_the_host_does_not_answer(work: Work) -> None:
    assert work.build(BY_SSH).code == 0
    before = work.known()
    work.login.command("ssh", "exit 255\n")
    ended = work.build(BY_SSH)
    assert ended.code == 0
    assert "built from the facts in the lock" in ended.out
    assert "warning" in ended.out
    assert work.known() == before
    # but not for a partition that it does not know
    ended = work.build(BY_SSH.replace("short", "short, long"))
    assert ended.code == 1
    assert "the lock has no facts about long, so s is left out" in ended.out
    assert work.known() == before


def test_a_partition_that_is_not_there(work: Work) -> None:
    ended = work.build("s: {executor: slurm, queues: [shrot]}")
    assert ended.code == 1
    assert "p.yml:5:33: error: cluster lab has no partition shrot: did you mean 'short'? [no-queue]" in ended.out


@pytest.mark.parametrize("gone", [("sacctmgr",), ("sacctmgr", "sinfo"), ("sinfo",)])
def test_without_some_of_the_commands(work: Work, gone: tuple[str, ...]) -> None:
    known = collected(work.collect())
    work.login.without(*gone)
    found = collected(work.collect())
    assert (found.partitions, found.nodes) == (known.partitions, known.nodes)
    without = "sacctmgr" in gone
    assert (found.qos is None, found.associations is None) == (without, without)


def test_without_accounting(work: Work) -> None:
    text = sample("config").replace("accounting_storage/slurmdbd", "accounting_storage/none")
    work.login.prints("config", text)
    work.login.command("sacctmgr", "echo 'You are not running a supported accounting_storage plugin' >&2; exit 1\n")
    found = collected(work.collect())
    assert (found.qos, found.associations, found.default_account) == (None, None, "")
    assert work.build(f"{HERE[:-1]}, account: anybody, qos: any}}").code == 0


def test_nodes_are_those_of_sinfo_where_scontrol_may_not_show_them(work: Work) -> None:
    known = collected(work.collect())
    (work.login.folder / "nodes.txt").unlink()
    found = collected(work.collect())
    # MemSpecLimit is not known there
    himem = replace(known.nodes["himem1"], memory_mib=512000)
    assert found.nodes == {**known.nodes, "himem1": himem}


@pytest.mark.parametrize("how", ["no commands", "switched off"])
def test_where_there_is_no_slurm(work: Work, how: str) -> None:
    if how == "no commands":
        work.login.without("scontrol")
    switch = "off" if how == "switched off" else "on"
    ended = work.run("facts", "--collect", NFCONFGEN_SLURM=switch)
    assert (ended.code, ended.out) == (2, "")
    assert "this machine has no Slurm: run this command on a login node" in ended.err


def test_slurm_that_does_not_run(work: Work) -> None:
    words = "slurm_load_partitions: Unable to contact slurm controller (connect failure)"
    work.login.command("scontrol", f"echo '{words}' >&2; exit 1\n")
    ended = work.run("facts", "--collect")
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err


def test_doubts_are_reported(work: Work) -> None:
    work.login.prints("qos", row("qos", name="normal", maxwall="soon"))
    ended = work.run("facts", "--collect")
    assert ended.code == 0
    assert "lab: the limits of QOS normal cannot be read" in ended.err
    ended = work.build(HERE)
    assert ended.code == 0
    assert "p.yml:5:32: warning: lab: the limits of QOS normal cannot be read" in ended.out


class TestTwoClusters:
    """A profile of two: each is queried separately, and none answers for the other."""

    SITES = (
        "a: {executor: slurm, queues: [short], cluster: lab}",
        "b: {executor: slurm, queues: [long], cluster: other}",
    )

    def test_a_login_node_answers_for_its_own(self, work: Work) -> None:
        assert work.build(*self.SITES).code == 0
        assert {place: set(found.partitions) for place, found in work.known().items()} == {"lab": {"short"}}

    def test_each_with_facts_of_its_own(self, work: Work) -> None:
        first = work.collect()
        work.login.renamed("other")
        second = work.collect("other.facts")
        ended = work.build(*self.SITES, options=("--from", first, "--from", second, "--offline"))
        assert ended.code == 0, ended
        known = {place: (found.cluster, set(found.partitions)) for place, found in work.known().items()}
        assert known == {"lab": ("lab", {"short"}), "other": ("other", {"long"})}

    def test_one_here_and_one_by_ssh(self, work: Work, tmp_path: Path) -> None:
        far = Login(tmp_path / "far")
        far.renamed("other")
        work.login.command("ssh", f"PATH={far.folder} exec bash -s\n")
        ended = work.build(self.SITES[0], self.SITES[1].replace("}", ", host: far}"))
        assert ended.code == 0, ended
        assert {place: found.cluster for place, found in work.known().items()} == {"lab": "lab", "other": "other"}

    def test_without_names_nothing_is_queried(self, work: Work) -> None:
        ended = work.build("a: {executor: slurm, queues: [short]}", self.SITES[1])
        assert ended.code == 0
        assert work.known() == {}
        assert "a: the nodes are unknown" in ended.err

    def test_facts_of_one_do_not_stand_in_for_the_other(self, work: Work) -> None:
        ended = work.build(*self.SITES, options=("--from", work.collect(), "--offline"))
        assert ended.code == 0
        assert "b: the nodes are unknown" in ended.err
        assert "facts --collect" in ended.err
        assert "a: " not in ended.err

    def test_facts_of_no_site_are_reported(self, work: Work) -> None:
        ended = work.build("a: {executor: slurm, queues: [short]}", self.SITES[1], options=("--from", work.collect()))
        assert ended.code == 1
        assert "the collected facts are of cluster lab, and no site is known to belong to it" in ended.out


def test_a_host_of_another_cluster(work: Work) -> None:
    ended = work.build(f"{BY_SSH[:-1]}, cluster: other}}")
    assert ended.code == 1
    assert "me@login.lab.org belongs to cluster lab, not other: name the right host or cluster [cluster]" in ended.out


def test_a_machine_of_another_cluster_is_not_queried(work: Work) -> None:
    ended = work.build("s: {executor: slurm, queues: [short], cluster: other}")
    assert ended.code == 0
    assert work.known() == {}
    assert "s: the nodes are unknown" in ended.err


def test_a_machine_of_another_cluster_than_the_lock_s(work: Work) -> None:
    assert work.build(HERE).code == 0
    before = work.known()
    work.login.renamed("other")
    ended = work.build(HERE)
    assert ended.code == 0
    assert "this machine belongs to cluster other; the lock keeps its facts of lab" in ended.out
    assert work.known() == before


@pytest.mark.parametrize("command", ["build", "facts"])
def test_no_advice_to_collect_facts_that_are_given(work: Work, command: str) -> None:
    file = work.collect()
    work.build("s: {executor: slurm, queues: [short], cluster: other}")
    ended = work.run(command, work.profile, "--from", file, "--offline")
    assert ended.code == 1
    assert "of cluster lab, and no site is known to belong to it" in ended.out
    assert "--collect" not in ended.err

    work.build("s: {executor: slurm, queues: [shrot]}")
    ended = work.run(command, work.profile, "--from", file, "--offline")
    assert "cluster lab has no partition shrot" in ended.out
    assert "--collect" not in ended.err


def test_facts_of_another_cluster_are_not_taken_in_silence(work: Work) -> None:
    file = work.collect()
    for options in (("--from", file), ("--from", file, "--offline")):
        ended = work.build("s: {executor: slurm, queues: [short], cluster: other}", options=options)
        assert ended.code == 1
        assert (
            "set cluster: lab for the site that does, or collect the facts on the other cluster [cluster]"
            in ended.out
        )


def _broken() -> Iterator[tuple[str, str, str]]:
    good, none = answer(), "not printed by nfconfgen facts --collect"
    yield "nothing", "", none
    yield "the bare output of a command", sample("config"), none
    yield "of a lock", '{"nfconfgen_lock": 1, "facts": {}}', none
    yield "deep", "[" * 100_000, none
    yield "of the future", good.replace("nfconfgen-collected 1", "nfconfgen-collected 2"), "of another version"
    yield "with other columns", good.replace("maxwall", "maxwalls"), "of another version"
    yield "without a time", good.replace(NOW, "today"), "does not tell its time"
    yield "cut off", good[:3000], "does not answer"
    yield "without a cluster", answer(config="NONE = 1\n"), "does not answer"
    failed = "0a begin config\n\n0a end config 1\n0a message config connect failure\n0a message nodes other\n"
    yield "where Slurm failed", f"{good.splitlines()[0]}\n{failed}", "does not answer: connect failure"


BROKEN = {case: (content, words) for case, content, words in _broken()}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_none(work: Work, case: str) -> None:
    content, words = BROKEN[case]
    file = work.folder / "site.facts"
    file.write_text(content, "utf-8")
    ended = work.build(HERE, options=("--from", file))
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert words in ended.err
    assert len(ended.err) < 400


def script(work: Work) -> Path:
    ended = work.run("facts", "--collect-script", NFCONFGEN_SLURM="off")
    assert (ended.code, ended.err) == (0, "")
    file = work.folder / "collect.sh"
    file.write_text(ended.out, "utf-8")
    return file


def answer_of(work: Work, *command: str, path: str = "") -> tuple[Path, str]:
    """The output of the script, run by a shell that inherits nothing."""
    with script(work).open() as text:
        done = subprocess.run(
            command, stdin=text, capture_output=True, env={"PATH": path or str(work.login.folder)}, check=False
        )
    file = work.folder / "site.facts"
    file.write_bytes(done.stdout)
    return file, done.stderr.decode("utf-8", "replace")


@pytest.mark.parametrize("shell", ["dash", "bash", "bash --posix", "busybox sh"])
def test_the_script_prints_what_a_query_finds(work: Work, shell: str) -> None:
    require_tool(shell.split()[0])
    found = shutil.which(shell.split()[0])
    assert found is not None
    file, complaint = answer_of(work, found, *shell.split()[1:])
    assert complaint == ""
    assert collected(file) == collected(work.collect("other.facts"))


def test_a_command_that_fails_is_recorded(work: Work) -> None:
    work.login.command("sacctmgr", "echo 'sacctmgr: error: no rights' >&2; exit 1\n")
    file, complaint = answer_of(work, "/bin/sh")
    assert complaint.count("no rights") == 3
    text = file.read_text("utf-8")
    mark = text.split()[2]
    assert f"\n{mark} end qos 1\n{mark} message qos sacctmgr: error: no rights\n" in text
    ended = work.build(HERE, options=("--from", file, "--offline"))
    assert ended.code == 0
    assert ended.out.count("[limits-not-read]") == 3


def test_odd_bytes_and_our_own_words_in_what_commands_print(work: Work) -> None:
    odd = sample("nodes").replace("\n", " Comment=\x01 caf\u00e9 MARK end nodes 0 nfconfgen-collected 1 0a\r\n", 1)
    (work.login.folder / "nodes.txt").write_bytes(odd.encode("latin-1") + b"\x00\xff\n")
    file, _ = answer_of(work, "/bin/sh")
    assert collected(file) == collected(work.collect("other.facts"))
    assert len(collected(file).nodes) > 2


def test_the_output_of_a_login_is_ignored_in_a_file_too(work: Work) -> None:
    file, _ = answer_of(work, "/bin/sh")
    known = collected(file)
    file.write_bytes(b"*** Welcome ***\r\nMARK end config 0\n" + file.read_bytes() + b"logout\n")
    assert collected(file) == known


def test_doubts_of_a_file_are_reported(work: Work) -> None:
    file = work.folder / "site.facts"
    file.write_text(answer(qos=row("qos", name="normal", maxwall="soon")), "utf-8")
    ended = work.build(HERE, options=("--from", file, "--offline"))
    assert ended.code == 0
    assert "p.yml:5:32: warning: lab: the limits of QOS normal cannot be read" in ended.out


def test_shellcheck_finds_nothing_in_the_script(work: Work) -> None:
    require_tool("shellcheck")
    for path in (script(work), ROOT / "templates/collect.sh"):
        done = subprocess.run(["shellcheck", path], capture_output=True, text=True, check=False)
        assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("content", [None, b"\xff\xfe{}", b"\x00" * 100])
def test_a_file_that_cannot_be_read(work: Work, content: bytes | None) -> None:
    file = work.folder / "site.facts"
    if content is not None:
        file.write_bytes(content)
    ended = work.build(HERE, options=("--from", file))
    assert (ended.code, ended.out) == (2, "")
    assert "site.facts:" in ended.err
