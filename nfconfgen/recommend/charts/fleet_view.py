"""The simulated runs on the queues of a site, before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nfconfgen.recommend.charts.step_chart import StepChart, step_chart
from nfconfgen.recommend.charts.words import SPACE, amount, duration
from nfconfgen.recommend.fleet import Fleet
from nfconfgen.recommend.simulation.queue_machines import UNLIMITED, Queue
from nfconfgen.wording import counted

COLORS = 4
"""Queues beyond that share colors."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """The runs at a site with the requests as they were and as proposed; None: these do not fit there. `notes`: what
    else is assumed, in sentences."""

    site: str
    before: Fleet | None
    after: Fleet | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two runs: its charts, and what they show in words."""

    title: str
    machines: StepChart
    waiting: StepChart
    text: str


@dataclass(frozen=True, slots=True)
class FleetView:
    """`table`: what, before, after; `legend`: queues with their colors."""

    site: str
    samples: str
    table: tuple[tuple[str, str, str], ...]
    legend: tuple[tuple[int, str], ...]
    halves: tuple[Half, ...]
    notes: tuple[str, ...]


def fleet_view(each: Simulated) -> FleetView:
    """Both charts have the same scales."""
    runs = [run for run in (each.before, each.after) if run is not None]
    end_s = max((run.end_s for run in runs), default=0.0)
    machines = max((use.peak for run in runs for use in run.queues), default=0)
    waiting = max((run.most_waiting for run in runs), default=0)
    titles = (("as asked", each.before), ("as proposed", each.after))
    halves = [_half(title, run, end_s, machines, waiting) for title, run in titles if run is not None]
    legend = [
        (number % COLORS, f"{use.queue.name}: {_most(use.queue)} {use.queue.machine}")
        for number, use in enumerate(runs[0].queues if runs else ())
    ]
    missing = [f"The requests {title} fit on no machine here." for title, run in titles if run is None]
    samples = counted(runs[0].samples, "sample").replace(str(runs[0].samples), f"{runs[0].samples:,}") if runs else ""
    notes = (*missing, *each.notes, *(_assumed(runs[0]) if runs else ()))
    return FleetView(each.site, samples, tuple(_table(each)), tuple(legend), tuple(halves), notes)


def _half(title: str, run: Fleet, end_s: float, machines: int, waiting: int) -> Half:
    running = [(f"curve q{number % COLORS}", use.running) for number, use in enumerate(run.queues)]
    most = ", ".join(f"{use.peak:,} of {use.queue.name}" for use in run.queues)
    text = f"Machines running over {duration(run.end_s)}; at most {most}. At most {run.most_waiting:,} tasks wait."
    return Half(
        title, step_chart(running, end_s, machines), step_chart([("area", run.waiting)], end_s, waiting, 2), text
    )


def _most(queue: Queue) -> str:
    return "as many as needed of" if queue.most == UNLIMITED else f"at most {queue.most:,} ×"


def _assumed(run: Fleet) -> list[str]:
    """What the simulation starts from, in sentences."""
    order = "begin at once"
    if run.stages > 1:
        order = (
            f"run in {run.stages} stages, by the times in the files: each after those that had completed a task when "
            f"its own first one was submitted"
        )
    queues = [use.queue for use in run.queues if use.queue.startup_s or use.queue.idle_s]
    starts = dict.fromkeys(
        f"Machines start in {duration(queue.startup_s)} and stop after {duration(queue.idle_s)} without a task."
        for queue in queues
    )
    return [
        f"The files are taken to contain {counted(run.of_samples, 'sample')}, and others to need as many tasks as "
        f"these, with the same times and peaks.",
        f"The processes of a sample {order}; what had a single task runs once.",
        *starts,
    ]


def _table(each: Simulated) -> list[tuple[str, str, str]]:
    runs = (each.before, each.after)
    queues = next((run.queues for run in runs if run), ())
    most = [(f"most machines, {use.queue.name}", partial(_peak, number)) for number, use in enumerate(queues)]
    lost = any(run.lost for run in runs if run)
    rows: list[tuple[str, Callable[[Fleet], str]]] = [
        ("finished after", lambda run: duration(run.end_s)),
        ("machine hours", lambda run: amount(run.machine_h)),
        *([("cost", _cost)] if any(run.cost is not None for run in runs if run) else []),
        *most,
        ("reserved memory", lambda run: f"{amount(run.reserved_gib_h)}{SPACE}GB·h"),
        ("tasks", lambda run: f"{run.tasks:,}"),
        ("failed tries", lambda run: f"{run.failed:,}"),
        *([("failed on the last try", _lost)] if lost else []),
    ]
    before, after = ([text(run) if run else "–" for _, text in rows] for run in runs)
    return list(zip([what for what, _ in rows], before, after, strict=True))


def _peak(number: int, run: Fleet) -> str:
    return f"{run.queues[number].peak:,}"


def _lost(run: Fleet) -> str:
    return f"{run.lost:,}"


def _cost(run: Fleet) -> str:
    return "not known" if run.cost is None else f"${amount(run.cost)}"
