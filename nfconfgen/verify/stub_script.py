"""A temporary pipeline of stub processes that output their resolved directives, and the config that makes it safe.

Each process runs inside Nextflow itself (`exec:`): no job, no shell, no container. It resolves its directives as
Nextflow does for another attempt: on a copy of the task's configuration with the attempt and exit code set.
"""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.nextflow import PLUGGED_IN, off
from nfconfgen.render import groovy
from nfconfgen.verify.model import SiteCells, Stub

PARAMS = "params.json"

_PROCESS = """\
process {name} {{
{head}
  exec:
  def lines = []
  (1..{attempts}).each {{ attempt ->
    [{codes}].each {{ code ->
      def copy = task.clone()
      copy.setContext([params: params])
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
      lines.add(line)
    }}
  }}
  file({path}).setText(groovy.json.JsonOutput.toJson(lines))
}}
"""


def result_name(number: int) -> str:
    """The file that a stub process writes."""
    return f"directives-{number}.json"


def main_nf(cells: SiteCells, folder: str) -> str:
    """The pipeline, which writes into `folder`."""
    parts = [_process(number, stub, cells, folder) for number, stub in enumerate(cells.stubs)]
    paths = [tuple(stub.name.split(":")) for stub in cells.stubs]
    # one workflow for each name in a qualified name, the inner ones first
    workflows = {path[:depth] for path in paths for depth in range(1, len(path))}
    parts += [_workflow(path[-1], _calls(paths, path)) for path in sorted(workflows, key=lambda p: (-len(p), p))]
    output = groovy.quote(f"{folder}/{PARAMS}")
    calls = [*_calls(paths, ()), f"file({output}).setText(groovy.json.JsonOutput.toJson(params))"]
    return "\n".join([*parts, _workflow("", calls)])


def room_config(site: str) -> str:
    """The config to be read after the profiles file that runs any site inside this Nextflow. The v2 parser looks up
    the profile in the last file only, so it is declared here too."""
    return f"{_ROOM}{off(*_OFF)}{_declared(site)}"


def quiet_config(site: str) -> str:
    """The config to be read after the profiles file that keeps Nextflow from fetching plugins."""
    return f"{off(*PLUGGED_IN)}{_declared(site)}"


def _declared(site: str) -> str:
    names = "".join(f"    {groovy.name(name)} {{ }}\n" for name in site.split(","))
    return f"profiles {{\n{names}}}\n"


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
    // a selector, as the site's selectors override the settings above; the last selector overrides all others
    withName: '.*' {
        executor = 'local'
        array = 0
        beforeScript = null
        afterScript = null
        scratch = false
        storeDir = null
        publishDir = []
    }
}
cleanup = false
bucketDir = null
"""


def _process(number: int, stub: Stub, cells: SiteCells, folder: str) -> str:
    head = [f"  label {groovy.quote(label)}" for label in stub.labels]
    if stub.own is not None:
        cpus, memory_mib, time_s = stub.own
        head += [f"  cpus {cpus}", f"  memory '{memory_mib} MB'", f"  time '{time_s}s'"]
    return _PROCESS.format(
        name=groovy.name(stub.name.rsplit(":", 1)[-1]),
        head="\n".join(head),
        attempts=cells.attempts,
        codes=", ".join(map(str, cells.exit_codes)),
        path=groovy.quote(f"{folder}/{result_name(number)}"),
    )


def _calls(paths: Sequence[tuple[str, ...]], within: tuple[str, ...]) -> list[str]:
    depth = len(within)
    called = {path[depth] for path in paths if path[:depth] == within and len(path) > depth}
    return [f"{groovy.name(name)}()" for name in sorted(called)]


def _workflow(name: str, calls: Sequence[str]) -> str:
    body = "".join(f"  {call}\n" for call in calls)
    return f"workflow {groovy.name(name) + ' ' if name else ''}{{\n{body}}}\n"
