"""The table of executors. It is read by commands, which pass it to whoever reads a profile or a lock."""

from __future__ import annotations

from collections.abc import Mapping

from nfconfgen.executors.awsbatch.executor import AwsBatch
from nfconfgen.executors.interface import Executor
from nfconfgen.executors.local.executor import Local
from nfconfgen.executors.slurm.executor import Slurm

EXECUTORS: Mapping[str, Executor] = {executor.name: executor for executor in (AwsBatch(), Slurm(), Local())}
