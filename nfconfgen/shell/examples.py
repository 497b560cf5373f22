"""Examples of each command, for its help."""

from __future__ import annotations

_EXAMPLES: dict[str, tuple[str, ...]] = {
    "init": (
        "nfconfgen init",
        "nfconfgen init --yes --site cluster=slurm --work-dir /scratch/work",
        "nfconfgen init --from cluster.yml --dry-run",
    ),
    "build": (
        "nfconfgen build",
        "nfconfgen build profiles/salmon.yml --offline --dry-run",
        "nfconfgen build --from cluster.json",
    ),
    "validate": ("nfconfgen validate", "nfconfgen validate profiles/*.yml --strict"),
    "check": ("nfconfgen check", "nfconfgen check --live", "nfconfgen check profile.yml --pipeline ."),
    "facts": ("nfconfgen facts", "nfconfgen facts --refresh", "nfconfgen facts --collect > cluster.json"),
    "probe": ("nfconfgen probe", "nfconfgen probe --queue salmonWorkload --yes", "nfconfgen probe --restore"),
    "provision": (
        "nfconfgen provision",
        "nfconfgen provision profiles/salmon.yml --diff",
        "nfconfgen provision --deploy",
    ),
    "register": ("nfconfgen register", "nfconfgen register --dry-run --prune"),
    "doctor": ("nfconfgen doctor", "nfconfgen doctor profiles/salmon.yml --strict"),
    "verify": ("nfconfgen verify", "nfconfgen verify profiles/rnaseq.yml --pipeline ../rnaseq"),
    "explain": (
        "nfconfgen explain",
        "nfconfgen explain --process STAR_ALIGN --site slurm",
        "nfconfgen explain --html proof.html",
        "nfconfgen explain --prices live",
    ),
    "recommend": (
        "nfconfgen recommend profile.yml trace-*.txt",
        "nfconfgen recommend profile.yml report.html --second-tries 1% --diff",
        "nfconfgen recommend profile.yml trace.txt --write",
    ),
    "import": (
        "nfconfgen import conf/slurm.config conf/awsbatch.config",
        "nfconfgen import nextflow.config --profile cluster --dry-run",
    ),
    "diff": ("nfconfgen diff", "nfconfgen diff profiles/salmon.yml slurm awsbatch"),
    "rule": ("nfconfgen rule", "nfconfgen rule memory-fit"),
    "schema": ("nfconfgen schema > profile.schema.json", "nfconfgen schema report"),
}


def epilog(command: str) -> str:
    """The examples that the help of a command ends with; the `\\b` of click keeps their lines."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in _EXAMPLES[command])))
