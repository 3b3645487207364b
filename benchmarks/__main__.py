"""Runs the measurements that are named, or all of them, one after another."""

from __future__ import annotations

import sys
from importlib import import_module

MEASUREMENTS = (
    "extraction",
    "feedparser_corpus",
    "near_duplicates",
    "digest",
    "publish",
    "send",
    "runs",
    "stored",
    "beside",
)
ONLY_WHEN_NAMED = ("fleet", "fleet_costs", "million")
"""The first takes half an hour; the first two need PostgreSQL."""


def main(names: list[str]) -> int:
    """0, or 2 when a name is none of the measurements."""
    unknown = [name for name in names if name not in MEASUREMENTS + ONLY_WHEN_NAMED]
    if unknown:
        print(
            f"There is no measurement called {unknown[0]}; there are {', '.join(MEASUREMENTS + ONLY_WHEN_NAMED)}.",
            file=sys.stderr,
        )
        return 2
    for name in names or MEASUREMENTS:
        print(f"== {name}")
        import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
