"""Whether the archive lies under out/ as it was left, without looking at every file of it: there may be thousands.

A file that is taken away, added or replaced by another changes the time of its folder. One that is written over in its
place does not: so some files are looked at each time, chosen anew every hour, and sooner or later each.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from aggregator.store import Store, publishing
from aggregator.store.holding import noted
from aggregator.store.publishing import Filed

ARCHIVE = "archive/"
PAGE = ".html"
INDEX = f"{ARCHIVE}index{PAGE}"
NOTE = "archive lies as"
UNKNOWN = "unknown"
"""What is noted where some could not be made: all are looked at next time."""
LOOKED_AT = 50
"""Files, each time."""


def description(out: Path, look: str) -> str:
    """How the archive lies there, with the `look` that it was given: what is to be noted under NOTE."""
    return f"{folder_time(out)} {look}"


def lies_as_left(out: Path, store: Store, look: str | None = None) -> bool:
    """Whether no file came or went, and they were given this `look`, or any."""
    then, _, given = noted(store, NOTE).partition(" ")
    return then == folder_time(out) and look in (None, given)


def folder_time(out: Path) -> str:
    """The time of the folder of the archive, in nanoseconds; '-' when there is none."""
    try:
        return str((out / ARCHIVE).stat().st_mtime_ns)
    except OSError:
        return "-"


def in_turn(store: Store, now: datetime) -> dict[str, Filed]:
    """Those files of the archive whose turn it is to be looked at, by path.

    Chosen by a hash of the hour: counting on by the hour, a run at the same hour of each day might never see most.
    """
    hour = int(now.timestamp()) // 3600
    chosen = int.from_bytes(blake2b(str(hour).encode(), digest_size=8).digest(), "big")
    return publishing.files_within(store, ARCHIVE, chosen, LOOKED_AT)


def part_of(path: str) -> str:
    """The name of the part that a file of the archive belongs to."""
    return path.removeprefix(ARCHIVE).partition(".")[0]


def paths_of(parts: Iterable[str]) -> list[str]:
    """The paths of the pages of `parts`, by name, and of their list."""
    return [INDEX, *(f"{ARCHIVE}{name}{ending}" for name in parts for ending in (".xml", PAGE))]
