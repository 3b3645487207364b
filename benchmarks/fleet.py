"""`python -m benchmarks fleet`: workers that are killed, a PostgreSQL that is restarted, and how fast it all goes.

Three parts. The hardship: some workers, killed with -9 at random and started again, PostgreSQL restarted once; every
source must be read, every post be there once, and no host see two connections at an instant. The takeover: how long the
job of a worker that was killed lies still. The throughput: one process on SQLite, then 1, 2 and 4 workers, over the
same hosts in the same run; only the ratios are worth reading.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from aggregator.fleet.pace import Pace
from aggregator.fleet.tasks import hosts_at_work
from aggregator.fleet.worker import CONCURRENCY
from aggregator.run import fetch_only
from aggregator.settings import Network, Person, Publication, Settings, Source
from aggregator.store import Store, open_store
from aggregator.store.queue import workers_alive
from aggregator.store.rows import utc
from tests import postgres

PROJECT = Path(__file__).parent.parent
READ = "source WHERE state IN ('ok', 'unchanged') AND last_checked IS NOT NULL"
FAILED = "SELECT name, sentence FROM source WHERE state NOT IN ('ok', 'unchanged')"
QUICK = Pace(heartbeat_every=1.0, stalled_after=4.0, sweep_every=2.0, look_every=1.0, plan="* * * * * */5")
WORKER = """
import pickle, sys
from datetime import UTC, datetime, timedelta
from aggregator.fleet.worker import work
from aggregator.store import StoreError
settings, concurrency, pace = pickle.loads(open(sys.argv[1], "rb").read())
try:
    work(settings, lambda: datetime.now(UTC), lambda text: print(text, file=sys.stderr, flush=True),
         concurrency=concurrency, pace=pace)
except StoreError as error:
    sys.exit(str(error))
"""


@dataclass(frozen=True)
class Hardship:
    """What became of one run under hardship."""

    sources: int
    read: int
    posts: int
    expected: int
    doubled: int
    most_connections: int
    hosts: int
    requests: int
    kills: int
    restarts: int
    seconds: float
    failures: tuple[str, ...]
    """What was said of sources that could not be read at first; they were read again at once."""

    @property
    def well(self) -> bool:
        whole = self.read == self.sources and self.posts == self.expected and not self.doubled
        return whole and self.most_connections == 1


@contextmanager
def hosts(posts: int) -> Iterator[int]:
    """The port at which all hosts answer."""
    command = [sys.executable, "-m", "benchmarks.fleet_hosts", str(posts)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def counts(port: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.255.0.1:{port}/counts") as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def settings_for(folder: Path, store: str, sources: int, on_hosts: int, port: int) -> Settings:
    """A publication of so many blogs on so many hosts."""
    blogs = []
    for number in range(sources):
        host = number % on_hosts
        address = f"127.{1 + host // 62500}.{host // 250 % 250}.{1 + host % 250}"
        blogs.append(
            Source(name=f"Blog {number}", url=f"http://{address}:{port}/{number}", kind="feed", full_text=False)
        )
    return Settings(
        publication=Publication(title="Blogs", url="https://example.org/", author=Person(name="Redactie")),
        network=Network(allow_private=True),
        store=store,
        sources=tuple(blogs),
        file=folder / "sources.yaml",
    )


class Crew:
    """Workers that can be killed and started again."""

    def __init__(self, settings: Settings, concurrency: int, pace: Pace, folder: Path) -> None:
        self.file = folder / "settings.pickle"
        settings.file.touch()
        self.file.write_bytes(pickle.dumps((settings, concurrency, pace)))
        self.log = (folder / "workers.log").open("ab")
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        command = [sys.executable, "-c", WORKER, str(self.file)]
        environment = os.environ | {"PYTHONPATH": str(PROJECT)}
        self.processes.append(subprocess.Popen(command, stderr=self.log, stdout=self.log, env=environment))

    def keep_up(self, count: int) -> None:
        """Start as many as ended or were killed, as systemd would."""
        self.processes = [process for process in self.processes if process.poll() is None]
        while len(self.processes) < count:
            self.start()

    def kill_one(self, random: Random) -> None:
        victim = self.processes.pop(random.randrange(len(self.processes)))
        victim.kill()
        victim.wait()

    def end(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(90)
        self.processes = []


def hardship(
    sources: int,
    on_hosts: int,
    workers: int,
    pace: Pace,
    folder: Path,
    *,
    seconds_between_kills: float,
    most_kills: int,
) -> Hardship:
    """Read all sources while workers are killed at random and PostgreSQL is restarted half-way."""
    random = Random(1)
    with hosts(1) as port, postgres.running(programs(), safe=True) as server:
        settings = settings_for(folder, f"{server.url}?publication=fleet", sources, on_hosts, port)
        crew = Crew(settings, 10, pace, folder)
        store = open_store(settings.store, folder)
        kills = restarts = 0
        failures: dict[str, str] = {}
        begun = time.monotonic()
        try:
            next_kill = begun + seconds_between_kills * (0.5 + random.random())
            while (read := number(store, READ)) < sources:
                time.sleep(0.2)
                failures |= {row["name"]: row["sentence"] for row in store.rows(FAILED)}
                with store.transaction():
                    store.write("UPDATE source SET next_check = NULL WHERE state NOT IN ('ok', 'unchanged')")
                crew.keep_up(workers)
                if time.monotonic() > next_kill and kills < most_kills:
                    crew.kill_one(random)
                    kills += 1
                    next_kill = time.monotonic() + seconds_between_kills * (0.5 + random.random())
                if read > sources // 2 and not restarts:
                    server.stop("fast")
                    server.start()
                    restarts += 1
                if time.monotonic() > begun + 300 + sources:
                    break
            seconds = time.monotonic() - begun
        finally:
            crew.end()
        told = counts(port)
        posts, links = number(store, "post"), number(store, "(SELECT DISTINCT link FROM post) AS links")
        read = number(store, READ)
        store.close()
    return Hardship(
        sources, read, posts, sources, posts - links, told["most"], told["hosts"], told["requests"], kills, restarts,
        seconds, tuple(failures.values()),
    )  # fmt: skip


def number(store: Store, table: str, *values: str) -> int:
    row = store.row(f"SELECT COUNT(*) AS rows FROM {table}", values)
    return int(row["rows"]) if row else 0


def programs() -> Path:
    found = postgres.programs()
    if found is None:
        sys.exit("This needs PostgreSQL: Debian's package postgresql.")
    return found


def takeover(folder: Path, pace: Pace) -> float:
    """Seconds from the death of a worker until another has begun its job anew."""
    doing = "SELECT attempts FROM procrastinate_jobs WHERE task_name = 'aggregator:read' AND status = 'doing'"
    # A source at an address that takes the connection and never answers keeps its worker busy.
    silent = socket.create_server(("127.0.0.1", 0))
    with hosts(1) as port, postgres.running(programs(), safe=True) as server, silent:
        settings = settings_for(folder, f"{server.url}?publication=takeover", 1, 1, port)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        settings = replace(settings, sources=(replace(settings.sources[0], url=url),))
        crew = Crew(settings, 2, pace, folder)
        with open_store(settings.store, folder) as store:
            crew.start()
            wait_until(lambda: store.has_table("procrastinate_jobs") and bool(store.rows(doing)))
            crew.start()
            wait_until(lambda: workers_alive(store) == 2)
            first = crew.processes.pop(0)
            first.kill()
            died = time.monotonic()
            wait_until(lambda: any(row["attempts"] for row in store.rows(doing)))
            seconds = time.monotonic() - died
        for process in crew.processes:
            process.kill()
            process.wait()
    return seconds


def wait_until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.05)


def throughput(sources: int, on_hosts: int, workers: int, folder: Path) -> tuple[float, float]:
    """Sources a second when all are new, and again when none has news; 0 workers is one run on SQLite."""
    folder.mkdir()
    with hosts(1) as port:
        if not workers:
            settings = settings_for(folder, "sqlite:///state/one.db", sources, on_hosts, port)
            now = datetime.now(UTC)
            with stopwatch(port) as new:
                fetch_only(settings, now, lambda outcome: None, ())
            with stopwatch(port) as known:
                fetch_only(settings, now + timedelta(days=2), lambda outcome: None, ())
            return sources / new(), sources / known()
        with postgres.running(programs(), safe=True) as server:
            settings = settings_for(folder, f"{server.url}?publication=speed", sources, on_hosts, port)
            crew = Crew(settings, CONCURRENCY, QUICK, folder)
            with open_store(settings.store, folder) as store:
                with stopwatch(port) as new:
                    crew.keep_up(workers)
                    wait_until(lambda: read_since(store, "") >= sources)
                wait_until(lambda: not hosts_at_work(store))
                again = utc(datetime.now(UTC))
                with stopwatch(port) as known:
                    with store.transaction():
                        store.write("UPDATE source SET next_check = NULL")
                    wait_until(lambda: read_since(store, again) >= sources)
            crew.end()
    return sources / new(), sources / known()


@contextmanager
def stopwatch(port: int) -> Iterator[Callable[[], float]]:
    """Seconds from the first request that the hosts see within the context to its end: starting is paid once."""
    with urllib.request.urlopen(f"http://127.255.0.1:{port}/begin"):
        pass
    ended = begun = 0.0
    yield lambda: ended - begun
    ended = time.monotonic()
    begun = counts(port)["begun"]


def read_since(store: Store, moment: str) -> int:
    return number(store, "source WHERE last_checked > ?", moment)


def main() -> None:
    sources = int(os.environ.get("FLEET_SOURCES", "20000"))
    on_hosts = int(os.environ.get("FLEET_HOSTS", "2000"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in (0, 1, 2, 4):
            cold, warm = throughput(sources // 10, on_hosts // 10, count, folder / f"speed-{count}")
            who = f"{count} workers on PostgreSQL" if count else "one process on SQLite"
            print(f"{who}: {cold:.1f} new sources/s, {warm:.1f} without news", flush=True)
        print(f"takeover: {takeover(folder, Pace()):.1f} s", flush=True)
        came = hardship(sources, on_hosts, 3, Pace(), folder, seconds_between_kills=60.0, most_kills=1000)
        print(f"{came}\n{'well' if came.well else 'NOT WELL'}")
