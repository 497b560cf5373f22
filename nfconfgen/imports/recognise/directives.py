"""The settings of a config in `process`, outside and inside selectors, as keys of a site and of task classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nfconfgen.expressions import amounts
from nfconfgen.expressions.amounts import Duration, Memory, UnknownError
from nfconfgen.imports.recognise import as_it_stands, growth, queue_choice
from nfconfgen.imports.recognise.draft import Draft, Keys, refuse_unaccepted
from nfconfgen.imports.recognise.meaning import meaning, memory_of, plain, static, time_of, written
from nfconfgen.imports.recognise.no_effect import meant_instead
from nfconfgen.imports.recognise.pieces import Code
from nfconfgen.imports.recognise.sbatch_line import options
from nfconfgen.pipeline.model import Scope, Setting
from nfconfgen.pipeline.tokens import tokens
from nfconfgen.profile.checking import selectors
from nfconfgen.profile.references import Text
from nfconfgen.profile.units import part_text

_PLAIN = {
    "scratch": "scratch",
    "stageInMode": "stage_in",
    "stageOutMode": "stage_out",
    "beforeScript": "before_script",
    "cache": "cache",
    "array": "array",
    "maxErrors": "error_limit",
}
_SLURM_ONLY = ("scratch", "stage_in", "stage_out", "before_script")
_NOMINAL = {f"{1 << power} GB" for power in range(1, 11)}
"""Memory of machines as they are sold."""


@dataclass(frozen=True, slots=True)
class Directives:
    """Takes over the directives of one site; `params` and `functions` are those of its config, `tries` the attempts
    that it allows."""

    draft: Draft
    params: object
    functions: Mapping[str, Code]
    tries: int = growth.ATTEMPTS

    def take(self, settings: Mapping[Scope, Setting]) -> None:
        """All settings in `process`."""
        generic = {path[1:]: one for path, one in settings.items() if path[0] == "process" and not _selector(path)}
        selected: dict[str, dict[Scope, Setting]] = {}
        for path, one in settings.items():
            if path[0] == "process" and _selector(path):
                selected.setdefault(path[1], {})[path[2:]] = one
        self._retry(generic, (), self.draft.retry)
        for path, one in generic.items():
            self._each(path, one, (), self._generic)
        for selector, own in selected.items():
            kind, _, name = selector.partition(":")
            home = ("labels" if kind == "withLabel" else "processes", name)
            advice = selectors.unusable(name)
            if advice:
                self._lost(selector, own, f"a profile takes no such selector: {advice}")
                continue
            retry: Keys = {}
            self._retry(own, home, retry)
            for path, one in own.items():
                self._each(path, one, home, self._of_class)
            if retry:
                self.draft.tasks.setdefault(home[0], {}).setdefault(name, {}).setdefault("retry", {}).update(retry)

    def _lost(self, selector: str, own: Mapping[Scope, Setting], why: str) -> None:
        for path, one in own.items():
            self.draft.lost(("process", selector, *path), one, why)

    def _each(self, path: Scope, one: Setting, home: Scope, take: Callable[[str, Setting, Scope], bool]) -> None:
        name, whole = path[0], ("process", *([_written(home)] if home else []), *path)
        if name in ("executor", "errorStrategy", "maxRetries") and len(path) == 1 and not home:
            return
        ignored = meant_instead(path)
        if ignored:
            message = f"{'.'.join(whole)} has no effect: Nextflow reads no such directive"
            self.draft.report(one, "import-ignored", message, ignored)
            return
        why = ""
        try:
            taken = len(path) == 1 and not one.sometimes and take(name, one, home)
        except UnknownError as error:
            taken, why = False, str(error)
        if taken:
            return
        if not home:
            self.draft.other(whole, one, why)
            return
        try:
            as_it_stands.put(self.draft, path, one, home)
        except UnknownError as error:
            self.draft.lost(whole, one, why or str(error))

    def _generic(self, name: str, one: Setting, home: Scope) -> bool:
        """A directive of every task."""
        draft = self.draft
        slurm = draft.site["executor"] == "slurm"
        if name == "queue":
            draft.put(
                ("queues",),
                queue_choice.of_site(one.code, draft.site["executor"]),
                one,
                queue_choice.recognised(one.code),
            )
        elif name == "clusterOptions" and slurm:
            return self._options(one)
        elif name == "resourceLimits":
            limits = static(one.code, self.params)
            draft.put(("limits",), limits_of(limits), one)
        elif name == "resourceLabels" and draft.site["executor"] == "awsbatch":
            draft.put(("resource_labels",), plain(meaning(one.code)), one)
        elif name in _PLAIN and (slurm or _PLAIN[name] not in _SLURM_ONLY):
            value = meaning(one.code)
            if name == "scratch" and value in ("true", "false"):
                value = value == "true"
            if name == "maxErrors" and isinstance(value, str):
                value = static(tuple(tokens(value)))
            key = _PLAIN[name]
            by_shell = key in ("scratch", "before_script")
            found = written(value, by_shell=by_shell) if isinstance(value, str | Text) else plain(value)
            if key == "scratch" and ("`" in str(found) or "(" in str(found)):
                raise UnknownError("a command of the node puts its path together")
            draft.put((key,), found, one)
        elif name == "module" and slurm:
            names = static(one.code)
            draft.put(("modules",), list(names) if isinstance(names, list) else str(names).split(":"), one)
        else:
            return self._of_class(name, one, ("default",))
        return True

    def _of_class(self, name: str, one: Setting, home: Scope) -> bool:
        """A directive that a task class may have."""
        keys: Keys = {}
        if name in ("memory", "time", "cpus", "disk"):
            self._size(name, one, keys)
        elif name == "accelerator":
            count, kind = amounts.accelerator(static(one.code))
            keys["accelerator"] = {"count": count, "type": kind} if kind else count
        elif name == "container":
            image = meaning(one.code)
            if not isinstance(image, str):
                raise UnknownError("its image is known only when Nextflow runs")
            keys["container"] = image
            if self.draft.site["executor"] == "awsbatch":
                what = "as it was; without this key the profile generates them"
                self.draft.put(("job_definitions",), "nextflow", one, what)
        elif name == "containerOptions":
            keys["container_options"] = queue_choice.container_options(
                one.code, self.draft.site.get("container", {}).get("engine", "")
            )
        elif name == "queue" and home != ("default",):
            keys["queue"] = queue_choice.of_class(one.code)
        elif name == "resourceLimits":
            keys["limits"] = limits_of(static(one.code, self.params))
        elif name == "clusterOptions" and self.draft.site["executor"] == "slurm":
            keys |= options(meaning(one.code, in_words=True))
        else:
            return name in ("errorStrategy", "maxRetries")
        refuse_unaccepted(self.draft.site["executor"], ("tasks", *home), keys)
        group = self.draft.tasks.setdefault(home[0], {})
        known = group.setdefault(home[1], {}) if len(home) > 1 else group
        retry = {**known.get("retry", {}), **keys.pop("retry", {})}
        known |= {**keys, **({"retry": retry} if retry else {})}
        self.draft.comment(("tasks", *home), one.place)
        return True

    def _size(self, name: str, one: Setting, keys: Keys) -> None:
        read = {"cpus": amounts.count, "time": amounts.duration}.get(name, amounts.memory)
        found = growth.grown(one.code, self.params, self.functions, read, self.tries)
        keys[name] = _plain_size(found.first)
        if name == "memory" and self.draft.site["executor"] == "awsbatch" and keys[name] in _NOMINAL:
            message = f"{keys[name]} is in the data sheet of a machine, which registers less with ECS"
            advice = (
                "a job that asks for all of it waits in RUNNABLE indefinitely; a build with access to AWS compares"
            )
            self.draft.report(one, "import-nominal", message, advice)
        if found.growth is not None:
            if name == "disk":
                raise UnknownError("disk does not grow in a profile")
            keys.setdefault("retry", {})[name] = found.growth
            if found.most is not None:
                limits = self.draft.site.setdefault("limits", {})
                limits.setdefault(name, _plain_size(found.most))

    def _options(self, one: Setting) -> bool:
        """clusterOptions of every task: literal, or by rules that come before those of the queues."""
        found = queue_choice.option_rules(one.code, self.tries)
        if len(found) == 1 and "when" not in found[0]:
            keys = dict(found[0])
            # the account of a site is executor.account, which is another setting
            account = keys.pop("account", None)
            if account is not None:
                self.draft.tasks.setdefault("default", {})["account"] = account
            for key, value in keys.items():
                self.draft.put((key,), value, one)
            return True
        self.draft.rules.extend(found)
        self.draft.comment(("queues",), one.place, "a closure on what tasks ask for")
        return True

    def _retry(self, own: Mapping[Scope, Setting], home: Scope, keys: Keys) -> None:
        strategy, most = own.get(("errorStrategy",)), own.get(("maxRetries",))
        first = strategy or most
        if first is None:
            return
        try:
            retries = amounts.count(static(most.code)) if most is not None else None
            keys |= growth.strategy(strategy.code if strategy else None, retries, self.params)
        except UnknownError as error:
            for name in ("errorStrategy", "maxRetries"):
                if (name,) in own and not home:
                    self.draft.other(("process", name), own[name,], str(error))
                elif (name,) in own:
                    self.draft.lost(("process", _written(home), name), own[name,], str(error))
            return
        self.draft.comment(("retry",) if not home else ("tasks", *home), first.place)


def _selector(path: Scope) -> bool:
    return len(path) > 1 and path[1].startswith(("withName:", "withLabel:"))


def _written(home: Scope) -> str:
    return f"{'withLabel' if home[0] == 'labels' else 'withName'}:{home[1]}"


def _plain_size(value: object) -> object:
    if isinstance(value, Memory):
        return memory_of(value)
    if isinstance(value, Duration):
        return time_of(value)
    return value


def limits_of(value: object) -> Keys:
    """`resourceLimits` as limits of a site."""
    if not isinstance(value, dict):
        raise UnknownError("it is no map")
    read = {"cpus": amounts.count, "memory": amounts.memory, "time": amounts.duration}
    found = {key: read[key](one) for key, one in value.items() if key in read}
    if len(found) < len(value):
        raise UnknownError("it has limits that a site has not")
    return {key: _limit(one) for key, one in found.items() if one is not None}


def _limit(value: object) -> object:
    """A limit may be no whole MB."""
    return (part_text(value.size) if isinstance(value, Memory) else "") or _plain_size(value)
