"""The quotas on vCPUs: which one an instance type or Fargate counts against.

https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html; the codes are those of Service Quotas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EC2, OF_FARGATE = "ec2", "fargate"

# the letters of a family, as g of g4dn: the quota on demand, and on Spot
_STANDARD = ("L-1216C47A", "L-34B43A08")
_G_AND_VT = ("L-DB2E81BA", "L-3819A6DF")
_OF_FAMILIES = {
    **dict.fromkeys(("a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"), _STANDARD),
    **dict.fromkeys(("g", "gr", "vt"), _G_AND_VT),
    "dl": ("L-6E869C2A", "L-85EED4F7"),
    "f": ("L-74FC7D96", "L-88CF9481"),
    "hpc": ("L-F7808C92", ""),
    "inf": ("L-1945791B", "L-B5D1601B"),
    "p": ("L-417A185B", "L-7212CCBC"),
    "trn": ("L-2C3B7624", "L-6B0D517C"),
    "u": ("L-43DA4232", ""),
    "u-": ("L-43DA4232", ""),
    "x": ("L-7295265B", "L-E3A00192"),
}
_SPOT_OF_OTHER_CODES = re.compile(r"p[5-9]")
"""Families whose Spot quota is the common one of P in some regions, and one of their own in others."""

FARGATE_CODES = {"FARGATE": "L-3032A538", "FARGATE_SPOT": "L-36FBB829"}


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota on vCPUs of the account in one region."""

    service: str
    code: str
    name: str
    vcpus: int


def code_of(instance_type: str, *, spot: bool) -> str:
    """The code of the quota that this instance type counts against; empty if it is not known."""
    letters = re.match(r"[a-z]+-?", instance_type)
    if letters is None or (spot and _SPOT_OF_OTHER_CODES.match(instance_type)):
        return ""
    return _OF_FAMILIES.get(letters[0], ("", ""))[spot]
