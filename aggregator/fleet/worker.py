"""One worker: does jobs until it is told to stop, whatever happens to PostgreSQL meanwhile."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import psycopg
from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from aggregator.fleet.means import Means
from aggregator.fleet.pace import Pace
from aggregator.fleet.queue import app_for, prepare
from aggregator.fleet.tasks import PLAN, define_tasks
from aggregator.model import Outcome
from aggregator.settings import Settings
from aggregator.store import StoreError

CONCURRENCY = 50
SECONDS_BETWEEN_TRIES = 2.0
HOURS_TO_KEEP_FAILED = 24
SWEEPS_BETWEEN_CLEANINGS = 240


def work(
    settings: Settings,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
    watch: Callable[[Outcome], None] = lambda outcome: None,
    concurrency: int = CONCURRENCY,
    pace: Pace | None = None,
) -> None:
    """Do jobs until SIGTERM or SIGINT, then end those that were begun. Raises StoreError when it cannot begin."""
    logging.getLogger("procrastinate").addHandler(Telling(say))
    logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
    asyncio.run(work_until_told(Means(settings, clock, say, watch), concurrency, pace or Pace()))


class Telling(logging.Handler):
    """Procrastinate's warnings as sentences, without tracebacks; a lost connection is told by who notices it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self.say = say

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, ConnectorException):
            self.say(f"{record.getMessage()}{f' ({plain(error)})' if error else ''}")


def plain(error: BaseException) -> str:
    return " ".join(str(error.__cause__ or error).split())


async def work_until_told(means: Means, concurrency: int, pace: Pace) -> None:
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    # A job that was given up and done by another cannot be ended here: Procrastinate leaves that to the event loop.
    loop.set_exception_handler(lambda _, context: left_over(context, means))
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told.set)
    try:
        prepare(means.store)
        with means.workers:
            while not told.is_set():
                try:
                    await work_while_it_lasts(means, told, concurrency, pace)
                except (ConnectorException, psycopg.Error, StoreError) as error:
                    means.say(f"The connection to PostgreSQL was lost; it is tried again. ({plain(error)})")
                with suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), SECONDS_BETWEEN_TRIES)
    finally:
        means.close()


def left_over(context: dict[str, Any], means: Means) -> None:
    error = context.get("exception")
    if not isinstance(error, ConnectorException):
        means.say(f"{context['message']}{f' ({plain(error)})' if error else ''}")


async def work_while_it_lasts(means: Means, told: asyncio.Event, concurrency: int, pace: Pace) -> None:
    """Do jobs until told to stop, or until the connection to the queue is lost."""
    app = app_for(means.store.address)
    define_tasks(app, means, pace)
    async with app.open_async():
        with suppress(AlreadyEnqueued):
            await app.tasks[PLAN].configure(queueing_lock=PLAN).defer_async(timestamp=0)
        working = asyncio.create_task(
            app.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                delete_jobs="successful",
                update_heartbeat_interval=pace.heartbeat_every,
                stalled_worker_timeout=pace.stalled_after,
                fetch_job_polling_interval=pace.look_every,
                shutdown_graceful_timeout=pace.drain_within,
            )
        )
        sweeping = asyncio.create_task(sweep_for_ever(app, means, pace))
        stopping = asyncio.create_task(told.wait())
        await asyncio.wait({working, sweeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        means.draining = told.is_set()
        for task in (working, sweeping, stopping):
            task.cancel()
        for ended in await asyncio.gather(working, sweeping, stopping, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def sweep_for_ever(app: App, means: Means, pace: Pace) -> None:
    """Give the jobs of workers that are gone to others. One worker at a time does so for all."""
    what, count = f"sweep {means.store.address.publication}", 0
    while True:
        await asyncio.sleep(pace.sweep_every)
        if not means.store.hold(what):
            continue
        try:
            await sweep(app, pace)
            if count % SWEEPS_BETWEEN_CLEANINGS == 0:
                await app.job_manager.delete_old_jobs(
                    HOURS_TO_KEEP_FAILED, include_failed=True, include_cancelled=True, include_aborted=True
                )
            count += 1
        finally:
            means.store.let_go(what)


async def sweep(app: App, pace: Pace) -> None:
    """A job whose worker has not shown that it lives waits again; its worker may have been killed, or cut off."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=pace.stalled_after):
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:  # the same work was planned again meanwhile
            with suppress(ConnectorException):
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
