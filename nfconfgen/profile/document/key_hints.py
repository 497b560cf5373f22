"""How Nextflow, sbatch and habit say what a profile says in other words or elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

_TASKS = "tasks: {default: {%s}}, for all sites or for one"
_LABELS = "tasks: {labels: {NAME: {%s}}}, for all sites or for one"
_PROCESSES = "tasks: {processes: {NAME: {%s}}}, for all sites or for one"
_SUBMISSION = "submission: {%s} of a Slurm site"
_CONTAINER = "container: {engine: singularity, %s} of a Slurm site"
_ENGINE = "container: {%s} of a Slurm site"
_SITE = "%s of a Slurm site"
_LIMITS = "limits: {%s} of a site"
_RETRY = "retry: {%s}, at the top level"
_NO_KEY = ""

_NOTES = {
    "maxretries": " (tries in all: one more than maxRetries)",
    "percpumemallocation": " (per-cpu in place of true)",
    "submitratelimit": " ('10 sec' would be ten a second)",
}

# by the word as `_bare` leaves it
_SAID_AS: dict[str, tuple[str, str]] = {
    "queuesize": (_SUBMISSION, "queue_size: 200"),
    "submitratelimit": (_SUBMISSION, "rate: {jobs: 10, per: 1s}"),
    "rate": (_SUBMISSION, "rate: {jobs: 10, per: 1s}"),
    "pollinterval": (_SUBMISSION, "poll_interval: 30s"),
    "queuestatinterval": (_SUBMISSION, "queue_stat_interval: 1 min"),
    "exitreadtimeout": (_SUBMISSION, "exit_read_timeout: 270s"),
    "queueglobalstatus": (_SUBMISSION, "queue_global_status: true"),
    "percpumemallocation": (_SITE, "ask_memory: per-cpu"),
    "clusteroptions": (_SITE, "cluster_options: [--export=NONE]"),
    "beforescript": (_SITE, "before_script: ulimit -s unlimited"),
    "module": (_SITE, "modules: [R/4.3]"),
    "modules": (_SITE, "modules: [R/4.3]"),
    "scratch": (_SITE, "scratch: true"),
    "stageinmode": (_SITE, "stage_in: copy"),
    "stageoutmode": (_SITE, "stage_out: rsync"),
    "partition": (_SITE, "queues: [short]"),
    "partitions": (_SITE, "queues: [short]"),
    "feature": (_SITE, "constraint: skylake"),
    "features": (_SITE, "constraint: skylake"),
    "cachedir": (_CONTAINER, "cache_dir: /shared/images"),
    "librarydir": (_CONTAINER, "library_dir: /shared/images"),
    "runoptions": (_CONTAINER, "options: --nv"),
    "containeroptions": (_CONTAINER, "options: --nv"),
    "envwhitelist": (_CONTAINER, "env: [TMPDIR]"),
    "pulltimeout": (_CONTAINER, "pull_timeout: 1h"),
    "automounts": (_CONTAINER, "auto_mounts: true"),
    "registry": (_CONTAINER, "registry: quay.io"),
    "engine": (_ENGINE, "engine: singularity"),
    "maxretries": (_RETRY, "attempts: 3"),
    "errorstrategy": (_RETRY, "exit_codes: [104, 130-145, 175]"),
    "attempts": (_RETRY, "attempts: 3"),
    "exitcodes": (_RETRY, "exit_codes: [104, 130-145, 175]"),
    "resourcelimits": (_LIMITS, "cpus: 64, memory: 480 GB, time: 3d"),
    "maxcpus": (_LIMITS, "cpus: 64"),
    "maxmemory": (_LIMITS, "memory: 480 GB"),
    "maxtime": (_LIMITS, "time: 3d"),
    "cpus": (_TASKS, "cpus: 6"),
    "memory": (_TASKS, "memory: 8 GB"),
    "mem": (_TASKS, "memory: 8 GB"),
    "time": (_TASKS, "time: 1h"),
    "walltime": (_TASKS, "time: 1h"),
    "disk": (_TASKS, "disk: 40 GB"),
    "accelerator": (_TASKS, "accelerator: 1"),
    "gres": (_TASKS, "accelerator: 1"),
    "gpu": (_TASKS, "accelerator: 1"),
    "gpus": (_TASKS, "accelerator: 1"),
    "withlabel": (_LABELS, "cpus: 12"),
    "withname": (_PROCESSES, "cpus: 12"),
    "process": ("%s", "tasks, retry and keys of the site, instead of directives"),
    "profiles": ("sites: {NAME: {%s}}", "executor: slurm"),
    "maxforks": (_NO_KEY, ""),
    "maxerrors": (_NO_KEY, ""),
    "killbatchsize": (_NO_KEY, ""),
    "jobname": (_NO_KEY, ""),
    "afterscript": (_NO_KEY, ""),
}
for _engine in ("singularity", "apptainer", "docker", "podman", "charliecloud"):
    _SAID_AS[_engine] = (_ENGINE, f"engine: {_engine}")


def advice(key: str, known: Sequence[str]) -> str:
    """What to write in place of a key that is not known here; empty if nobody can say."""
    bare = _bare(key)
    here, note = meant(key, known), _NOTES.get(bare, "")
    if here:
        return f"did you mean '{here}'?{note}"
    where, said = _SAID_AS.get(bare, ("", ""))
    if where:
        return f"a profile says it as {where % said}{note}"
    return "a profile has no key for it: leave it to the pipeline" if bare in _SAID_AS else ""


def meant(key: str, known: Sequence[str]) -> str:
    """Which of the known keys this is another word for, or another spelling of; empty if none."""
    bare = _bare(key)
    said = _SAID_AS[bare][1].partition(":")[0] if bare in _SAID_AS else ""
    here = said or next((name for name in known if _bare(name) == bare), "")
    return here if here in known and here != key else ""


def _bare(word: str) -> str:
    """submitRateLimit, submit_rate_limit and SubmitRateLimit are one word."""
    return word.lower().replace("_", "").replace("-", "")
