"""The modules that know what only one executor has."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from nfconfgen.executors.awsbatch import config as awsbatch
from nfconfgen.executors.slurm import config as slurm

RENDERERS: Mapping[str, ModuleType] = {"awsbatch": awsbatch, "slurm": slurm}
"""One module an executor, each with title, containers, directives, everywhere, last, config_values, launch_values and
files."""
