"""Whole runs over many sources: the first, one with nothing new, one with 5 % of the sources changed.

The sources are feeds that a small server on loopback makes up: 32 posts each, of one to eight kilobytes of HTML. It
knows validators, and runs in a process of its own, so that its time is not counted.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Point, report, timed
from benchmarks.serving import feeds_served

SIZES = (10, 100, 500, 2_000)
CHANGED = 0.05


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Prints, plots and remembers a table."""
    limit = int(os.environ.get("AGGREGATOR_BENCH_SOURCES", max(sizes)))
    report("runs", [point for size in sizes if size <= limit for point in runs_over(size)], against=100)


def runs_over(count: int) -> list[Point]:
    """The three runs over `count` sources, each measured once: they change the state they start from."""
    with tempfile.TemporaryDirectory() as name, feeds_served(count) as served:
        folder = Path(name)
        configure(folder, served.addresses)
        points = []
        for what in ("first run", "nothing changed", "5 % changed"):
            if what == "5 % changed":
                served.change(random.Random(1).sample(range(count), max(1, round(CHANGED * count))))
            taken = timed(lambda: run(folder))
            points.append(Point(what, count, taken.wall, taken.cpu))
        return points


def configure(folder: Path, addresses: list[str]) -> None:
    sources = "".join(f"  - {{name: Bron {number}, url: '{url}'}}\n" for number, url in enumerate(addresses))
    (folder / "sources.yaml").write_text(
        "publication: {title: Meting, url: 'https://example.org/', author: {name: Redactie}}\n"
        f"network: {{allow_private: true}}\nsources:\n{sources}",
        encoding="utf-8",
    )


def run(folder: Path) -> None:
    """One run, as cron starts it."""
    command = [str(Path(sys.executable).with_name("aggregator")), "run", "--all"]
    subprocess.run([*command, "--config", str(folder / "sources.yaml")], check=True, capture_output=True)


if __name__ == "__main__":
    main()
