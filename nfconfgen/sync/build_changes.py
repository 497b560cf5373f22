"""What a build changes on disk, and the lock it leaves. `build` writes it, `check` reports it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from nfconfgen import __version__
from nfconfgen.assess import Assessment
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import Known
from nfconfgen.facts.lock import Lock
from nfconfgen.fast.checksum import digest, fits
from nfconfgen.fast.orphans import strays
from nfconfgen.files import LARGEST_BYTES, journal_name
from nfconfgen.plan.model import Plan
from nfconfgen.profile.model import Profile
from nfconfgen.profile.read import read_bytes
from nfconfgen.render.outputs import outputs
from nfconfgen.sync.changes import Change, compare


def build_of(
    assessment: Assessment, plan: Plan, before: Lock, folder: Path, content: bytes | None = None
) -> tuple[list[Change], Lock]:
    """What a build of this plan into `folder` does to each file, to the lock last; and the lock that it leaves.
    `content` is that of a profile which is not written yet.

    A build that leaves out a site removes nothing: what it does not make itself stays as it is, in the lock as well.
    """
    path, gathered = assessment.path, assessment.gathered
    assert gathered is not None, "there is a plan"
    texts = outputs(plan, earlier(assessment, before, folder))
    kept = {name: known for name, known in before.outputs.items() if name not in texts and gathered.left_out}
    after = lock_of(
        read_bytes(path) if content is None else content, plan.profile, before, gathered.known, texts, kept
    )
    return _changes(path, folder, texts, before, after, whole=not gathered.left_out), after


def earlier(assessment: Assessment, before: Lock, folder: Path) -> list[str]:
    """The sites that are left out, but whose config of an earlier build is still in this folder."""
    configs = {site.name: f"conf/{site.name}.config" for site in assessment.left_out}
    return [name for name, config in configs.items() if config in before.outputs and (folder / config).is_file()]


def journals(profile: Path, out: Path | None = None) -> list[Path]:
    """Next to the lock; for a build into `out` also there, as only that may be writable."""
    journal = profile.parent / journal_name(profile.stem)  # with_name fails for a folder such as .
    return [journal] if out is None else [journal, out / journal.name]


def journal_of(profile: Path, out: Path | None, changes: Sequence[Change]) -> Path:
    """The journal of a build with these changes: next to the lock if that changes."""
    return journals(profile, out)[0 if changes[-1].state != "unchanged" else -1]


def lock_of(
    content: bytes,
    profile: Profile,
    before: Lock,
    facts: Known,
    texts: Mapping[str, str],
    kept: Mapping[str, str] = MappingProxyType({}),
) -> Lock:
    """The lock of a build that made `texts` from a profile file with this content; `kept` are hashes of files that it
    left as they are."""
    lock = Lock(
        facts,
        outputs={**kept, **{name: digest(text) for name, text in texts.items()}},
        profile=digest(content),
        output=profile.output,
        version=before.version,
    )
    # a later version that generates the same is no reason to change the lock
    lock = lock if lock == replace(before, checksum="") else replace(lock, version=__version__)
    return replace(lock, checksum=digest(lock.to_text()))


def _changes(
    path: Path, folder: Path, texts: Mapping[str, str], before: Lock, after: Lock, *, whole: bool
) -> list[Change]:
    """The changes of each file; only a `whole` build removes those that it does not make."""
    own = folder == path.parent / after.output
    within = path.parent if own else folder  # a folder that the user names may lie anywhere
    known = {*texts, *before.outputs}
    # the hash of a stray is unknown: it counts as edited
    written = {**dict.fromkeys(strays(str(folder), path.name, known), ""), **before.outputs}
    former = before.outputs
    if not whole:
        written, former = ({name: one[name] for name in texts if name in one} for one in (written, former))
    found = compare(folder, texts, written, within)
    if before.output not in ("", after.output) and own:
        # files left in the former output folder; a file with two paths is listed once
        here = {os.path.realpath(change.path) for change in found}
        moved = compare(path.parent / before.output, {}, former, within)
        found += [change for change in moved if os.path.realpath(change.path) not in here]
    return [*found, _to_lock(locks.path_for(path), before, after)]


def _to_lock(path: Path, before: Lock, after: Lock) -> Change:
    content = read_bytes(path, LARGEST_BYTES, path.parent) if os.path.lexists(path) else None
    # an equal lock in the format of an earlier version stays as it is
    same = replace(after, checksum=before.checksum) == before and fits(content or b"", before.checksum)
    text = content.decode() if same and content is not None else after.to_text()
    return Change(path.name, path, content, text, edited=False)  # the build's own record, not a file to edit
