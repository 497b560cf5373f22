"""How the requests of single classes grow, and how they should where that wastes much or ends too early."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nfconfgen.plan.attempts import UNSET_ATTEMPTS
from nfconfgen.profile.document.yaml12 import Path
from nfconfgen.profile.model import Profile, Site
from nfconfgen.profile.retry_settings import Added, Growth, Retry
from nfconfgen.profile.tasks import GROUPS
from nfconfgen.profile.units import memory_text
from nfconfgen.recommend.prediction import Prediction
from nfconfgen.recommend.profile_edits import NEGLIGIBLE, Classes, Edits, mapping_in
from nfconfgen.recommend.proposal import Proposal, rounded_mib
from nfconfgen.recommend.sizing import Choice, attempts_by, choice
from nfconfgen.terminal.visible import visible

WORTH = 0.03
"""The part of what a process reserves from which on a growth of its own is worth a line."""
MORE_FAILURES = 0.02
"""What a growth may add to the tries that fail, as a part of them: they were counted when requests were chosen."""


@dataclass(frozen=True, slots=True)
class Step:
    """Each try of this process should ask for `mib` more, where `edits` set that. `expected`: what then is to be
    expected of its request, if that holds on all sites; `saves`: the part of what the run reserves; `in_time`: with
    the growth that it has, the last try holds the largest task, too."""

    process: str
    mib: int
    edits: Edits
    expected: Choice | None
    saves: float
    in_time: bool

    @property
    def reason(self) -> str:
        name, more = visible(self.process), memory_text(self.mib)
        if not self.in_time:
            return f"{name}: the last attempt would not hold the largest task, so each asks for {more} more"
        return f"{name}: each attempt asks for {more} more, which saves {self.saves:.1%} of what the run reserves"


@dataclass(frozen=True, slots=True)
class Growths:
    """How the memory of the classes of a profile with these data grows. `attempts` are those of a site that sets no
    number; None: the pipeline's own, which is not known."""

    data: Mapping[str, Any]
    profile: Profile
    attempts: int | None = None

    def of(self, processes: Iterable[str]) -> dict[str, Growth]:
        """Those of these processes: of the first site where they grow, as they should grow on all."""
        names = list(processes)
        classes = Classes.of(self.data, names)
        return {name: self._grows(classes.path(name)) for name in names}

    def steps(self, run: float, written: Sequence[Proposal]) -> Iterator[Step]:
        """What should be another growth than that of the site, in a run that reserves so much (MiB·s)."""
        classes = Classes.of(self.data, (each.process for each in written))
        for each in written:
            found = self._step(each, classes.path(each.process), run)
            if found is not None:
                yield found

    def _grows(self, own: Path) -> Growth:
        growths = [self._retry(site, own).memory for site in self.profile.sites]
        return next((growth for growth in growths if growth != "same"), "double")

    def _retry(self, site: Site, own: Path) -> Retry:
        """The retry settings of a class at this site, with what is proposed for the site."""
        of_class = (task.retry for task in site.tasks if (GROUPS.get(task.kind), task.name) == own)
        retry = next((each for each in of_class if each is not None), site.retry)
        set_here = "memory" in mapping_in(self.data, ("sites", site.name, "tasks", *own, "retry"))
        if not set_here and site.retry.memory == "same":
            retry = replace(retry, memory="double")
        return replace(retry, attempts=retry.attempts or self.attempts)

    def _step(self, each: Proposal, own: Path, run: float) -> Step | None:
        retries = self._stepping(own)
        if each.memory is None or not retries:
            return None
        needs, request = each.memory.needs, each.memory.mib
        attempts = min((retry.attempts for retry in retries.values() if retry.attempts is not None), default=None)
        grown = attempts_by(next(retry.memory for retry in retries.values()))
        in_time = attempts is None or grown(request, attempts) >= needs.values[-1]
        before = choice(needs, request, grown)
        most = (1 + MORE_FAILURES) * before.failures if in_time else math.inf
        found = _best_step(needs, request, attempts or UNSET_ATTEMPTS, most)
        if found is None:
            return None
        mib, expected = found
        saved = each.observed.tasks * (before.reserved - expected.reserved)
        if in_time and (each.few or saved <= max(NEGLIGIBLE * run, WORTH * each.observed.tasks * before.reserved)):
            return None
        edits: Edits = {
            ("sites", name, "tasks", *own, "retry", "memory"): {"add": memory_text(mib)} for name in retries
        }
        everywhere = all(map(can_step, self.profile.sites))
        return Step(each.process, mib, edits, expected if everywhere else None, saved / run, in_time)

    def _stepping(self, own: Path) -> dict[str, Retry]:
        """The retry settings of a class at the sites that could have steps for it."""
        sites = [site for site in self.profile.sites if not site.is_variant and can_step(site)]
        found = {site.name: self._retry(site, own) for site in sites}
        return {name: retry for name, retry in found.items() if retry.attempts != 1}


def can_step(site: Site) -> bool:
    """Whether a task gets what it asks for: of a whole machine, a little more may be the same machine again."""
    return site.settings.fit == "request" and site.settings.asks_memory


def _best_step(needs: Prediction, request: int, attempts: int, failures: float) -> tuple[int, Choice] | None:
    """The step with which the tasks reserve least, if the last try is to hold the largest one that was seen, and not
    more tries are to fail."""
    largest = needs.values[-1]
    steps = sorted({int(rounded_mib(value - request)) for value in needs.values if value > request})
    holding = (mib for mib in steps if request + mib * (attempts - 1) >= largest)
    found = ((mib, choice(needs, request, attempts_by(Added(mib)))) for mib in holding)
    found = ((mib, each) for mib, each in found if each.failures <= failures)
    return min(found, key=lambda one: one[1].reserved, default=None)
