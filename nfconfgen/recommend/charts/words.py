"""Numbers as the page shows them: no line break between a number and its unit."""

from __future__ import annotations

import re

from nfconfgen.profile.units import memory_text, time_text

_BREAKS = re.compile("(?<=[:_])")
SPACE = "\N{NO-BREAK SPACE}"


def pieces(name: str) -> list[str]:
    """A name, with line breaks allowed between these parts of it."""
    return _BREAKS.split(name)


def amount(value: float) -> str:
    """With as many digits as one can use: 8,188, 12.3, 0.04."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 1 else f"{value:.2g}"


def percent(share: float, sign: str = "") -> str:
    """`sign`: "+" to show it always."""
    size = abs(share)
    if not size:
        return f"0{SPACE}%"
    if size < 0.0005:
        return f"<{SPACE}0.1{SPACE}%"
    digits = f"{100 * share:{sign}.{0 if size >= 0.0995 else 1}f}".removesuffix(".0")
    return f"{digits}{SPACE}%".replace("-", "\N{MINUS SIGN}")


def memory(mib: float) -> str:
    return memory_text(round(mib)).replace(" ", SPACE)


def time(seconds: float) -> str:
    return time_text(round(seconds)).replace(" ", SPACE)


def duration(seconds: float) -> str:
    """A long time, rounded: 40 min, 5.3 h, 12.1 d."""
    for unit, size, least in (("d", 86400, 4), ("h", 3600, 2), ("min", 60, 2)):
        if seconds >= least * size:
            return f"{seconds / size:,.1f}{SPACE}{unit}" if size > 60 else f"{seconds / size:.0f}{SPACE}min"
    return f"{seconds:.0f}{SPACE}s"
