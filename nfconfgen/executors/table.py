"""The table of executors. Commands read it, and pass it to the readers of profiles and locks."""

from __future__ import annotations

from collections.abc import Mapping

from nfconfgen.executors.awsbatch.executor import AWSBATCH
from nfconfgen.executors.interface import Executor
from nfconfgen.executors.local.executor import LOCAL
from nfconfgen.executors.slurm.executor import SLURM

EXECUTORS: Mapping[str, Executor] = {executor.name: executor for executor in (AWSBATCH, SLURM, LOCAL)}
