"""The settings of a config outside of `process` as keys of a site."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from nfconfgen.expressions import amounts
from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.imports.recognise.draft import Draft
from nfconfgen.imports.recognise.meaning import Written, meaning, memory_of, plain, static, time_of
from nfconfgen.pipeline.model import Scope, Setting
from nfconfgen.profile.references import FromParam, Text

if TYPE_CHECKING:
    from nfconfgen.processes.params import Params

ENGINES = ("singularity", "apptainer", "docker", "podman", "charliecloud", "conda")
_ENGINE_KEYS = {
    "autoMounts": "auto_mounts",
    "cacheDir": "cache_dir",
    "libraryDir": "library_dir",
    "runOptions": "options",
    "createOptions": "options",
    "pullTimeout": "pull_timeout",
    "createTimeout": "pull_timeout",
    "envWhitelist": "env",
    "registry": "registry",
}
_AWS = {
    ("region",): "region",
    ("client", "storageEncryption"): "storage_encryption",
    ("client", "storageKmsKeyId"): "kms_key",
    ("batch", "cliPath"): "cli_path",
    ("batch", "jobRole"): "job_role",
    ("batch", "executionRole"): "execution_role",
    ("batch", "logsGroup"): "logs_group",
    ("batch", "volumes"): "volumes",
    ("batch", "maxSpotAttempts"): "spot_attempts",
    ("batch", "shareIdentifier"): "share_identifier",
}
_TIMES = {
    "pollInterval": "poll_interval",
    "queueStatInterval": "queue_stat_interval",
    "exitReadTimeout": "exit_read_timeout",
}
_IGNORED = ("queue", "queuesize", "retry.maxAttempt")
_RATE = re.compile(r"(?P<jobs>\d{1,6}) *(?:/ *(?P<number>\d{0,6}) *)?(?P<unit>[a-z]+)")
_REPORTS = ("trace", "report", "timeline", "dag")
_LEFT_OUT = ("manifest", "plugins", "includeConfig", "nextflow")


def scope(draft: Draft, path: Scope, setting: Setting, params: Params) -> None:
    """Takes over one setting."""
    if path[0] in _LEFT_OUT:
        return
    taken, why = False, ""
    try:
        taken = not setting.sometimes and _HANDLERS.get(path[0], _other)(draft, path, setting, params)
    except UnknownError as error:
        why = str(error)
    if not taken:
        draft.other(path, setting, why)


def _other(draft: Draft, path: Scope, setting: Setting, params: Params) -> bool:
    return False


def _executor(draft: Draft, path: Scope, setting: Setting, params: Params) -> bool:
    name = path[-1]
    if path == ("executor", "name"):
        return True
    if ".".join(path[1:]) in _IGNORED:
        message = f"{'.'.join(path)} has no effect: Nextflow reads no such option"
        draft.report(setting, "import-ignored", message)
        return True
    if len(path) > 2 and not path[1].startswith("$"):
        return False
    if name == "awscli":
        draft.put(("cli_path",), plain(meaning(setting.code)), setting, "executor.awscli of old versions")
    elif name == "queueSize":
        draft.put(("submission", "queue_size"), amounts.count(static(setting.code)), setting)
    elif name == "submitRateLimit":
        draft.put(("submission", "rate"), rate(static(setting.code)), setting)
    elif name in _TIMES:
        draft.put(("submission", _TIMES[name]), _time(setting), setting)
    elif name == "queueGlobalStatus":
        draft.put(("submission", "queue_global_status"), bool(static(setting.code)), setting)
    elif name == "account":
        draft.put(("account",), plain(meaning(setting.code)), setting)
    elif name == "perCpuMemAllocation" and static(setting.code) is True:
        draft.put(("ask_memory",), "per-cpu", setting)
    elif name in ("cpus", "memory") and draft.site.get("executor") == "local":
        value = static(setting.code)
        draft.put(("limits", name), amounts.count(value) if name == "cpus" else _memory(value), setting)
    else:
        return False
    return True


def _time(setting: Setting) -> str:
    duration = amounts.duration(static(setting.code))
    assert duration is not None
    return time_of(duration)


def _memory(value: object) -> str:
    memory = amounts.memory(value)
    assert memory is not None
    return memory_of(memory)


def rate(value: object) -> dict[str, object]:
    """`10 sec` is ten a second, `6/1min` six a minute."""
    found = _RATE.fullmatch(str(value).strip())
    if found is None:
        raise UnknownError("it is no rate")
    duration = amounts.duration(f"{found['number'] or 1}{found['unit']}")
    assert duration is not None
    return {"jobs": int(found["jobs"]), "per": time_of(duration)}


def _engine(draft: Draft, path: Scope, setting: Setting, params: Params) -> bool:
    """The engine that is enabled; one that is disabled needs no key."""
    name, key = path[0], path[-1]
    if len(path) != 2:
        return False
    if key == "enabled":
        return static(setting.code) is False or draft.site.get("container", {}).get("engine") == name
    if draft.site.get("container", {}).get("engine") != name or key not in _ENGINE_KEYS:
        return False
    by_shell = key in ("runOptions", "createOptions")
    value = plain(_text(meaning(setting.code)), by_shell=by_shell)
    if key in ("pullTimeout", "createTimeout"):
        value = _time(setting)
    if key == "envWhitelist":
        value = [one.strip() for one in str(value).split(",")] if isinstance(value, str) else value
    draft.put(("container", _ENGINE_KEYS[key]), value, setting)
    return True


def _text(value: object) -> object:
    """A param within a text stays a text: `{param: NAME}` stands only for whole values of some keys."""
    if isinstance(value, Text) and isinstance(value.whole, FromParam):
        return Written(value)
    return value


def _aws(draft: Draft, path: Scope, setting: Setting, params: Params) -> bool:
    key = _AWS.get(path[1:])
    if path[1:] == ("batch", "terminateUnschedulableJobs") and isinstance(static(setting.code), bool):
        draft.put(("unschedulable",), "fail" if static(setting.code) else "wait", setting)
        return True
    if key is None or draft.site["executor"] != "awsbatch":
        return False
    draft.put((key,), plain(meaning(setting.code)), setting)
    return True


def _report(draft: Draft, path: Scope, setting: Setting, params: Params) -> bool:
    name, key = path[0], path[-1]
    if len(path) != 2:
        return False
    reports = draft.site.get("reports", {})
    value = meaning(setting.code)
    if key == "enabled" and isinstance(value, bool):
        reports[name] = reports.get(name, value) if value else False
    elif key == "file" and reports.get(name) is not False:
        reports[name] = plain(_text(value))
    elif key == "overwrite" and value is True:
        reports["overwrite"] = [*reports.get("overwrite", []), name]
    else:
        return False
    draft.site["reports"] = reports
    draft.comment(("reports",), setting.place)
    return True


def _plain(key: str) -> Callable[[Draft, Scope, Setting, Params], bool]:
    def taken(draft: Draft, path: Scope, setting: Setting, params: Params) -> bool:
        if len(path) > 1:
            return False
        value = meaning(setting.code)
        draft.put((key,), plain(value if key == "cleanup" else _text(value)), setting)
        return True

    return taken


def _env(draft: Draft, path: Scope, setting: Setting, params: Params) -> bool:
    value = plain(_text(meaning(setting.code)))
    if len(path) != 2 or not isinstance(value, str | int | float | bool):
        return False
    draft.put(("env", path[1]), value, setting)
    return True


def _params(draft: Draft, path: Scope, setting: Setting, params: Params) -> bool:
    """Params of nf-core that only describe the config are left out, as are limits that resourceLimits have, too."""
    name = path[1] if len(path) > 1 else ""
    if name.startswith("config_profile_") or name in ("custom_config_base", "custom_config_version", ""):
        return True
    if name in ("max_memory", "max_cpus", "max_time"):
        return True  # limits, once all of them are known
    home = draft.params
    for key in path[1:-1]:
        home = home.setdefault(key, {})
    home[path[-1]] = plain(_text(meaning(setting.code)))
    draft.comment(("params",), setting.place)
    return True


def _fusion(draft: Draft, path: Scope, setting: Setting, params: Params) -> bool:
    if path[1:] != ("enabled",) or static(setting.code) is not True or draft.site["executor"] != "awsbatch":
        return False
    draft.put(("staging",), "fusion", setting)
    return True


_HANDLERS: Mapping[str, Callable[[Draft, Scope, Setting, Params], bool]] = {
    "executor": _executor,
    **dict.fromkeys(ENGINES, _engine),
    "aws": _aws,
    **dict.fromkeys(_REPORTS, _report),
    "workDir": _plain("work_dir"),
    "cleanup": _plain("cleanup"),
    "env": _env,
    "params": _params,
    "fusion": _fusion,
    "wave": _fusion,
}
