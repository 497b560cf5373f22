"""What jobs may do with S3: read what the profile names, write to the work directory, and nothing else.

Nextflow itself publishes results and deletes files, with the rights of the user who starts it: jobs need neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nfconfgen.executors.awsbatch.settings import settings_of
from nfconfgen.profile.model import Param, Site
from nfconfgen.profile.references import Text, known

_ON_S3 = "s3://"
_PLACE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/|\Z)")
_PATTERN = re.compile(r"[*?{\[]")


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """Reading, and perhaps writing, a file or everything below a folder of a bucket; `prefix` empty: the whole
    bucket."""

    bucket: str
    prefix: str
    writes: bool = False


def of_jobs(site: Site) -> Iterator[Right]:
    """Each folder once, those to be written first."""
    stack = settings_of(site).stack
    written = [known(text, site.params) for text in (site.work_dir, *stack.write)]
    found = {_folder(text, writes=True) for text in written if _PLACE.match(text)}
    yield from sorted(found)
    given = [*site.params.values(), *site.launch.params.values(), *site.launch.warmup.values()]
    named = {_of_param(text) for text in _texts(given, site.params) if _PLACE.match(text)}
    read = {_folder(known(text, site.params)) for text in stack.read}
    for right in sorted(named | read):
        if not any(_covers(other, right) for other in found):
            yield right


def of_head(site: Site) -> Iterator[Right]:
    """What Nextflow itself may do: as its jobs, and write the results, and delete."""
    jobs = list(of_jobs(site))
    launch = site.launch
    given = [each.get(launch.results) for each in (launch.params, launch.warmup)]
    texts = _texts([*given, launch.output_dir, launch.warmup_output_dir], site.params)
    results = {_folder(text, writes=True) for text in texts if _PLACE.match(text)}
    written = results | {right for right in jobs if right.writes}
    yield from sorted(written)
    yield from (right for right in jobs if not any(_covers(other, right) for other in written))


def _texts(value: object, params: Mapping[str, Param]) -> Iterator[str]:
    """The texts in params, whose values may be lists and maps; of those with references what they come to."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one, params)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Text):
        yield known(value, params)


def _folder(text: str, *, writes: bool = False) -> Right:
    bucket, _, key = text.removeprefix(_ON_S3).partition("/")
    return Right(bucket, key.rstrip("/"), writes)


def _of_param(text: str) -> Right:
    """Of the path in a param; of a pattern such as s3://bucket/fastq/*_{1,2}.fq.gz its folder."""
    right = _folder(text)
    pattern = _PATTERN.search(right.prefix)
    return right if pattern is None else Right(right.bucket, right.prefix[: pattern.start()].rpartition("/")[0])


def _covers(one: Right, other: Right) -> bool:
    return one.bucket == other.bucket and f"{other.prefix}/".startswith(f"{one.prefix}/" if one.prefix else "")


def iam_text(text: str) -> str:
    """A text for the resource of a policy, in which $, * and ? mean something otherwise
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html)."""
    return "".join(f"${{{letter}}}" if letter in "$*?" else letter for letter in text)
