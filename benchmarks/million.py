"""`python -m benchmarks million`: a fleet over a million sources, simulated event by event from what one worker costs.

Every source is due when the program's own rule says so, every minute what is due becomes jobs, a job waits for a place,
its sources for their servers, for the worker's core and, where they have news, for the one turn in which the
publication matches. The costs are those of fleet_costs.json; what the world is like is assumed, and stated in World.
"""

from __future__ import annotations

import heapq
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from aggregator.fleet.worker import CONCURRENCY
from aggregator.schedule import next_check
from benchmarks.fleet_costs import Figures, load

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
SETTLING = HOUR
"""What happens before is not counted."""
PLAN, ASK, ANSWERED, TURN, KEPT = range(5)
"""What happens."""
CONNECTIONS_A_WORKER = 6
"""One of the store, one of the turn, and up to four of the queue."""


@dataclass(frozen=True, slots=True)
class World:
    """What is assumed of the blogs out there."""

    sources: int = 1_000_000
    blogs_a_host: int = 10
    days_between_posts: float = 7.0
    """The median; half of all blogs post between a third of it and three times as often."""
    spread_of_rhythm: float = 1.6
    response_seconds: float = 0.17
    """The mean of those that answer."""
    silent: float = 0.01
    """The part that never answers: each keeps a place for `silent_seconds`."""
    silent_seconds: float = 10.0
    first_time: bool = False
    """Whether no source was ever read, and all are due at once."""


@dataclass(frozen=True, slots=True)
class Fleet:
    workers: int
    concurrency: int = CONCURRENCY


@dataclass(slots=True)
class Source:
    host: int
    rhythm: float
    """Seconds between two posts."""
    silent: bool
    due: float
    read: float


@dataclass(slots=True)
class Worker:
    free_at: float = 0.0
    """When its core has done what it was given."""


@dataclass(slots=True)
class Job:
    worker: Worker
    host: int
    sources: deque[int]


@dataclass(slots=True)
class Told:
    """What happened after the settling."""

    hours: float = 0.0
    jobs: int = 0
    readings: int = 0
    news: int = 0
    late: list[float] = field(default_factory=list)
    """Seconds from being due to being read, of some readings."""
    postgresql: list[float] = field(default_factory=list)
    """Seconds of a core that PostgreSQL worked, by minute."""
    turns: float = 0.0
    log_bytes: float = 0.0
    transactions: float = 0.0
    longest_queue: int = 0
    worker_seconds: float = 0.0

    def late_at(self, part: float) -> float:
        """The lateness that no more than `part` of the readings exceed."""
        ordered = sorted(self.late)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


class Simulation:
    """One fleet in one world. Events are (moment, number, what to do): the number keeps their order."""

    def __init__(self, world: World, fleet: Fleet, costs: Figures) -> None:
        self.world, self.costs, self.random = world, costs, Random(1)
        self.events: list[tuple[float, int, int, Job | None]] = []
        self.count = 0
        self.now = 0.0
        self.workers = [Worker() for _ in range(fleet.workers)]
        self.free = deque(worker for _ in range(fleet.concurrency) for worker in self.workers)
        self.sources = [self.a_source(number) for number in range(world.sources)]
        self.becoming_due = [(source.due, number) for number, source in enumerate(self.sources)]
        heapq.heapify(self.becoming_due)
        self.due: dict[int, list[int]] = {}
        """By host, the sources that are due."""
        self.queued: deque[int] = deque()
        self.at_work: set[int] = set()
        """Hosts that have a job, waiting or being done."""
        self.turn_free_at = 0.0
        self.told = Told()

    def a_source(self, number: int) -> Source:
        world, random = self.world, self.random
        rhythm = random.lognormvariate(0, world.spread_of_rhythm) * world.days_between_posts * DAY
        source = Source(number // world.blogs_a_host, rhythm, random.random() < world.silent, 0.0, -DAY)
        if not world.first_time:
            interval = self.seconds_to_next(number, source)
            source.due = random.random() * interval
            source.read = source.due - interval
        return source

    def seconds_to_next(self, number: int, source: Source) -> float:
        """By the program's own rule; one that never answers is asked once a day."""
        if source.silent:
            return DAY
        then = next_check(str(number), "ok", START + timedelta(seconds=self.now), rhythm=source.rhythm)
        assert then is not None
        return (then - START).total_seconds() - self.now

    def after(self, moment: float, what: int, about: Job | None) -> None:
        self.count += 1
        heapq.heappush(self.events, (moment, self.count, what, about))

    def run(self, hours: float) -> Told:
        """What happens until then, or until nothing is due any more where all is read for the first time."""
        self.told.hours = hours - (0 if self.world.first_time else SETTLING / HOUR)
        doing = {ASK: self.ask, ANSWERED: self.read, TURN: self.match, KEPT: self.kept}
        self.after(0.0, PLAN, None)
        while self.events:
            self.now, _, what, about = heapq.heappop(self.events)
            if self.now > hours * HOUR:
                break
            if about is None:
                self.plan()
            else:
                doing[what](about)
            if self.world.first_time and not self.at_work and not self.becoming_due:
                self.told.hours = self.now / HOUR
                break
        return self.told

    def plan(self) -> None:
        """What is due becomes jobs; the worker that plans does nothing else meanwhile."""
        while self.becoming_due and self.becoming_due[0][0] <= self.now:
            _, number = heapq.heappop(self.becoming_due)
            self.due.setdefault(self.sources[number].host, []).append(number)
        new = [host for host in self.due if host not in self.at_work]
        self.at_work.update(new)
        self.queued.extend(sorted(new, key=lambda host: -len(self.due[host])))
        seconds = self.costs.plan * self.world.sources
        self.work(self.workers[self.count % len(self.workers)], seconds)
        self.charge(seconds / 2)
        self.told.longest_queue = max(self.told.longest_queue, len(self.queued))
        self.after(self.now + MINUTE, PLAN, None)
        self.take_jobs()

    def take_jobs(self) -> None:
        while self.queued and self.free:
            worker, host = self.free.popleft(), self.queued.popleft()
            ended = self.work(worker, self.costs.job.worker)
            self.charge(self.costs.job.postgresql + self.costs.take, self.costs.job.log_bytes,
                        self.costs.job.transactions)  # fmt: skip
            self.after(ended, ASK, Job(worker, host, deque(self.due.pop(host, []))))
            self.told.jobs += self.counted

    def ask(self, job: Job) -> None:
        """Ask for the next source of a host, or end its job."""
        if not job.sources:
            self.at_work.discard(job.host)
            self.free.append(job.worker)
            self.take_jobs()
            return
        silent = self.sources[job.sources[0]].silent
        seconds = self.world.silent_seconds if silent else self.random.lognormvariate(-0.32, 0.8)
        self.after(self.now + seconds * (1 if silent else self.world.response_seconds), ANSWERED, job)

    def read(self, job: Job) -> None:
        """Its server has answered: the worker works on it, and then, where it has news, it waits for the turn."""
        source = self.sources[job.sources[0]]
        has_news = not source.silent and (
            self.world.first_time or self.random.random() < (self.now - source.read) / source.rhythm
        )
        cost = self.costs.news if has_news else self.costs.source
        self.charge(cost.postgresql, cost.log_bytes, cost.transactions)
        self.told.news += has_news and self.counted
        self.after(self.work(job.worker, cost.worker), TURN if has_news else KEPT, job)

    def match(self, job: Job) -> None:
        self.turn_free_at = max(self.now, self.turn_free_at) + self.costs.turn
        self.told.turns += self.costs.turn * self.counted
        self.after(self.turn_free_at, KEPT, job)

    def kept(self, job: Job) -> None:
        number = job.sources.popleft()
        source = self.sources[number]
        if self.counted:
            self.told.readings += 1
            if self.told.readings % 20 == 0:
                self.told.late.append(self.now - source.due)
        source.read = self.now
        if not self.world.first_time:
            source.due = self.now + self.seconds_to_next(number, source)
            heapq.heappush(self.becoming_due, (source.due, number))
        self.ask(job)

    def work(self, worker: Worker, seconds: float) -> float:
        """When the worker's core has done that much more."""
        worker.free_at = max(self.now, worker.free_at) + seconds
        self.told.worker_seconds += seconds * self.counted
        return worker.free_at

    @property
    def counted(self) -> bool:
        return self.world.first_time or self.now >= SETTLING

    def charge(self, seconds: float, log_bytes: float = 0.0, transactions: float = 0.0) -> None:
        """Work for PostgreSQL."""
        if not self.counted:
            return
        minute = int(self.now / MINUTE)
        self.told.postgresql += [0.0] * (minute + 1 - len(self.told.postgresql))
        self.told.postgresql[minute] += seconds
        self.told.log_bytes += log_bytes
        self.told.transactions += transactions


def line(name: str, world: World, fleet: Fleet, told: Told) -> str:
    """One line of the table."""
    seconds = told.hours * HOUR
    minutes = [one / MINUTE for one in told.postgresql if one]
    return (
        f"| {name} | {fleet.workers} | {told.hours:.1f} | {told.readings / seconds:.0f} | {told.jobs / seconds:.1f}"
        f" | {told.news / seconds:.1f} | {told.worker_seconds / seconds / fleet.workers:.0%}"
        f" | {sum(minutes) / max(1, len(minutes)):.2f} / {max(minutes, default=0):.2f}"
        f" | {told.transactions / seconds:.0f} | {told.log_bytes / seconds / 1e6:.2f} | {told.turns / seconds:.0%}"
        f" | {told.late_at(0.5):.0f} / {told.late_at(0.99):.0f} | {told.longest_queue}"
        f" | {fleet.workers * CONNECTIONS_A_WORKER} |"
    )


HEAD = (
    "| world | workers | hours | readings/s | jobs/s | news/s | a worker's core | PostgreSQL's cores, mean / peak"
    " | transactions/s | log MB/s | turn | late s, half / 99 % | longest queue | connections |\n" + "|---" * 14 + "|"
)


def shown(world: World, workers: Sequence[int], hours: float, name: str, costs: Figures) -> None:
    for count in workers:
        fleet = Fleet(count)
        print(line(name, world, fleet, Simulation(world, fleet, costs).run(hours)), flush=True)


def main() -> None:
    costs = load()
    world = World(sources=int(os.environ.get("FLEET_SOURCES", "1000000")))
    print(f"From the costs measured on {costs.day}.\n{HEAD}")
    shown(world, (1, 2, 4), 3.0, "10 blogs a host", costs)
    shown(replace(world, blogs_a_host=1000), (2,), 3.0, "1,000 blogs a host", costs)
    shown(replace(world, first_time=True), (4, 8), 100.0, "all new, 10 a host", costs)
    posts = world.sources * 30
    print(
        f"\nKept: {world.sources * costs.source_bytes / 1e9:.1f} GB for the sources,"
        f" {posts * costs.post_bytes / 1e9:.0f} GB for {posts:,} posts of sixty words ({costs.post_bytes:.0f} bytes)."
    )
