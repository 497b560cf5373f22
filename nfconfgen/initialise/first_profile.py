"""The text of a first profile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nfconfgen.initialise.first_sites import FirstSite
from nfconfgen.initialise.found import Found
from nfconfgen.render.environment import render
from nfconfgen.wording import listed

_DEFAULTS = {"cpus": 1, "memory": "4 GB", "time": "4h"}
_LABELS = ("process_high", "process_medium", "process_low")
_OUTPUTS = ("nfconfgen/", "sites/", "nfconfgen-generated/")


def output_folder(folder: Path) -> str:
    """A folder that the repository does not have, so that nothing in it is anybody else's."""
    names = (*_OUTPUTS, *(f"nfconfgen-{number}/" for number in range(2, 1000)))
    return next(name for name in names if not (folder / name).exists())


def profile_text(found: Found, sites: Sequence[FirstSite], output: str, unused: Sequence[str] = ()) -> str:
    folders = {site.name: _results(site) for site in sites} if found.results else {}
    # a param of one site should be set for every site
    results = {name: {found.results: where} for name, where in folders.items()} if all(folders.values()) else {}
    params = [name for name in (*found.inputs[:2], found.results) if name]
    text = render(
        "profile.yml.j2",
        found=found,
        sites=sites,
        output=output,
        unused=unused,
        sized_in=listed(found.sized_in, 3),
        label=next((label for label in _LABELS if label in found.labels), next(iter(found.labels), "NAME")),
        tasks={size: _DEFAULTS[size] for size in found.lacking},
        results=results,
        inputs=listed(found.inputs, 6),
        example=", ".join(f"{name}: …" for name in params),
    )
    return _with_brought(text, sites)


def _with_brought(text: str, sites: Sequence[FirstSite]) -> str:
    """The text with what existing configs bring, after the executor of each site."""
    following, lines = iter(sites), []
    for line in text.splitlines():
        lines.append(line)
        if line.startswith("    executor: ") and (brought := next(following).brought) is not None:
            lines += brought.lines()
    return "\n".join([*lines, ""])


def _results(site: FirstSite) -> str:
    """Next to the work directory on S3, in the folder where a run starts elsewhere; empty if that is not known."""
    if site.executor != "awsbatch":
        return "results"
    above, _, name = site.work_dir.rstrip("/").rpartition("/")
    return f"{above if above.count('/') > 1 else site.work_dir.rstrip('/')}/results" if name else ""
