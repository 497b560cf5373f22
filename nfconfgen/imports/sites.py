"""An original site as the draft of a site of a profile, with its variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nfconfgen.errors import UsageError
from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.imports.originals import EXECUTORS, Original, Settings, executor_of
from nfconfgen.imports.recognise import growth, queue_choice
from nfconfgen.imports.recognise.by_environment import Table, common, fixed, table
from nfconfgen.imports.recognise.directives import Directives, limits_of
from nfconfgen.imports.recognise.draft import Draft, Keys
from nfconfgen.imports.recognise.meaning import static
from nfconfgen.imports.recognise.pieces import inner
from nfconfgen.imports.recognise.scopes import ENGINES, scope
from nfconfgen.pipeline.model import Scope, Setting
from nfconfgen.profile.credentials import asks_for_one, is_elsewhere, looks_secret

_SECRETS = ("accessKey", "secretKey", "sessionToken", "accessToken")
_LEGACY = {"max_cpus": "cpus", "max_memory": "memory", "max_time": "time"}


def draft(original: Original) -> Draft:
    """The draft of a site; its variants are what their own drafts have otherwise. UsageError for another executor."""
    decided = table(original)
    if decided is not None:
        return _by_environment(original, decided)
    made = _draft(original, original.settings)
    variants: Keys = {}
    for name, settings in original.variants.items():
        other = executor_of(settings)
        if other and other != original.executor:
            continue  # a site of its own
        merged = {**original.settings, **settings}
        variant = _draft(original, merged)
        changed = difference(whole(variant), whole(made))
        if changed:
            variants[name] = changed
            known = {(finding.place, finding.rule) for finding in made.findings}
            made.findings.extend(one for one in variant.findings if (one.place, one.rule) not in known)
    if variants:
        made.site["variants"] = variants
    return made


def _by_environment(original: Original, decided: Table) -> Draft:
    """What holds for every value of the variable, and a variant for each that the config knows."""
    drafts = {value: _draft(fixed(original, decided, value), None) for value in decided.values}
    made = drafts[next(iter(drafts))]
    shared = common([whole(one) for one in drafts.values()])
    variants = {value: difference(whole(one), shared) for value, one in drafts.items()}
    home = {key: value for key, value in shared.items() if key not in ("tasks", "retry", "params")}
    found = replace(
        made,
        site=home,
        tasks=shared.get("tasks", {}),
        retry=shared.get("retry", {}),
        params=shared.get("params", {}),
        findings=[finding for one in drafts.values() for finding in one.findings],
    )
    found.site["variant"] = str(decided.variable)
    found.site["variants"] = {name: keys for name, keys in variants.items() if keys}
    message = f"what {original.name} sets for other values of {decided.variable.name} is not taken over"
    found.report(original.settings["params", decided.param], "import-left", message, "add a variant for each")
    return found


def _draft(original: Original, other: Settings | None) -> Draft:
    settings = original.settings if other is None else other
    executor = executor_of(settings)
    if executor not in EXECUTORS:
        raise UsageError(
            f"{original.file}: the executor of {original.name} is {executor or 'not known'}, not one of "
            f"{', '.join(EXECUTORS)}"
        )
    made = Draft(original.name, original.source)
    made.site["executor"] = executor
    settings = {path: one for path, one in settings.items() if not _is_credential(made, path, one)}
    engine = _engine(settings)
    if engine:
        made.site["container"] = {"engine": engine}
    for path, setting in settings.items():
        if path[0] not in ("process", "profiles"):
            scope(made, path, setting, original.params)
    Directives(made, original.params, original.functions, growth.attempts(settings)).take(settings)
    _lift_growth(made)
    _queues(made, settings)
    _legacy_limits(made, settings, original)
    _whole_reports(made)
    return made


def _is_credential(made: Draft, path: Scope, setting: Setting) -> bool:
    """Whether a setting is one, or says one; it is reported without its value."""
    code = inner(setting.code)
    texts = [token.text for token in code if token.kind == "text"]
    given = [(path[-1], one) for one in code if len(code) == 1]
    # of a map
    given += [(key.text, one) for key, sign, one in zip(code, code[1:], code[2:], strict=False) if sign.text == ":"]
    named = any(asks_for_one(key) and one.kind == "text" and not is_elsewhere(one.text or "''") for key, one in given)
    if not named and path[0] != "secrets" and path[-1] not in _SECRETS and not any(map(looks_secret, texts)):
        return False
    message = f"{'.'.join(path)} is a credential and is not taken over"
    made.report(setting, "credential", message, "give it in the environment or in ~/.aws, and revoke this one")
    return True


def _lift_growth(made: Draft) -> None:
    """Growth of the default is that of the site, unless another class sets the same size and grows otherwise. A class
    whose size does not grow says so, as it has the growth of the default otherwise."""
    grows = made.tasks.get("default", {}).get("retry", {})
    classes = [keys for group in ("labels", "processes") for keys in made.tasks.get(group, {}).values()]
    for name in grows:
        for keys in classes:
            if name in keys and name not in keys.get("retry", {}):
                keys.setdefault("retry", {})[name] = "same"
    for name in list(grows):
        if all(name not in keys or keys.get("retry", {}).get(name) == grows[name] for keys in classes):
            made.retry[name] = grows.pop(name)
            for keys in classes:
                keys.get("retry", {}).pop(name, None)
    for keys in (made.tasks.get("default", {}), *classes):
        if keys.get("retry") == {}:
            del keys["retry"]


def _engine(settings: Settings) -> str:
    """The engine that is enabled; the last, if it is more than one."""
    found = ""
    if executor_of(settings) == "awsbatch":
        return found  # Batch runs the containers itself
    for path, setting in settings.items():
        if path[1:] == ("enabled",) and path[0] in ENGINES:
            try:
                found = path[0] if static(setting.code) is True else found
            except UnknownError:
                continue
    return found


def _queues(made: Draft, settings: Settings) -> None:
    try:
        chosen = queue_choice.together(made.rules, made.site.get("queues"))
    except UnknownError:
        path = ("process", "clusterOptions")
        made.other(path, settings[path])
        return
    if chosen is not None:
        made.site["queues"] = chosen


def _legacy_limits(made: Draft, settings: Settings, original: Original) -> None:
    """`params.max_memory` and the like, with which older pipelines cap requests, unless there are resourceLimits."""
    if "limits" in made.site and ("process", "resourceLimits") in settings:
        return
    values = {}
    for name, key in _LEGACY.items():
        setting = settings.get(("params", name))
        if setting is not None:
            try:
                values[key] = static(setting.code, original.params)
            except UnknownError as error:
                made.lost(("params", name), setting, str(error))
    try:
        limits = limits_of(values)
    except UnknownError:
        return
    if limits:
        made.site["limits"] = {**limits, **made.site.get("limits", {})}


def _whole_reports(made: Draft) -> None:
    """`overwrite: true` if that is every report."""
    reports = made.site.get("reports")
    if reports is not None and len(reports.get("overwrite", ())) == 4:
        reports["overwrite"] = True


def whole(made: Draft) -> Keys:
    """All keys of a site as if it shared none."""
    found = dict(made.site)
    for key, value in (("tasks", made.tasks), ("retry", made.retry), ("params", made.params)):
        if value:
            found[key] = value
    return found


def difference(new: Mapping[str, Any], old: Mapping[str, Any]) -> Keys:
    """The keys that differ, key by key; null for one that is gone."""
    found: Keys = {}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            inside = difference(value, before)
            if inside:
                found[key] = inside
        elif key not in old or value != before:
            found[key] = value
    return {**found, **{key: None for key in old if key not in new}}
