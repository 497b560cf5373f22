"""A site on AWS Batch in the double, with its generated scripts; the AWS CLI is the real one, Nextflow a fake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Scenario, salmon
from tests.lab.shell import Ended, Stage, build, profile, require_tool

BUCKET = "obenauflab"
REGION = "eu-central-1"
REGISTER, WARMUP, RUN = "register-job-definitions.sh", "warmup-awsbatch.sh", "run-awsbatch.sh"
WORDS = {RUN: ("--no-warmup",)}


@dataclass(frozen=True, slots=True)
class Site:
    """A site in the double whose definition is registered, and the place from which its scripts are called."""

    launch: Path
    stage: Stage
    double: Double
    batch: Any
    s3: Any

    def run(self, script: str, *words: str, **environment: str) -> Ended:
        return self.stage.run(self.launch / script, *WORDS.get(script, ()), *words, cwd=None, **environment)

    @property
    def definition(self) -> str:
        (found,) = (self.launch / "job-definitions").glob("*.json")
        return found.stem

    def load(self, scenario: Scenario) -> None:
        """The scenario, with results in the bucket of the work directory, and the definition registered."""
        self.double.load(scenario)
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_object(Bucket=BUCKET, Key="out/result.txt")
        for made in (self.launch / "job-definitions").glob("*.json"):
            self.batch.register_job_definition(**json.loads(made.read_text()))

    def forget_definitions(self) -> None:
        for one in self.batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]:
            self.batch.deregister_job_definition(jobDefinition=one["jobDefinitionArn"])

    def runs(self) -> int:
        """How often Nextflow was asked to run the pipeline."""
        return [call.arguments[0] for call in self.stage.calls("nextflow")].count("run")

    @property
    def records(self) -> list[Path]:
        """Of warm-ups that have passed."""
        return list(self.stage.cwd.parent.glob("state/nfconfgen/warmup-*"))


def launch_folder(folder: Path, **keys: Any) -> Path:
    """The scripts of a profile whose results are on S3, and which has a sample."""
    data = profile(folder)
    data["sites"]["awsbatch"] |= keys
    data["launch"]["params"]["awsbatch"]["outdir"] = f"s3://{BUCKET}/out"
    data["launch"]["warmup"] = {"awsbatch": {"inputDir": f"s3://{BUCKET}/one"}}
    return build(folder, data) / "launch"


@contextmanager
def site_in(double: Double, launch: Path, folder: Path) -> Iterator[Site]:
    require_tool("aws")
    home = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "stage/state")}
    stage = Stage(folder / "stage", "nextflow", environment={**double.env(), **home})
    batch, s3 = connect(double, "batch"), connect(double, "s3")
    made = Site(launch, stage, double, batch, s3)
    made.load(salmon())
    yield made
    for client in (batch, s3):
        client.close()
