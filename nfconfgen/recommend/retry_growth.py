"""How requests should grow after a failure, by what failed and what the largest tasks need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nfconfgen.profile.document.new_text import Value
from nfconfgen.profile.model import Profile
from nfconfgen.profile.retry_settings import Growth
from nfconfgen.recommend.class_growth import Growths, Step
from nfconfgen.recommend.profile_edits import Edits, mapping_in
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.recommend.sizing import attempts_by
from nfconfgen.runs.observed import CAUSES, Cause
from nfconfgen.runs.traces.failure_causes import KILLED, TERMINATED
from nfconfgen.wording import counted, listed

_ATTEMPTS = 3
POLICY: Mapping[str, Value] = {
    "attempts": _ATTEMPTS,
    "exit_codes": [104, "130-145", 175],
    "lost": True,
    "otherwise": "finish",
    "memory": "double",
}
"""For a profile that sets nothing: what nf-core pipelines retry, doubled. The first two codes stand for a signal, by
which schedulers end tasks, the last one for a tool that was cut off."""
OUT_OF_MEMORY = 137
_MOST_ATTEMPTS = 6
_MEANS: Mapping[Cause, str] = {
    "memory": "killed at the memory that was asked for: another try needs more",
    "time": "ended at the time limit: another try needs a longer one",
    "lost": "left no exit code (host lost, Spot reclaimed): another try needs no more",
    "other": "failed by themselves: another try with more memory does not help",
}


@dataclass(frozen=True, slots=True)
class Growing:
    """How requests grow: what is changed in the profile, and why, in sentences; `steps` are those of classes."""

    edits: Edits
    reasons: tuple[str, ...]
    steps: tuple[Step, ...] = ()

    def applied(self, each: Proposal) -> Proposal:
        """The proposal, as expected with this growth."""
        found = next((step.expected for step in self.steps if step.process == each.process), None)
        if found is None or each.memory is None:
            return each
        return replace(each, memory=replace(each.memory, expected=found))


def growing(
    data: Mapping[str, Any], profile: Profile, found: Sequence[Proposal], written: Sequence[Proposal]
) -> Growing:
    """What `retry` of a profile with these data lacks for the requests that are written, of all that were found."""
    retried = [each for each in written if each.memory is not None and each.memory.expected.failures > 0]
    failed = tuple(_failed(found))
    if not retried:
        return Growing({}, failed)
    if not data.get("retry") and all(site.retry.attempts is None for site in profile.sites):
        text = "the profile sets no retry, and its requests replace what the pipeline grows: they are doubled"
        growths, wanted, reasons = Growths(data, profile, _ATTEMPTS), POLICY, [text]
    else:
        growths = Growths(data, profile)
        wanted, reasons = _lacking(profile, found)
    steps = tuple(growths.steps(sum(each.reserved for each in found), retried))
    reasons += [step.reason for step in steps]
    stepped = {step.process for step in steps if step.expected is not None}
    others = [each for each in retried if each.process not in stepped]
    of = growths.of(each.process for each in retried)
    needed = max((_needed(each, of[each.process]) for each in others), default=2)
    tried = [site.retry.attempts for site in profile.sites if site.retry.attempts not in (None, 1)]
    if any(attempts is not None and attempts < needed for attempts in tried):
        wanted = {**wanted, "attempts": needed}
        reasons.append(f"the largest task that was seen needs {counted(needed, 'attempt')}")
    edits = _edits(data, wanted)
    for step in steps:
        edits |= step.edits
    return Growing(edits, (*failed, *reasons), steps)


def _lacking(profile: Profile, found: Sequence[Proposal]) -> tuple[Mapping[str, Value], list[str]]:
    """The keys of `retry` that tasks like these need, and why."""
    wanted: dict[str, Value] = {}
    reasons = []
    growths = {"memory": [site.retry.memory for site in profile.sites]}
    if any(each.observed.failures["time"] for each in found):
        growths["time"] = [site.retry.time for site in profile.sites]
    for key, of_sites in growths.items():
        if "same" in of_sites:
            wanted[key] = "double"
            reasons.append(f"a second try that asks for the same {key} fails again: it is doubled")
    if any(not site.retry.again(OUT_OF_MEMORY) and site.retry.attempts != 1 for site in profile.sites):
        wanted["exit_codes"] = POLICY["exit_codes"]
        reasons.append(f"a task that is killed for its memory ({OUT_OF_MEMORY}) was not tried again")
    codes = _codes_of_memory(found, profile)
    if codes:
        wanted["grow_on"] = codes
        reasons.append("other failures are tried again, too: memory grows only after those that it helps")
    once = [site.name for site in profile.sites if site.retry.attempts == 1]
    if once:
        reasons.append(f"{listed(once)}: a task that needs more than it asks for fails, as nothing is tried again")
    return wanted, reasons


def _edits(data: Mapping[str, Any], wanted: Mapping[str, Value]) -> Edits:
    """These keys of `retry`, and of that of each site, or of its default, that sets them itself."""
    found: Edits = {("retry", key): value for key, value in wanted.items()}
    for name in data.get("sites", {}):
        for home in (("sites", name, "retry"), ("sites", name, "tasks", "default", "retry")):
            own = mapping_in(data, home)
            if own.get("attempts") != 1:
                found |= {(*home, key): value for key, value in wanted.items() if key in own}
    return found


def _codes_of_memory(found: Sequence[Proposal], profile: Profile) -> list[Value]:
    """The exit codes after which memory should grow, where failures with others were seen and are retried; otherwise
    none."""
    seen = {code for each in found for code in each.observed.exit_codes}
    killed, ended = seen.intersection(KILLED), seen.intersection(TERMINATED)
    again = any(site.retry.again(code) for site in profile.sites for code in seen - killed - ended)
    if not killed or not again or any(site.retry.grow_on is not None for site in profile.sites):
        return []
    return [code for code in sorted(killed | ended) if code >= 0]


def _needed(each: Proposal, growth: Growth) -> int:
    """The number of tries after which all that was seen is held; at least two, as more may come."""
    assert each.memory is not None
    steps, largest = attempts_by(growth), each.memory.needs.values[-1]
    tries = range(2, _MOST_ATTEMPTS + 1)
    return next((attempt for attempt in tries if steps(each.memory.mib, attempt) >= largest), _MOST_ATTEMPTS)


def _failed(found: Sequence[Proposal]) -> Iterator[str]:
    """What failed and why."""
    failures = Counter[Cause]()
    codes = Counter[int]()
    for each in found:
        failures.update(each.observed.failures)
        codes.update(each.observed.exit_codes)
    for cause in CAUSES:
        if failures[cause]:
            yield f"{counted(failures[cause], 'try', 'tries')} {_MEANS[cause]}"
    if codes:
        listed = ", ".join(f"{code} ({count})" for code, count in codes.most_common(8))
        yield f"exit codes of failed tries: {listed}"
