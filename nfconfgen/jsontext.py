"""The one way a value gets into JSON: outputs, lock, reports."""

from __future__ import annotations

import json


def dumps(value: object) -> str:
    """Sorted and indented, so that a diff shows what changed."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def params(values: object) -> str:
    """A file for Nextflow's -params-file, in the order of the profile.

    Nextflow reads it in the machine's own encoding, and puts values of its own in the place of `${…}`.
    """
    return json.dumps(values, indent=2, ensure_ascii=True).replace("${", "\\u0024{") + "\n"
