"""`python -m benchmarks fleet_costs`: what a job, a source and a source with news cost one worker and PostgreSQL.

Two shapes of the same work tell the cost of a job from that of a source: ten sources a host, and one. The figures are
kept in fleet_costs.json, by which million.py reckons what it has not tried.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from aggregator.fleet.planning import due_hosts
from aggregator.fleet.queue import prepare
from aggregator.fleet.tasks import READ, hosts_at_work
from aggregator.fleet.worker import CONCURRENCY
from aggregator.run import fetch_only
from aggregator.store import Store, open_store, postgres_turns
from aggregator.store.postgres import PostgresStore
from aggregator.store.rows import utc
from benchmarks.fleet import QUICK, Crew, hosts, programs, read_since, settings_for, wait_until
from tests import postgres

KEPT_AT = Path(__file__).parent / "fleet_costs.json"
SHAPES = (600, 60), (600, 600)
"""Sources and hosts."""
QUEUED = 100_000
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one thing: seconds of one core, and what PostgreSQL writes."""

    worker: float
    """Of the worker and its parsers."""
    postgresql: float
    log_bytes: float
    transactions: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured on one machine, on one day."""

    day: str
    job: Cost
    source: Cost
    """One that has nothing new."""
    news: Cost
    """One with one new post of some sixty words."""
    turn: float
    """Seconds in which nobody else may match, for one source with news: what one in ten does without, on a busy machine
    the nearest to what it takes on a quiet one."""
    plan: float
    """Seconds to find out what is due, for each configured source."""
    take: float
    """Seconds of PostgreSQL to hand out and end one job, of 100,000 that wait."""
    source_bytes: float
    post_bytes: float


def measure(folder: Path) -> Figures:
    (new_many, known_many), (_, known_few) = (one_worker(*shape, folder / str(shape[1])) for shape in SHAPES)
    (many, many_jobs), (few, few_jobs) = SHAPES
    # Two equations, sources * source + jobs * job = whole, for each part of a cost.
    job, source = [], []
    for whole_many, whole_few in zip(values(known_many), values(known_few), strict=True):
        each = (whole_few * many - whole_many * few) / (few_jobs * many - many_jobs * few)
        job.append(max(0.0, each))
        source.append((whole_many - many_jobs * max(0.0, each)) / many)
    news = [(whole - many_jobs * a_job) / many for whole, a_job in zip(values(new_many), job, strict=True)]
    turn, plan, take, source_bytes, post_bytes = apart(folder / "apart")
    day = datetime.now(UTC).date().isoformat()
    return Figures(day, Cost(*job), Cost(*source), Cost(*news), turn, plan, take, source_bytes, post_bytes)


def values(cost: Cost) -> list[float]:
    return [getattr(cost, field.name) for field in fields(cost)]


def one_worker(sources: int, on_hosts: int, folder: Path) -> tuple[Cost, Cost]:
    """What it costs to read all sources when they are new, and when they have nothing new."""
    folder.mkdir()
    with hosts(1) as port, postgres.running(programs(), safe=True) as server:
        settings = settings_for(folder, f"{server.url}?publication=costs", sources, on_hosts, port)
        crew = Crew(settings, CONCURRENCY, QUICK, folder)
        with open_store(settings.store, folder) as store:
            prepare_first(store)
            crew.start()
            # Starting costs a worker seconds: what is read until here is not counted.
            wait_until(lambda: read_since(store, "") > 0)

            def spent() -> Cost:
                master = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
                row = store.row(
                    "SELECT xact_commit AS transactions, pg_current_wal_lsn() - '0/0'::pg_lsn AS log"
                    " FROM pg_stat_database WHERE datname = current_database()"
                )
                assert row is not None
                worker = sum(seconds_of(one) for one in family(crew.processes[0].pid))
                server_seconds = sum(seconds_of(one) for one in family(master))
                return Cost(worker, server_seconds, float(row["log"]), float(row["transactions"]))

            def all_read(since: str) -> Cost:
                before, already = spent(), read_since(store, since)
                wait_until(lambda: read_since(store, since) >= sources)
                wait_until(lambda: not hosts_at_work(store))
                time.sleep(1.0)  # statistics of the server are told once a second
                share = sources / (sources - already)
                return Cost(*((b - a) * share for a, b in zip(values(before), values(spent()), strict=True)))

            new = all_read("")
            again = utc(datetime.now(UTC))
            with store.transaction():
                store.write("UPDATE source SET next_check = NULL")
            known = all_read(again)
        crew.end()
    return new, known


def prepare_first(store: Store) -> None:
    assert isinstance(store, PostgresStore)
    prepare(store)


def apart(folder: Path) -> tuple[float, float, float, float, float]:
    """The costs that are measured by themselves: turn, plan, take, and the bytes of a source and a post."""
    folder.mkdir()
    sources = 200
    with hosts(4) as port, postgres.running(programs(), safe=True) as server:
        settings = settings_for(folder, f"{server.url}?publication=apart", sources, 20, port)
        turns: list[float] = []
        work = postgres_turns.answer

        def timed(*arguments: object) -> None:
            begun = time.perf_counter()
            work(*arguments)  # type: ignore[arg-type, type-var]  # handed on as it came
            turns.append(time.perf_counter() - begun)

        postgres_turns.answer = timed  # type: ignore[assignment]  # for as long as it is measured
        try:
            fetch_only(settings, datetime.now(UTC), lambda outcome: None, ())
        finally:
            postgres_turns.answer = work
        with open_store(settings.store, folder) as store:
            now = datetime.now(UTC)
            plan = best(lambda: due_hosts(settings, store, now, ()), 5) / sources
            of_sources, of_posts = sizes(store, ("source", "resource")), sizes(store, ("post", "post_alias",
                "post_address", "fingerprint", "sketch", "decision"))  # fmt: skip
            posts = 4 * sources
            prepare_first(store)
            with store.transaction():
                store.write(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock)"
                    f" SELECT 'default', '{READ}', 'host' || n, 'host' || n FROM generate_series(1, {QUEUED}) AS n"
                )
                store.write("INSERT INTO procrastinate_workers DEFAULT VALUES")
            with store.transaction():
                store.write("SELECT 1")
            take = best(lambda: take_jobs(store, 100), 5) / 100
    return sorted(turns)[len(turns) // 10], plan, take, of_sources / sources, of_posts / posts


def take_jobs(store: Store, count: int) -> None:
    """Take jobs out of the queue and end them, as Procrastinate does."""
    for _ in range(count):
        with store.transaction(alone=False):
            job = store.row(
                "SELECT id FROM procrastinate_fetch_job_v2(NULL, (SELECT MIN(id) FROM procrastinate_workers))"
            )
        assert job is not None
        with store.transaction(alone=False):
            store.row("SELECT procrastinate_finish_job_v1(?, 'succeeded', true)", (job["id"],))


def sizes(store: Store, tables: Sequence[str]) -> float:
    """Bytes of these tables with their indexes."""
    found = 0
    for table in tables:
        row = store.row("SELECT pg_total_relation_size(?::regclass) AS bytes", (table,))
        found += int(row["bytes"]) if row else 0
    return float(found)


def best(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the quickest of several calls."""
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took)


def family(first: int) -> list[int]:
    """A process and all that came of it."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(status.parent.name))
    found, waiting = [], [first]
    while waiting:
        found.append(one := waiting.pop())
        waiting += children.get(one, [])
    return found


def seconds_of(process: int) -> float:
    """Processor time of a process, and of its children that have ended."""
    try:
        told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, told[11:15])) / TICKS


def load() -> Figures:
    """The figures that were measured last."""
    told = json.loads(KEPT_AT.read_text())
    costs = {name: Cost(**told[name]) for name in ("job", "source", "news")}
    return Figures(**(told | costs))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name))
    KEPT_AT.write_text(json.dumps(asdict(found), indent=2) + "\n")
    print(KEPT_AT.read_text())
