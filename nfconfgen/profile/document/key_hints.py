"""Which key of a profile replaces a name that Nextflow, sbatch or habit suggests."""

from __future__ import annotations

from collections.abc import Sequence

_TASKS = "tasks: {default: {%s}}, for all sites or for one"
_SUBMISSION = "submission: {%s} in a Slurm site"
_CONTAINER = "container: {engine: singularity, %s} in a Slurm site"
_SITE = "%s in a Slurm site"
_LIMITS = "limits: {%s} in a site"
_NEXTFLOW = "nextflow: {%s} in the default, a label or a process of tasks"
_RETRY = "retry: {%s}, at the top level"
_NO_KEY = ""

_NOTES = {
    "maxretries": " (attempts in total: maxRetries + 1)",
    "percpumemallocation": " (per-cpu instead of true)",
    "submitratelimit": " (Nextflow's '10 sec' means ten per second)",
}

_ENGINES = ("singularity", "apptainer", "docker", "podman", "charliecloud")
_TABLE: tuple[tuple[str, str, str], ...] = (
    # names as `_bare` returns them, the part of a profile, the key with an example
    ("queuesize", _SUBMISSION, "queue_size: 200"),
    ("submitratelimit rate", _SUBMISSION, "rate: {jobs: 10, per: 1s}"),
    ("pollinterval", _SUBMISSION, "poll_interval: 30s"),
    ("queuestatinterval", _SUBMISSION, "queue_stat_interval: 1 min"),
    ("exitreadtimeout", _SUBMISSION, "exit_read_timeout: 270s"),
    ("queueglobalstatus", _SUBMISSION, "queue_global_status: true"),
    ("percpumemallocation", _SITE, "ask_memory: per-cpu"),
    ("clusteroptions", _SITE, "cluster_options: [--export=NONE]"),
    ("beforescript", _SITE, "before_script: ulimit -s unlimited"),
    ("module modules", _SITE, "modules: [R/4.3]"),
    ("scratch", _SITE, "scratch: true"),
    ("stageinmode", _SITE, "stage_in: copy"),
    ("stageoutmode", _SITE, "stage_out: rsync"),
    ("partition partitions", _SITE, "queues: [short]"),
    ("feature features", _SITE, "constraint: skylake"),
    ("cachedir", _CONTAINER, "cache_dir: /shared/images"),
    ("librarydir", _CONTAINER, "library_dir: /shared/images"),
    ("runoptions containeroptions", _CONTAINER, "options: --nv"),
    ("envwhitelist", _CONTAINER, "env: [TMPDIR]"),
    ("pulltimeout", _CONTAINER, "pull_timeout: 1h"),
    ("automounts", _CONTAINER, "auto_mounts: true"),
    ("registry", _CONTAINER, "registry: quay.io"),
    ("engine", "container: {%s} in a Slurm site", "engine: singularity"),
    *((engine, "container: {%s} in a Slurm site", f"engine: {engine}") for engine in _ENGINES),
    ("maxretries attempts", _RETRY, "attempts: 3"),
    ("errorstrategy exitcodes", _RETRY, "exit_codes: [104, 130-145, 175]"),
    ("resourcelimits", _LIMITS, "cpus: 64, memory: 480 GB, time: 3d"),
    ("maxcpus", _LIMITS, "cpus: 64"),
    ("maxmemory", _LIMITS, "memory: 480 GB"),
    ("maxtime", _LIMITS, "time: 3d"),
    ("cpus", _TASKS, "cpus: 6"),
    ("memory mem", _TASKS, "memory: 8 GB"),
    ("time walltime", _TASKS, "time: 1h"),
    ("disk", _TASKS, "disk: 40 GB"),
    ("accelerator gres gpu gpus", _TASKS, "accelerator: 1"),
    ("withlabel", "tasks: {labels: {NAME: {%s}}}, for all sites or for one", "cpus: 12"),
    ("withname", "tasks: {processes: {NAME: {%s}}}, for all sites or for one", "cpus: 12"),
    ("process", "%s", "tasks, retry and keys of the site, instead of directives"),
    ("profiles", "sites: {NAME: {%s}}", "executor: slurm"),
    ("maxforks", _NEXTFLOW, "maxForks: 4"),
    ("afterscript", _NEXTFLOW, "afterScript: rm -rf tmp"),
    ("maxerrors killbatchsize jobname", _NO_KEY, ""),
)
_HINTS = {name: (where, example) for names, where, example in _TABLE for name in names.split()}


def advice(key: str, known: Sequence[str]) -> str:
    """What to write instead of a key that is unknown here; empty if no replacement is known."""
    bare = _bare(key)
    here, note = meant(key, known), _NOTES.get(bare, "")
    if here:
        return f"did you mean '{here}'?{note}"
    where, example = _HINTS.get(bare, ("", ""))
    if where:
        return f"write it as {where % example}{note}"
    return "a profile has no key for it: leave it to the pipeline" if bare in _HINTS else ""


def meant(key: str, known: Sequence[str]) -> str:
    """The known key that this is another name for, or another spelling of; empty if there is none."""
    bare = _bare(key)
    hint = _HINTS[bare][1].partition(":")[0] if bare in _HINTS else ""
    here = hint or next((name for name in known if _bare(name) == bare), "")
    return here if here in known and here != key else ""


def _bare(word: str) -> str:
    """The same word for submitRateLimit, submit_rate_limit and SubmitRateLimit."""
    return word.lower().replace("_", "").replace("-", "")
