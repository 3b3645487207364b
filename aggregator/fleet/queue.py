"""The queue: Procrastinate's tables, beside those of the publication and in the same schema."""

from __future__ import annotations

from importlib.metadata import version

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.schema import SchemaManager

from aggregator.store import StoreError
from aggregator.store.holding import note, noted
from aggregator.store.postgres import PostgresStore
from aggregator.store.postgres_address import Address
from aggregator.store.queue import workers_alive

NOTE = "queue"
CONNECTIONS = 4
SECONDS_FOR_A_CONNECTION = 5.0
"""Longer means that the server is away; then the worker begins anew."""
# Procrastinate's index begins with the id, so that looking for jobs behind the same lock reads all that wait.
BY_LOCK = "CREATE INDEX queue_by_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing')"
TAKE_AWAY = (
    "DROP TABLE IF EXISTS procrastinate_periodic_defers, procrastinate_events, procrastinate_jobs,"
    " procrastinate_workers CASCADE",
    "DROP TYPE IF EXISTS procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type CASCADE",
)
FUNCTIONS = """SELECT oid::regprocedure::text AS function FROM pg_proc
    WHERE pronamespace = ?::regnamespace AND proname LIKE 'procrastinate%'"""


def app_for(address: Address) -> App:
    """Procrastinate, in the publication's schema; without tasks yet."""

    async def configure(connection: psycopg.AsyncConnection[object]) -> None:
        await connection.set_autocommit(True)
        await connection.execute(f'SET search_path TO "{address.publication}"'.encode())

    connector = PsycopgConnector(
        conninfo=address.conninfo,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=SECONDS_FOR_A_CONNECTION,
        configure=configure,
    )
    return App(connector=connector)


def prepare(store: PostgresStore) -> None:
    """Make the tables of the queue, or make them anew for another version of Procrastinate.

    Nothing is lost with them: what is due is planned again within a minute. Raises StoreError while workers of the
    other version are alive.
    """
    wanted = version("procrastinate")
    if noted(store, NOTE) == wanted:
        return
    with store.transaction():
        found = noted(store, NOTE)
        if found == wanted:
            return
        if found and workers_alive(store):
            raise StoreError(
                f"{store.place}: workers with Procrastinate {found} are at work, and this one has {wanted};"
                " stop them first"
            )
        for statement in TAKE_AWAY:
            store.write(statement)
        for row in store.rows(FUNCTIONS, (store.address.publication,)):
            store.write(f"DROP ROUTINE {row['function']} CASCADE")
        store.run_script(SchemaManager.get_schema())
        store.write(BY_LOCK)
        note(store, NOTE, wanted)
