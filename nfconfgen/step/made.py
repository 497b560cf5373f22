"""What a build comes to: the lock it leaves, and what it changes on disk. `build` writes it, `check` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nfconfgen import __version__
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import Known
from nfconfgen.facts.lock import Lock
from nfconfgen.output import Change, compare, digest
from nfconfgen.profile.model import Profile
from nfconfgen.step.quick import executable
from nfconfgen.step.seal import fits, seal_of
from nfconfgen.step.strays import strays


def lock_of(content: bytes, profile: Profile, before: Lock, facts: Known, texts: Mapping[str, str]) -> Lock:
    """The lock of a build that made `texts` from a profile file with this content."""
    lock = Lock(
        facts,
        outputs={name: digest(text) for name, text in texts.items()},
        profile=digest(content),
        output=profile.output,
        version=before.version,
    )
    # a later version that makes the same of the same is no reason to touch a lock
    lock = lock if lock == replace(before, seal="") else replace(lock, version=__version__)
    return replace(lock, seal=seal_of(lock.to_text()))


def changes(path: Path, folder: Path, texts: Mapping[str, str], before: Lock, after: Lock) -> list[Change]:
    """What this build of the profile at `path` into `folder` does to each file; to the lock last."""
    known = {*texts, *before.outputs}
    # nobody remembers a stray's hash: it counts as edited
    written = {**dict.fromkeys(strays(str(folder), path.name, known), ""), **before.outputs}
    found = compare(folder, texts, written, filter(executable, texts))
    if before.output not in ("", after.output) and folder == path.parent / after.output:
        # what the profile's former output folder still holds; whatever it is called, a file is meant once
        here = {change.path.resolve() for change in found}
        former = compare(path.parent / before.output, {}, before.outputs, ())
        found += [change for change in former if change.path.resolve() not in here]
    lock_path = locks.path_beside(path)
    content = lock_path.read_bytes() if lock_path.exists() else b""
    # what says the same in the form of an earlier version stays as it is
    same = replace(after, seal=before.seal) == before and fits(content, before.seal)
    text = content.decode() if same else after.to_text()
    # the lock is the build's own record: it is never taken for edited
    return [*found, *compare(lock_path.parent, {lock_path.name: text}, {lock_path.name: digest(content)}, ())]
