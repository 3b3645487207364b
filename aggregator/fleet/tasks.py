"""What a worker does. Every task has a name of its own: jobs outlive the program that planned them.

A job may be done twice, after a worker was killed. Nothing comes of that: a source that was read is not due any more,
what is stored is stored again as it is, and files and mails are settled in the store.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from procrastinate import App, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import JobDeferrer

from aggregator import mailing
from aggregator.figures import write_metrics
from aggregator.fleet.apart import apart
from aggregator.fleet.means import Means
from aggregator.fleet.pace import Pace
from aggregator.fleet.planning import due_hosts
from aggregator.model import Outcome
from aggregator.run import bring_out_only
from aggregator.schedule import is_due
from aggregator.store import Busy, Refused, Store, StoreError, claiming, issues
from aggregator.store import sources as stored_sources
from aggregator.visiting import follow_host, troubled_last, visiting

READ, PLAN, PUBLISH, SEND = "aggregator:read", "aggregator:plan", "aggregator:publish", "aggregator:send"
SENDERS = 4
"""Jobs that send one issue at the same time, on as many workers."""
MAILS_AT_ONCE = 500
"""Between so many a worker that is told to stop does so; others go on with the issue."""
AT_ONCE = 500
"""Jobs that are put into the queue by one statement."""
MINUTES_BETWEEN_PUBLISHINGS = 10
"""Also without news: posts dated ahead come out, and an issue becomes due."""
LATER = RetryStrategy(max_attempts=20, wait=10, retry_exceptions=[Busy, StoreError, OSError, ConnectorException])


def define_tasks(app: App, means: Means, pace: Pace) -> None:
    """Give `app` its tasks."""

    @app.periodic(cron=pace.plan, periodic_id="plan")
    @app.task(name=PLAN, queueing_lock=PLAN, lock=PLAN, priority=20)
    async def plan(timestamp: int) -> None:
        """Make jobs of what is due."""
        now, settings, store = means.clock(), means.settings(), means.store
        hosts = due_hosts(settings, store, now, hosts_at_work(store))
        for start in range(0, len(hosts), AT_ONCE):
            asked = [
                read.configure(lock=host, queueing_lock=f"{READ} {host}") for host in hosts[start : start + AT_ONCE]
            ]
            jobs = [one.job.evolve(task_kwargs={"host": one.job.lock}) for one in asked]
            await app.job_manager.batch_defer_jobs_async(jobs)
        if timestamp // 60 % MINUTES_BETWEEN_PUBLISHINGS == 0:
            await ask_once(publish.configure(queueing_lock=PUBLISH))
        for issue in issues_being_sent(store, now):
            for place in range(SENDERS):
                name = f"{SEND} {issue} {place}"
                await ask_once(send.configure(lock=name, queueing_lock=name), issue=issue)
        await apart(write_metrics, settings, now)

    @app.task(name=READ, retry=LATER)
    async def read(host: str) -> None:
        """Read the sources of one host that are due, in turn."""
        outcomes = await read_host(host, means)
        if any(outcome.new or outcome.edited or outcome.changed for outcome in outcomes):
            await ask_once(publish.configure(queueing_lock=PUBLISH, schedule_in={"seconds": pace.publish_after}))

    @app.task(name=PUBLISH, lock="publication", priority=10, retry=LATER)
    async def publish() -> None:
        """Publish what is stored, and build the issue that is due."""
        report = await apart(bring_out_only, means.settings(), means.clock())
        for warning in report.warnings:
            means.say(warning)

    @app.task(name=SEND, priority=10)
    async def send(issue: str) -> None:
        """Go on sending an issue that somebody began to send; one that was stopped waits for somebody."""
        while not means.draining and issue in issues_being_sent(means.store, means.clock()):
            try:
                sent = await apart(
                    mailing.send, means.settings(), issue, means.clock(), limit=MAILS_AT_ONCE, resolve=None
                )
            except Refused:
                return  # it was sent meanwhile
            for problem in sent.problems:
                means.say(problem)
            if sent.stopped:
                return


async def read_host(host: str, means: Means) -> list[Outcome]:
    """What came of the sources of `host` that are due. Raises Busy when another process visits it."""
    from aggregator.fetch.client import Fetcher

    now, sources, store = means.clock(), means.sources_of(host), means.store
    settings = means.loaded
    if host in stored_sources.resting_hosts(store, now):
        return []
    with visiting(host, settings, store) as free:
        if not free:
            raise Busy(f"{host}: another process is reading from it.")
        states = stored_sources.states_by_name(store, [source.name for source in sources])
        due = [one for one in sources if one.name not in states or is_due(one, states[one.name], now)]
        memories = stored_sources.memories(store, [source.name for source in due])
        going_on = (source for source in troubled_last(due, states) if not means.draining)
        async with Fetcher(settings.network, settings.publication.url, now) as fetcher:
            outcomes = await follow_host(
                going_on, memories, states, fetcher, means.workers, means.together.later, settings, store, now,
                means.watch,
            )  # fmt: skip
        stored_sources.let_rest(store, fetcher.resting(), now)
        await means.together.kept()
    return outcomes


def hosts_at_work(store: Store) -> set[str]:
    """The hosts that have a job, waiting or being done."""
    statement = "SELECT lock FROM procrastinate_jobs WHERE task_name = ? AND status IN ('todo', 'doing')"
    return {row["lock"] for row in store.rows(statement, (READ,))}


def issues_being_sent(store: Store, now: datetime) -> list[str]:
    """The issues that somebody began to send and that wait for senders."""
    found = [name for name, state in issues.states(store).items() if state == "sending"]
    return [name for name in found if claiming.due(store, name, now, 1, ())]


async def ask_once(asked: JobDeferrer, **arguments: str) -> None:
    """One more job, unless one like it waits already."""
    with suppress(AlreadyEnqueued):
        await asked.defer_async(**arguments)
