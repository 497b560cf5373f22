"""What a build comes to: the lock it leaves, and what it changes on disk. `build` writes it, `check` tells it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nfconfgen import __version__
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import Known
from nfconfgen.facts.lock import Lock
from nfconfgen.output import Change, compare, digest
from nfconfgen.profile.model import Profile
from nfconfgen.step.generator import generator
from nfconfgen.step.quick import executable
from nfconfgen.step.seal import seal_of
from nfconfgen.step.strays import marked, strays


def lock_of(content: bytes, profile: Profile, before: Lock, facts: Known, texts: Mapping[str, str]) -> Lock:
    """The lock of a build that made `texts` from a profile file with this content."""
    by = generator()
    lock = Lock(
        facts,
        outputs={name: digest(text) for name, text in texts.items()},
        profile=digest(content),
        output=profile.output,
        # the number may have moved on without anything that matters here: no reason to touch every lock
        version=before.version if before.generator == by else __version__,
        generator=by,
    )
    return replace(lock, seal=seal_of(lock.to_text()))


def changes(path: Path, folder: Path, texts: Mapping[str, str], before: Lock, after: Lock) -> list[Change]:
    """What this build of the profile at `path` into `folder` does to each file."""
    own = folder == path.parent / after.output
    within = path.parent if own else folder  # a folder that the user names may lie anywhere
    known = {*texts, *before.outputs}
    # nobody remembers a stray's hash: it counts as edited
    written = {**dict.fromkeys(strays(str(folder), path.name, known), ""), **before.outputs}
    found = compare(folder, texts, written, filter(executable, texts), within, marked)
    if before.output not in ("", after.output) and own:
        # what the profile's former output folder still holds; whatever it is called, a file is meant once
        here = {os.path.realpath(change.path) for change in found}
        former = compare(path.parent / before.output, {}, before.outputs, (), within, marked)
        found += [change for change in former if os.path.realpath(change.path) not in here]
    lock_path = locks.path_beside(path)
    (lock,) = compare(lock_path.parent, {lock_path.name: after.to_text()}, {}, (), lock_path.parent)
    return [*found, replace(lock, edited=False)]  # it is the build's own record: nobody edits it
