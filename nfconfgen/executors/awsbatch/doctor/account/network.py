"""The network of a compute environment, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet. `gives_address`: instances get a public address if their launch template does not decide. `gateway`:
    a route leads to an internet gateway. `elsewhere`: one leads to something else outside of the VPC, or routes may
    not be read. `services` have an endpoint there, as `s3` and `ecs-agent`."""

    name: str
    zone: str
    gives_address: bool = False
    gateway: bool = False
    elsewhere: bool = False
    services: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Network:
    """The subnets of an environment; `https`: its security groups let it reach AWS, or that is not known."""

    subnets: tuple[Subnet, ...]
    https: bool = True
