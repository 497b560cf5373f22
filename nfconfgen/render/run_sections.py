"""The settings of a run that every executor has, as scopes of the config and as directives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nfconfgen.profile.run_settings import Rate, Report, RunSettings, Submission
from nfconfgen.render import groovy
from nfconfgen.render.engines import duration, if_set
from nfconfgen.render.groovy import Code
from nfconfgen.render.section import Section, Setting

PROCESS = "process."
TRACE_FIELDS = (
    "task_id,hash,native_id,process,tag,name,status,exit,attempt,submit,start,complete,duration,realtime,queue,"
    "cpus,%cpu,memory,%mem,peak_rss,peak_vmem,rchar,wchar,disk,time"
)


def sections(run: RunSettings) -> Iterator[Section]:
    """The scopes, empty ones left out; those of other options come last."""
    made = [
        Section("executor", tuple(_submission(run.submission))),
        Section("", tuple(if_set("cleanup", run.cleanup))),
        Section("env", tuple(_environment(run))),
        Section("trace", (*_trace(run),)),
        *(Section(report.name, _report(report)) for report in run.reports if report.name != "trace"),
        *(_of_path(path, groovy.quote(value)) for path, value in run.nextflow.items() if not _directive(path)),
        *(_of_path(path, Code(code)) for path, code in run.groovy.items() if not _directive(path)),
    ]
    return (section for section in made if section.settings)


def _environment(run: RunSettings) -> Iterator[Setting]:
    """The variables, one without a space first: in a container Nextflow has the shell read the first one twice
    (`eval export A="x y"`), and what follows a space is lost."""
    values = [(name, _variable(value)) for name, value in run.env.items()]
    for name, value in sorted(values, key=lambda each: re.search(r"[\s{]", str(each[1])) is not None):
        yield name, groovy.quote(value)


def _trace(run: RunSettings) -> Iterator[Setting]:
    """Where a trace is written, it has what `nfconfgen recommend` reads; Nextflow's own choice has no requests in it.
    A version that does not know a field ends the run, so these are old ones
    (https://www.nextflow.io/docs/latest/reports.html#trace-fields)."""
    (own,) = [report for report in run.reports if report.name == "trace"] or [Report("trace")]
    yield from _report(own)
    chosen = {"trace", "trace.fields"} & {*run.places}
    if own.enabled is not False and not chosen:
        yield "fields", groovy.quote(TRACE_FIELDS)


def _report(report: Report) -> tuple[Setting, ...]:
    file = if_set("file", report.file)
    return (*if_set("enabled", report.enabled), *file, *if_set("overwrite", report.overwrite))


def directives(run: RunSettings) -> list[Setting]:
    """The directives of every task."""
    return [
        *if_set("cache", run.cache),
        *if_set("array", run.array),
        *if_set("maxErrors", run.error_limit),
    ]


def others(run: RunSettings) -> list[Setting]:
    """Directives as the profile gives them, which replace ours."""
    literal = [(path, groovy.quote(value)) for path, value in run.nextflow.items()]
    code = [(path, Code(code)) for path, code in run.groovy.items()]
    return [(path.removeprefix(PROCESS), value) for path, value in (*literal, *code) if _directive(path)]


def _directive(path: str) -> bool:
    return path.startswith(PROCESS)


def _of_path(path: str, code: Code) -> Section:
    scope, _, key = path.partition(".")
    return Section(scope, ((key, code),)) if key else Section("", ((scope, code),))


def _variable(value: object) -> object:
    # in the environment of a task everything is text, and true is written as in YAML
    return str(value).lower() if isinstance(value, bool) else value


def _submission(submission: Submission) -> list[Setting]:
    return [
        *if_set("queueSize", submission.queue_size),
        *if_set("submitRateLimit", _rate(submission.rate)),
        *if_set("pollInterval", duration(submission.poll_interval_s)),
        *if_set("queueStatInterval", duration(submission.queue_stat_interval_s)),
        *if_set("exitReadTimeout", duration(submission.exit_read_timeout_s)),
        *if_set("queueGlobalStatus", submission.queue_global_status),
    ]


def _rate(rate: Rate | None) -> str:
    """The rate, always with a number before the unit: Nextflow reads '10 sec' as ten per second."""
    if rate is None:
        return ""
    minutes, rest = divmod(rate.per_s, 60)
    return f"{rate.jobs}/{rate.per_s}sec" if rest else f"{rate.jobs}/{minutes}min"
