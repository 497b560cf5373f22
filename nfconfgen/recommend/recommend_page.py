"""The proposals as one self-contained page: no script, no request, readable on a phone, light and dark."""

from __future__ import annotations

from dataclasses import dataclass

from nfconfgen.processes.names import short_names
from nfconfgen.recommend.charts.fleet_view import FleetView, Simulated, fleet_view
from nfconfgen.recommend.charts.process_view import Shown, process_view
from nfconfgen.recommend.charts.waste_view import waste_view
from nfconfgen.recommend.charts.words import amount, percent, pieces
from nfconfgen.recommend.fleet import SIMPLIFIED
from nfconfgen.recommend.proposal import FEW_TASKS, Proposal, total
from nfconfgen.render.environment import render
from nfconfgen.wording import counted, listed


@dataclass(frozen=True, slots=True)
class RecommendPage:
    """What the page shows. `sources`: the files of past runs; `day`: of today, as text; `chance`: the share of second
    tries that is allowed; `notes`: further sentences on what is not known."""

    pipeline: str
    sources: tuple[str, ...]
    day: str
    chance: float
    processes: tuple[Shown, ...]
    fleets: tuple[Simulated, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the whole run, and what it is."""

    number: str
    what: str


def page(model: RecommendPage) -> str:
    """The HTML of the page."""
    shown = sorted(model.processes, key=lambda each: (-each.proposal.saved, each.proposal.process))
    found = [each.proposal for each in shown]
    fleets: tuple[FleetView, ...] = tuple(fleet_view(each) for each in model.fleets)
    return render(
        "recommend.html.j2",
        model=model,
        sources=listed(model.sources),
        chance=percent(model.chance),
        figures=_figures(found),
        waste=waste_view(found),
        fleets=fleets,
        simplified=SIMPLIFIED,
        processes=[process_view(each) for each in shown],
        pieces=pieces,
        short_names=short_names,
        notes=[*_unknown(found), *model.notes],
    )


def _figures(found: list[Proposal]) -> list[Figure]:
    """Those of the processes whose requests can be compared."""
    run = total(found)
    if run is None:
        return []
    return [
        Figure(f"{amount(run.before_gib_h)} GB·h", "reserved with the requests as they were"),
        Figure(
            f"{amount(run.after_gib_h)} GB·h",
            f"reserved as proposed, {percent(run.after_gib_h / run.before_gib_h - 1, '+')}",
        ),
        Figure(f"{amount(run.used_gib_h)} GB·h", "used at the peak"),
        Figure(f"{run.tasks:,}", f"tasks of {counted(run.processes, 'process', 'processes')}"),
        Figure(
            f"{run.failing:,.0f}",
            f"second tries expected as proposed, {percent(run.failing / run.tasks)} of the tasks",
        ),
    ]


def _unknown(found: list[Proposal]) -> list[str]:
    """What is not known, in sentences."""
    notes = []
    without = [each.process for each in found if each.memory is None]
    unasked = [each.process for each in found if each.observed.asked.memory_mib is None]
    few = [each.process for each in found if each.few and each.memory is not None]
    blind = [each.process for each in found if each.observed.unknown_memory and each.memory is not None]
    several = [each.process for each in found if each.observed.asked_kinds > 1]
    unresolved = [each.process for each in found if each.observed.unresolved_memory[0]]
    if without:
        notes.append(f"No peak was measured, so nothing is proposed for the memory of: {listed(without, 20)}.")
    if unasked:
        notes.append(
            f"What was asked for is not in the files, so nothing can be compared, of: {listed(unasked, 20)}."
        )
    if few:
        notes.append(
            f"Fewer than {FEW_TASKS} tasks were seen, which are weak evidence about the largest one to come, of: "
            f"{listed(few, 20)}."
        )
    if blind:
        notes.append(
            "The peak of some tasks was not measured, often as they were too short. They are left out, not taken "
            f"for small, of: {listed(blind, 20)}."
        )
    if unresolved:
        notes.append(
            f"Tasks ran out of memory and were not tried again, so what they need is not known, of: "
            f"{listed(unresolved, 20)}."
        )
    if several:
        notes.append(
            "Tasks asked for different amounts; the most frequent one is shown as the request, of: "
            f"{listed(several, 20)}."
        )
    return notes
