"""This program beside its peers and a floor written in C, on one server, in one run: the tables of record.

The kit that runs them all lies beside the project (../shared/bench, its setup.sh gives the folder named below). Prints
every table: plain, over hosts that answer late, over servers that never answer 304, and for four times the sources.

    AGGREGATOR_BENCH_KIT=/folder/of/setup.sh python -m benchmarks beside
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import Point, remember

KIT = Path(__file__).parents[2] / "shared" / "bench" / "bench.py"
HEAD = (
    'publication: {title: T, url: "http://127.0.0.1/", language: nl, timezone: Europe/Amsterdam, '
    "author: {name: R, email: r@example.org}}\\nnetwork: {allow_private: true}\\nstore: sqlite:///ours.db\\nsources:\\n"
)
FLOOR = "floor-fetch,floor-sync,ours"
TABLES = {
    "500 feeds, all": ("--feeds", "500"),
    "500 feeds, hosts that answer after 50 to 2,000 ms": ("--feeds", "500", "--latency", "--only", FLOOR),
    "500 feeds, a fifth without validators": ("--feeds", "500", "--noval", "0.2", "--only", FLOOR),
    "2,000 feeds": ("--feeds", "2000", "--only", FLOOR),
}


def main() -> None:
    """Prints the tables, and remembers the ratios to the floor. About an hour with five rounds on two cores."""
    tools = Path(os.environ.get("AGGREGATOR_BENCH_KIT", "/nowhere"))
    if not KIT.is_file() or not (tools / "floor").is_file():
        print("needs ../shared/bench and AGGREGATOR_BENCH_KIT, the folder that its setup.sh filled: left out")
        return
    rounds = os.environ.get("AGGREGATOR_BENCH_ROUNDS", "5")
    program = Path(sys.executable).with_name("aggregator")
    for title, options in TABLES.items():
        print(f"\n## {title}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            runs = Path(folder) / "runs.jsonl"
            command = [
                sys.executable, str(KIT), *options, "--rounds", rounds, "--slow-rounds", rounds,
                "--peer-python", str(tools / "peers/bin/python"), "--floor", str(tools / "floor"),
                "--yaml-head", HEAD, "--ours", f"{program} run --all --config {{yaml}}",
                "--ours-count", "SELECT count(*) FROM post", "--json", str(runs),
            ]  # fmt: skip
            subprocess.run(command, check=True)
            remember("beside", points(title, [json.loads(line) for line in runs.read_text().splitlines()]))


def points(title: str, runs: Sequence[dict[str, object]]) -> list[Point]:
    """The medians of our own runs, by phase."""
    found = []
    for phase in ("cold", "warm", "changed"):
        ours = [run for run in runs if run["who"] == "ours" and run["phase"] == phase]
        size = int(title.split(" ", maxsplit=1)[0].replace(",", ""))
        medians = [statistics.median(float(str(run[key])) for run in ours) for key in ("wall", "cpu")]
        found.append(Point(f"{phase}: {title}", size, *medians))
    return found


if __name__ == "__main__":
    main()
