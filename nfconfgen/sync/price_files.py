"""Reads a file of prices, and keeps prices that were just asked for next to the lock of a profile."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from nfconfgen import files
from nfconfgen.errors import UnreadableError, UsageError
from nfconfgen.explain import price_file
from nfconfgen.explain.price_file import Prices
from nfconfgen.explain.priced_machines import Needed
from nfconfgen.profile.read import read_own
from nfconfgen.sync import transaction
from nfconfgen.sync.build_changes import journals
from nfconfgen.sync.staging import Write
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted

LIVE = "live"


def read_prices(path: Path) -> Prices:
    """The prices in this file. UnreadableError if it has none, or is a link out of its repository."""
    return price_file.parse(read_own(path, price_file.LARGEST_BYTES), str(path))


def prices_path(profile: Path) -> Path:
    """The file for live prices of this profile."""
    return profile.parent / files.prices_name(profile.stem)  # with_name fails for a folder such as .


def prices_by(by: str, profile: Path, needed: Needed, console: Console) -> tuple[Prices, Path]:
    """The prices in the file of this name, or those of now if it is `live`, and the file that has them."""
    if by == LIVE:
        return ask_prices(profile, needed, console), prices_path(profile)
    return read_prices(Path(by)), Path(by)


def ask_prices(profile: Path, needed: Needed, console: Console) -> Prices:
    """The prices now, which the file then has; it stays as it is if nothing is needed. UsageError if it has anything
    but prices, AskingError without an answer."""
    path = prices_path(profile)
    _require_replaceable(path)
    regions = {}
    for region, (market, machines) in needed.items():
        console.info(f"asking for the prices of {counted(len(machines), 'type')} of machines in {region} …")
        regions[region] = market.ask(machines)
    # not SOURCE_DATE_EPOCH: the prices are those of today
    prices = Prices(datetime.now(timezone.utc).strftime("%Y-%m-%d"), regions)
    if needed:
        transaction.commit([Write(path, prices.to_text())], journals(profile)[0])
        console.info(f"wrote {path}")
    return prices


def _require_replaceable(path: Path) -> None:
    if os.path.lexists(path):
        try:
            read_prices(path)
        except UnreadableError as error:
            raise UsageError(f"{error}; live prices would replace it: move or delete it") from error
