"""Makes traces and reports for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from nfconfgen.runs.observed import Observed
from nfconfgen.runs.read_runs import Read, read

HEADER = (
    *("task_id", "hash", "process", "name", "status", "exit", "attempt", "cpus", "memory", "time", "disk"),
    *("submit", "start", "complete", "realtime", "%cpu", "peak_rss", "rchar", "wchar"),
)
GIB = 1 << 30
BASE = {
    "process": "A:ALIGN",
    "status": "COMPLETED",
    "exit": "0",
    "attempt": "1",
    "cpus": "4",
    "memory": str(8 * GIB),
    "time": "3600000",
    "disk": "-",
    "submit": "1700000000000",
    "start": "1700000001000",
    "complete": "1700000061000",
    "realtime": "60000",
    "%cpu": "200.0",
    "peak_rss": str(2 * GIB),
    "rchar": "1000000",
    "wchar": "5000",
}


def task(number: int, **fields: object) -> dict[str, str]:
    """A row; `cpu` is %cpu."""
    own = {"task_id": str(number), "hash": f"{number % 256:02x}/{number:06x}", "name": f"A:ALIGN (s{number})"}
    given = {"%cpu" if name == "cpu" else name: str(value) for name, value in fields.items()}
    return {**BASE, **own, **given}


def trace(rows: Sequence[dict[str, str]], header: Sequence[str] = HEADER) -> str:
    lines = ["\t".join(header), *("\t".join(row.get(name, "-") for name in header) for row in rows)]
    return "".join(f"{line}\n" for line in lines)


def report(rows: Sequence[dict[str, str]] | None) -> str:
    """With the escapes of Nextflow's JavaScript."""
    data = "null" if rows is None else "[\n" + ",".join(map(json.dumps, rows)) + "\n]"
    data = data.replace("/", r"\/").replace("'", r"\'")
    return f'<html>\n<script>\n  window.data = {{ "trace":{data},\n "summary":[] }};\n</script>\n</html>\n'


def of_texts(folder: Path, *texts: str | bytes) -> Read:
    """What is read from files with these contents."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.txt")
        paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    return read(paths)


def only(found: Read) -> Observed:
    """The only process; nothing is wrong with the files."""
    assert found.findings == ()
    (observed,) = found.processes.values()
    return observed


def rules(found: Read) -> list[tuple[str, int]]:
    """Each finding by rule and line."""
    return [(finding.rule, finding.place.line) for finding in found.findings]
