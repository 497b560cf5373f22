"""A variant that a run names while the environment has chosen another one, whose config is read before."""

from __future__ import annotations

from nfconfgen.facts.model import unqueried
from nfconfgen.plan.plan import plan
from nfconfgen.render.outputs import outputs
from tests.core import load_text

PROFILE = """\
nfconfgen: 1
pipeline: {name: demo}
tasks:
  default: {cpus: 2, memory: 4 GB, time: 1h}
  processes: {INDEX: {cpus: 1, container: demo/index}}
sites:
  cluster:
    executor: slurm
    queues: [short]
    variant: "${SIZE:-small}"
    variants:
      small: {tasks: {processes: {INDEX: {cpus: 4, time: 2h, container: demo/small}}}}
      large: {limits: {cpus: 32}}
"""


def test_it_takes_back_what_the_other_one_sets_in_selectors() -> None:
    profile = load_text(PROFILE, "p.yml").profile
    assert profile is not None
    files = outputs(plan(profile, {site.name: unqueried(site) for site in profile.sites}))
    _, selector, block = files["conf/cluster-large.config"].partition("withName: '(.*:)?(INDEX)' {")
    assert selector
    assert "cpus = 1" in block
    assert "time = 1.h" in block
    assert "container = 'demo/index'" in block
