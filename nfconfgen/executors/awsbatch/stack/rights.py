"""What jobs may do with S3: read what the profile names, write to the work directory, and nothing else.

Nextflow itself publishes results and deletes files, with the rights of whoever starts it: jobs need neither.
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
    written = [known(site.work_dir, site.params), *stack.write]
    found = {_right(text, writes=True) for text in written if _PLACE.match(text)}
    yield from sorted(found)
    given = [*site.params.values(), *site.launch.params.values(), *site.launch.warmup.values()]
    texts = {*(text for text in _texts(given, site.params) if _PLACE.match(text)), *stack.read}
    for right in sorted(set(map(_right, texts))):
        if not any(_covers(other, right) for other in found):
            yield right


def of_head(site: Site) -> Iterator[Right]:
    """What Nextflow itself may do: as its jobs, and write the results, and delete."""
    jobs = list(of_jobs(site))
    launch = site.launch
    given = [each.get(launch.results) for each in (launch.params, launch.warmup)]
    texts = _texts([*given, launch.output_dir, launch.warmup_output_dir], site.params)
    results = {_right(text, writes=True) for text in texts if _PLACE.match(text)}
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


def _right(text: str, *, writes: bool = False) -> Right:
    """Of the path in a param; of a pattern such as s3://bucket/fastq/*_{1,2}.fq.gz its folder."""
    bucket, _, key = text.removeprefix(_ON_S3).partition("/")
    pattern = _PATTERN.search(key)
    if pattern is not None:
        key = key[: pattern.start()].rpartition("/")[0]
    return Right(bucket, key.rstrip("/"), writes)


def _covers(one: Right, other: Right) -> bool:
    return one.bucket == other.bucket and f"{other.prefix}/".startswith(f"{one.prefix}/" if one.prefix else "")


def iam_text(text: str) -> str:
    """A text for the resource of a policy, in which $, * and ? mean something otherwise
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html)."""
    return "".join(f"${{{letter}}}" if letter in "$*?" else letter for letter in text)
