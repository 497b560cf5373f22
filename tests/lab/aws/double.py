"""Starts the double in this process: `python -m tests.lab.aws --help`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tests.lab.aws.scenario import Environment, Scenario, empty, fleet, idle, nothing, salmon

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

READY_MADE = {"salmon": salmon, "empty": empty, "idle": idle, "fleet": fleet, "nothing": nothing}
ADDRESS = "127.0.0.1"
QUEUES_SHOWN = 12


def main(arguments: Sequence[str] | None = None) -> int:
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    options = _parse(arguments)
    try:
        scenario = _scenario(options.scenario)
        server = _server(options.port, scenario)
    except (OSError, ValueError, TypeError, KeyError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    url = f"http://{ADDRESS}:{server.server_port}"
    print("\n".join(_for_people(url, scenario)), file=sys.stderr, flush=True)
    print(f"ready {url}", flush=True)
    server.serve_forever()
    return 0


def _end(*_: Any) -> NoReturn:
    raise SystemExit(0)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.aws", description="An AWS double on loopback.")
    parser.add_argument("--port", type=int, default=5005, help="0 picks a free one (default: 5005)")
    parser.add_argument(
        "--scenario", default="salmon", metavar="|".join([*READY_MADE, "FILE.json"]), help="(default: salmon)"
    )
    return parser.parse_args(arguments)


def _scenario(name: str) -> Scenario:
    if name in READY_MADE:
        return READY_MADE[name]()
    return Scenario.from_json(json.loads(Path(name).read_text(encoding="utf-8")))


def _server(port: int, scenario: Scenario) -> BaseWSGIServer:
    # Read while moto is imported or its EC2 backend created: 1,300 images that are never asked for.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    # moto takes seconds to import: not before the arguments have been understood.
    from moto.moto_server import werkzeug_app as moto
    from werkzeug.serving import WSGIRequestHandler, make_server

    from tests.lab.aws import batch, ec2, ecs, prices, quotas, ssm, submissions, vpc
    from tests.lab.aws.beside import beside
    from tests.lab.aws.cloudformation.operations import CloudFormation
    from tests.lab.aws.laboratory import Laboratory

    # moto's own handler, new in 5.2.5, keeps names of S3 metadata that are never sent here
    class QuietHandler(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Errors are shown, requests are not: /lab/calls counts them."""

    for service in (batch, submissions, ecs, ec2, vpc, ssm, quotas, prices):
        service.install()
    served = moto.DomainDispatcherApplication(moto.create_backend_app)
    laboratory = Laboratory(beside(served, {"cloudformation": CloudFormation, "pricing": prices.PriceList}))
    laboratory.load(scenario)
    return make_server(ADDRESS, port, laboratory, threaded=True, request_handler=QuietHandler)


def _for_people(url: str, scenario: Scenario) -> Iterator[str]:
    yield f"export AWS_ENDPOINT_URL={url}"
    yield "export AWS_ACCESS_KEY_ID=testing"
    yield "export AWS_SECRET_ACCESS_KEY=testing"
    yield f"export AWS_DEFAULT_REGION={scenario.region}"
    for queue in scenario.queues[:QUEUES_SHOWN]:
        held = (_held(scenario.environment(name)) for name in queue.environments)
        yield f"queue {queue.name}: " + "; ".join(held)
    if (more := len(scenario.queues) - QUEUES_SHOWN) > 0:
        yield f"and {more} more queues"


def _held(environment: Environment) -> str:
    what = f"{environment.name} ({environment.kind} {' '.join(environment.instance_types)})"
    memory = [host.memory_mib for host in environment.hosts]
    if not memory:
        return f"{what}, no hosts"
    least, most = min(memory), max(memory)
    figures = f"{least}" if least == most else f"{least} to {most}"
    return f"{what}, {len(memory)} host{'s'[: len(memory) > 1]} registering {figures} MiB"
