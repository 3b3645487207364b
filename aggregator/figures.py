"""The publication in figures, for those who watch machines: Prometheus reads them from a file or from /metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from aggregator.run import due_sources
from aggregator.settings import Settings
from aggregator.store import Store, open_store
from aggregator.store import sources as stored_sources
from aggregator.store.posts import count_shown
from aggregator.store.queue import jobs_by_state, workers_alive

FILE = "state/metrics.prom"


@dataclass(frozen=True, slots=True)
class Figures:
    """One look at the store and the queue."""

    sources: dict[str, int]
    """How many are in each state; `never-read` among them."""
    due: int
    """How many are to be read now."""
    oldest_due_seconds: float
    """For how long the one that waits longest was to be read; 0 when none waits."""
    posts: int
    """That may be shown."""
    jobs: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many there are of each task in each state; none on one machine."""
    workers: int = 0

    def for_scripts(self) -> dict[str, object]:
        """The same with names that JSON can hold."""
        jobs = [{"task": task, "state": state, "jobs": count} for (task, state), count in sorted(self.jobs.items())]
        return asdict(self) | {"jobs": jobs, "jobs_waiting": self.waiting}

    @property
    def waiting(self) -> int:
        """Jobs that nobody has begun."""
        return sum(count for (_, state), count in self.jobs.items() if state == "todo")


def figures(settings: Settings, store: Store, now: datetime) -> Figures:
    dues = stored_sources.dues(store)
    names = [source.name for source in settings.sources]
    due = due_sources(settings, store, now)
    since = [when for source in due if source.name in dues and (when := dues[source.name].next_check) is not None]
    return Figures(
        sources=dict(sorted(Counter(dues[name].state if name in dues else "never-read" for name in names).items())),
        due=len(due),
        oldest_due_seconds=max(0.0, (now - min(since)).total_seconds()) if since else 0.0,
        posts=count_shown(store, now),
        jobs=jobs_by_state(store),
        workers=workers_alive(store),
    )


def figures_of(settings: Settings, now: datetime) -> Figures:
    with open_store(settings.store, settings.folder) as store:
        return figures(settings, store, now)


def prometheus(found: Figures) -> str:
    """The figures in Prometheus's text format, version 0.0.4."""
    jobs = [({"task": task, "state": state}, count) for (task, state), count in sorted(found.jobs.items())]
    lines = [
        *metric("sources", "Configured sources by state.", [({"state": s}, n) for s, n in found.sources.items()]),
        *metric("sources_due", "Sources that are to be read now.", [({}, found.due)]),
        *metric("oldest_due_seconds", "For how long the source that waits longest was due.",
                [({}, found.oldest_due_seconds)]),
        *metric("posts", "Posts that may be shown.", [({}, found.posts)]),
        *metric("jobs", "Jobs of the fleet by task and state.", jobs),
        *metric("workers", "Workers that showed they live within the last minute.", [({}, found.workers)]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def metric(name: str, told: str, values: Iterable[tuple[dict[str, str], float]]) -> list[str]:
    lines = [f"# HELP aggregator_{name} {told}", f"# TYPE aggregator_{name} gauge"]
    for labels, value in values:
        shown = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"aggregator_{name}{f'{{{shown}}}' if shown else ''} {value:g}")
    return lines


def write_metrics(settings: Settings, now: datetime) -> None:
    """Replace state/metrics.prom, for the textfile collector of Prometheus's node_exporter."""
    text = prometheus(figures_of(settings, now))
    path = settings.folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
