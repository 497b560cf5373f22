"""A throw-away pipeline, whose processes tell what their directives come to, and the config that keeps it harmless.

Each process runs inside Nextflow itself (`exec:`): no job, no shell, no container. It resolves its directives the way
Nextflow does for another try: on a copy of the task's configuration, with the attempt and the exit code put in.
"""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.nextflow import PLUGGED_IN, off
from nfconfgen.render import groovy
from nfconfgen.verify.model import Probe, SiteCells

PARAMS = "params.json"

_PROCESS = """\
process {name} {{
{head}
  exec:
  def told = []
  (1..{attempts}).each {{ attempt ->
    [{codes}].each {{ code ->
      def copy = task.clone()
      copy.setContext([:])
      copy.put('attempt', attempt)
      copy.put('exitStatus', code)
      def line = [attempt: attempt, exit_code: code]
      try {{
        line.put('queue', copy.queue?.toString())
        line.put('cpus', copy.cpus)
        line.put('memory_bytes', copy.memory?.toBytes())
        line.put('time_ms', copy.time?.toMillis())
        line.put('container', copy.container?.toString())
        line.put('cluster_options', copy.clusterOptions)
        line.put('error_strategy', copy.errorStrategy?.toString()?.toUpperCase())
        line.put('max_retries', copy.maxRetries)
      }}
      catch( Exception e ) {{
        line.put('error', e.toString())
      }}
      told.add(line)
    }}
  }}
  file({path}).setText(groovy.json.JsonOutput.toJson(told))
}}
"""


def result_name(number: int) -> str:
    """The file that a probe writes."""
    return f"told-{number}.json"


def main_nf(cells: SiteCells, folder: str) -> str:
    """The pipeline; it writes into `folder`."""
    parts = [_process(number, probe, cells, folder) for number, probe in enumerate(cells.probes)]
    paths = [tuple(probe.name.split(":")) for probe in cells.probes]
    parts += _workflows(paths)
    told = groovy.quote(f"{folder}/{PARAMS}")
    calls = [*_calls(paths, ()), f"file({told}).setText(groovy.json.JsonOutput.toJson(params))"]
    return "\n".join([*parts, _workflow("", calls)])


def room_config(site: str) -> str:
    """Read after the profiles file, this makes any site run inside this machine's Nextflow, and nowhere else. The v2
    parser looks for the profile in the last file alone, thus it is named here, too."""
    return f"{_ROOM}{off(*_OFF)}{_declared(site)}"


def quiet_config(site: str) -> str:
    """Read after the profiles file, this keeps Nextflow from fetching plugins; nothing that is compared changes."""
    return f"{off(*PLUGGED_IN)}{_declared(site)}"


def _declared(site: str) -> str:
    return f"profiles {{\n    {groovy.name(site)} {{ }}\n}}\n"


_OFF = (
    *("apptainer", "charliecloud", "conda", "docker", "podman", "sarus", "shifter", "singularity", "spack"),
    *("dag", "report", "timeline", "trace"),
    *PLUGGED_IN,
)

_ROOM = """\
executor {
    $local {
        cpus = 1000000
        memory = 1000000.GB
        queueSize = 8
        pollInterval = '50ms'
        submitRateLimit = '1000/1s'
    }
}
process {
    executor = 'local'
    module = []
    // a selector, as those of the site win over what stands above; the last one wins over the others
    withName: '.*' {
        executor = 'local'
        array = 0
        beforeScript = null
        afterScript = null
        scratch = false
        storeDir = null
    }
}
cleanup = false
bucketDir = null
"""


def _process(number: int, probe: Probe, cells: SiteCells, folder: str) -> str:
    head = [f"  label {groovy.quote(label)}" for label in probe.labels]
    if probe.own is not None:
        cpus, memory_mib, time_s = probe.own
        head += [
            f"  cpus {cpus}",
            f"  memory {groovy.quote(f'{memory_mib} MB')}",
            f"  time {groovy.quote(f'{time_s}s')}",
        ]
    return _PROCESS.format(
        name=groovy.name(probe.name.rsplit(":", 1)[-1]),
        head="\n".join(head),
        attempts=cells.attempts,
        codes=", ".join(map(str, cells.exit_codes)),
        path=groovy.quote(f"{folder}/{result_name(number)}"),
    )


def _workflows(paths: Sequence[tuple[str, ...]]) -> list[str]:
    """One for each workflow that a name says, the inner ones first."""
    inner = {path[:depth] for path in paths for depth in range(1, len(path))}
    return [_workflow(path[-1], _calls(paths, path)) for path in sorted(inner, key=lambda p: (-len(p), p))]


def _calls(paths: Sequence[tuple[str, ...]], within: tuple[str, ...]) -> list[str]:
    depth = len(within)
    called = {path[depth] for path in paths if path[:depth] == within and len(path) > depth}
    return [f"{groovy.name(name)}()" for name in sorted(called)]


def _workflow(name: str, calls: Sequence[str]) -> str:
    body = "".join(f"  {call}\n" for call in calls)
    return f"workflow {groovy.name(name) + ' ' if name else ''}{{\n{body}}}\n"
