"""What every measurement shares: time taken fairly, a unit to compare machines by, and a history that shows a slide.

Seconds of two machines, or of one machine on a busy and a quiet day, say nothing about a change of the program.
Measurements are therefore kept in units: how often a fixed piece of work would have fitted in the same CPU time.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

HISTORY = Path(__file__).parent / "results" / "history.jsonl"
SLIDE = 1.25
"""So many times the median of the measurements before is pointed out."""
REMEMBERED = 10


@dataclass(frozen=True, slots=True)
class Taken:
    """What a piece of work took, in seconds: on the clock, and of the processor (processes waited for included)."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: `what` was done, at which `size` (posts, sources, mails ...), and what it took."""

    what: str
    size: int
    wall: float
    cpu: float


def timed(work: Callable[[], object]) -> Taken:
    """What one call of `work` takes."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    work()
    return Taken(time.perf_counter() - wall, cpu_seconds() - cpu)


def measured(what: str, size: int, work: Callable[[], object], rounds: int = 5) -> Point:
    """The median of several calls of `work`."""
    taken = [timed(work) for _ in range(rounds)]
    return Point(what, size, statistics.median(t.wall for t in taken), statistics.median(t.cpu for t in taken))


def cpu_seconds() -> float:
    """Processor time of this process and of the processes it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@cache
def unit() -> float:
    """CPU seconds of a fixed piece of work on this machine: what figures of two machines are compared by."""

    def work() -> None:
        counts: dict[str, int] = {}
        for number in range(200_000):
            word = str(number % 1_009)
            counts[word] = counts.get(word, 0) + len(word)

    return min(timed(work).cpu for _ in range(5))


def report(name: str, points: Sequence[Point], *, against: int | None = None) -> None:
    """Print the points with their ratios, add them to the history, point out slides, and draw the plot.

    Ratios are to the point of the same `what` at size `against`, or to the first one.
    """
    from benchmarks.plot import plot

    earlier = history(name)
    print(f"{'':28}{'size':>10}{'wall s':>10}{'CPU s':>10}{'ratio':>8}{'before':>8}")
    for point in points:
        same = [other for other in points if other.what == point.what]
        base = next((other for other in same if other.size == against), same[0])
        ratio = point.cpu / base.cpu if base.cpu else 0.0
        before = earlier.get((point.what, point.size))
        now = point.cpu / unit()
        slide = f"{now / before:8.2f}" if before else f"{'':8}"
        mark = "  slower than before" if before and now > SLIDE * before else ""
        print(f"{point.what:28}{point.size:10}{point.wall:10.3f}{point.cpu:10.3f}{ratio:8.2f}{slide}{mark}")
    remember(name, points)
    picture = HISTORY.with_name(f"{name}.svg")
    picture.write_text(plot(name, points), encoding="utf-8")
    print(f"drawn in {picture.relative_to(Path.cwd()) if picture.is_relative_to(Path.cwd()) else picture}")


def remember(name: str, points: Sequence[Point]) -> None:
    """Add to the history: one line of JSON a point, with the commit and the unit of the machine."""
    HISTORY.parent.mkdir(exist_ok=True)
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit(), "unit": unit(), "name": name}
    with HISTORY.open("a", encoding="utf-8") as stream:
        for point in points:
            stream.write(json.dumps({**about, **asdict(point)}) + "\n")


def history(name: str) -> dict[tuple[str, int], float]:
    """What the last measurements called `name` took, the median in units, by what was done and at which size."""
    found: dict[tuple[str, int], list[float]] = {}
    lines = HISTORY.read_text(encoding="utf-8").splitlines() if HISTORY.is_file() else []
    for line in lines:
        row = json.loads(line)
        if row["name"] == name:
            found.setdefault((row["what"], row["size"]), []).append(row["cpu"] / row["unit"])
    return {key: statistics.median(values[-REMEMBERED:]) for key, values in found.items()}


def commit() -> str:
    """The commit that is measured; '' outside a repository."""
    command = ["git", "describe", "--always", "--dirty"]
    result = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return result.stdout.strip()
