"""A copy of a pipeline's config in an empty folder, with stub processes that have the names, labels and directives of
its own. No script of the pipeline is in it, and no plugin is loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from nfconfgen.pipeline.cursor import Cursor, opens
from nfconfgen.pipeline.disk import Disk
from nfconfgen.pipeline.model import Process, Sources, Task
from nfconfgen.pipeline.tokens import Token, tokens
from nfconfgen.processes.asked import DIRECTIVES, MOST_ATTEMPTS
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.render import groovy

_LEFT_OUT = ("plugins", "manifest", "outputDir")
"""What would fetch plugins, ask for another version of Nextflow, name another script, or reach for a bucket."""
_LITERAL = {"publishDir": "publishDir = []", "ext": "ext.args = ''"}
"""Settings that no directive is made of. Closures in them are errors for parser v2 of some versions (Nextflow #6203);
v1 does not take an empty block."""

RESULT = "directives.json"
_DIRECTIVES = """\
  def found = [:]
  def executors = {executors}
  nextflow.Global.session.dag.vertices.each {{ vertex ->
    def processor = vertex.process
    if( processor ) {{
      def lines = []
      (1..{attempts}).each {{ attempt ->
        def copy = processor.config.createTaskConfig()
        def known = [params: params, workflow: workflow]
        copy.setContext(known.withDefault {{ name ->
          // a call looks for a closure of this name first, and for the function of the config after that
          if( name in {functions} ) return null
          throw new Exception(name + ' is known only when a task runs')
        }})
        copy.put('process', processor.name)
        // it resolves here, and runs elsewhere
        def executor = executors[processor.name]
        copy.put('executor', executor ?: {{ throw new Exception('task.executor is known only to Nextflow') }})
        copy.put('attempt', attempt)
        if( attempt > 1 ) copy.put('exitStatus', {after})
        def line = [attempt: attempt]
        [
          queue: {{ one -> one.queue?.toString() }},
          clusterOptions: {{ one ->
            one.clusterOptions instanceof List ? one.clusterOptions.join(' ') : one.clusterOptions?.toString()
          }},
          cpus: {{ one -> one.cpus }},
          memory: {{ one -> one.memory?.toBytes() }},
          time: {{ one -> one.time?.toMillis() }},
          accelerator: {{ one ->
            one.accelerator ? [one.accelerator.request ?: 0, one.accelerator.type ?: ''] : null
          }}
        ].each {{ name, read ->
          try {{ line.put(name, read.call(copy)) }}
          catch( Throwable e ) {{ line.put(name, [unknown: e.toString()]) }}
        }}
        lines.add(line)
      }}
      found.put(processor.name, lines)
    }}
  }}
  file({result}).setText(groovy.json.JsonOutput.toJson(found))
"""
"""No process has input, and so no task: these are the directives of a task that it would make."""


def write(
    room: Path, folder: Path, sources: Sources, site: SiteProcesses, ours: Mapping[str, str], parser: str
) -> None:
    """Fills the folder `room`: main.nf, nextflow.config and what they include. `ours` are the generated configs by
    path, `folder` is the pipeline's. OutsideError if the pipeline includes a file from elsewhere."""
    disk = Disk()
    for file in sources.config.files:
        _put(placed(room, folder, file), without_scopes(disk.text(Path(file))))
    for file, text in ours.items():
        _put(placed(room, folder, file, instead="generated"), text)
    directives = _DIRECTIVES.format(
        attempts=MOST_ATTEMPTS,
        result=groovy.quote(str(room / RESULT)),
        functions=groovy.quote(sorted(sources.config.functions)),
        after=site.site.site.retry.grows_after,
        executors=_executors(site, parser),
    )
    for name, text in _scripts(sources.tasks, disk, directives):
        _put(room / name, text)


def _executors(site: SiteProcesses, parser: str) -> str:
    """Process → the executor that it has on the site; '' if the files do not tell."""
    plans = [process for process in site.processes if parser in process.parsers]
    asked = {process.task.qualified: process.attempts[0].asks.executor for process in plans}
    return groovy.quote({name: "" if one.unknown else one.value or "" for name, one in asked.items()})


class OutsideError(Exception):
    """A file outside the pipeline's folder, which is not copied."""


def placed(room: Path, folder: Path, file: str, instead: str = "") -> Path:
    """The place of a file of the pipeline in the copy; `instead` is the folder for one from elsewhere."""
    inside = os.path.relpath(os.path.abspath(file), os.path.abspath(folder))  # noqa: PTH100 - links stay
    if Path(inside).parts[0] != os.pardir:
        return room / inside
    if not instead:
        raise OutsideError(file)
    return room / instead / os.path.basename(file)  # noqa: PTH119


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def without_scopes(text: str) -> str:
    """The config without what is left out; all other lines keep their numbers."""
    cursor, begins, depth = Cursor(tokens(text)), True, 0
    found: list[tuple[int, int, str]] = []
    while (token := cursor.take()) is not None:
        if begins and token.kind == "word" and token.text in (_LITERAL if depth else _LEFT_OUT):
            end = token.end
            while (following := cursor.peek()) is not None and following.text not in ("\n", ";", "}"):
                end = cursor.take_brackets()[0][-1].end if opens(following) else following.end
                cursor.at += not opens(following)
            found.append((token.start, end, _LITERAL[token.text] if depth else ""))
        depth += (token.text == "{") - (token.text == "}") if token.kind == "sign" else 0
        begins = token.kind == "newline" or token.text in (";", "{", "}")
    for begin, end, instead in reversed(found):
        text = text[:begin] + instead + "\n" * text.count("\n", begin, end) + text[end:]
    return text


def _scripts(tasks: Sequence[Task], disk: Disk, directives: str) -> Iterator[tuple[str, str]]:
    """One file for each process and each workflow, as several of a name may be called."""
    numbers = {process.place: at for at, process in enumerate({t.process.place: t.process for t in tasks}.values())}
    for process in {task.process.place: task.process for task in tasks}.values():
        yield f"p{numbers[process.place]}.nf", _process(process, disk)
    paths = {tuple(task.qualified.split(":")): task for task in tasks}
    inside = {path[:depth] for path in paths for depth in range(len(path))} | {()}
    flows = {path: at for at, path in enumerate(sorted(inside, key=len))}
    for flow, at in flows.items():
        lines, calls = [], []
        for path, task in paths.items():
            if path[:-1] == flow:
                name, alias = task.process.name, path[-1]
                lines.append(_include(name, alias, f"p{numbers[task.process.place]}"))
                calls.append(alias)
        for inner, number in flows.items():
            if inner and inner[:-1] == flow:
                lines.append(_include(f"W{number}", inner[-1], f"w{number}"))
                calls.append(inner[-1])
        body = "".join(f"  {call}({'none' if flow else 'channel.empty()'})\n" for call in calls)
        if flow:
            yield f"w{at}.nf", "\n".join([*lines, f"workflow W{at} {{\n  take: none\n  main:\n{body}}}", ""])
        else:
            yield "main.nf", "\n".join([*lines, f"workflow {{\n{body}{directives}}}", ""])


def _include(name: str, alias: str, file: str) -> str:
    return f"include {{ {name if name == alias else f'{name} as {alias}'} }} from './{file}.nf'"


def _process(process: Process, disk: Disk) -> str:
    text = disk.text(Path(process.place.file))
    head = [f"  label {groovy.quote(label)}" for label in process.labels]
    head += [
        f"  {directive.name} {_value(directive.code, text)}"
        for directive in process.directives
        if directive.name in DIRECTIVES and directive.code
    ]
    return "\n".join([f"process {process.name} {{", *head, "  input: val none", "  exec:", "  true", "}", ""])


_KNOWN = frozenset(
    [
        "task",
        "params",
        "workflow",
        "Math",
        "true",
        "false",
        "null",
        "in",
        "as",
        "int",
        "long",
        "nextflow",
        "MemoryUnit",
        "Duration",
    ]
)
_OF_A_TASK = "{ task.ext.nfconfgen.unknown }"
"""A value that cannot be resolved; v2 compiles no script with a name that only a task has, such as an input's."""


def _value(code: Sequence[Token], text: str) -> str:
    """The value of a directive as in the script, unless it depends on what only a task has."""
    before = ("", *(token.text for token in code))
    after = (*(token.text for token in code[1:]), "")
    for token, left, right in zip(code, before, after, strict=False):
        free = token.kind == "word" and left not in (".", "?.") and right != ":"
        if free and token.text not in _KNOWN:
            return _OF_A_TASK
    return text[code[0].start : code[-1].end]
