"""The options of sbatch for the jobs of a site, as far as they can be compared with facts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from nfconfgen.executors.slurm.settings import settings_of
from nfconfgen.findings import Place
from nfconfgen.profile.model import Site
from nfconfgen.profile.references import Text, Value, known


@dataclass(frozen=True, slots=True)
class JobOptions:
    """`account` is None for the default of the user, and empty if it is unknown; other texts are empty if they are
    not set or not known. `late` are the keys that are read when Nextflow starts, each with the value that is compared
    (empty: none)."""

    account: str | None = None
    qos: str = ""
    constraint: str = ""
    reservation: str = ""
    nodelist: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    exclusive: bool = False
    cluster_options: tuple[str, ...] = ()
    asks_memory: bool = True
    by_cpu: bool = False
    nodes_place: Place | None = None
    late: dict[str, str] = field(default_factory=dict)

    @property
    def qos_unknown(self) -> bool:
        return not self.qos and any(key.startswith("qos ") for key in self.late)

    @classmethod
    def of(cls, site: Site) -> JobOptions:
        settings = settings_of(site)
        sbatch = settings.sbatch
        values: dict[str, Value] = {
            "account": settings.account or "",
            "qos": sbatch.qos,
            "constraint": sbatch.constraint,
            "reservation": sbatch.reservation,
        }
        compared = {key: known(value, site.params) for key, value in values.items()}
        late = {f"{key} {value}": compared[key] for key, value in values.items() if isinstance(value, Text)}
        return cls(
            account=None if settings.account is None else compared["account"],
            qos=compared["qos"],
            constraint=compared["constraint"],
            reservation=compared["reservation"],
            nodelist=sbatch.nodelist,
            exclude=sbatch.exclude,
            exclusive=sbatch.exclusive,
            cluster_options=tuple(text for text in sbatch.cluster_options if isinstance(text, str)),
            asks_memory=settings.asks_memory,
            by_cpu=settings.ask_memory == "per-cpu",
            nodes_place=settings.nodes_place,
            late=late,
        )
