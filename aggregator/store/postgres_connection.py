"""Opening a connection to PostgreSQL: what holds for every session, and which servers are refused."""

from __future__ import annotations

import psycopg
from psycopg.rows import DictRow, dict_row

from aggregator.store.database import StoreError
from aggregator.store.postgres_address import Address
from aggregator.store.postgres_wording import connecting, running, too_old, wrong_encoding

OLDEST_SERVER = 140000
SESSION = (
    "SET statement_timeout = '120s'",
    "SET lock_timeout = '60s'",
    # A process that was stopped in the middle of a transaction lets go of what it holds.
    "SET idle_in_transaction_session_timeout = '60s'",
    # The promise of sqlite.py: what was committed is there after a power cut, whatever the server's default.
    "SET synchronous_commit = on",
    # A machine that is gone without a word lets go of its locks within half a minute.
    "SET tcp_keepalives_idle = 15",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)


def connect(address: Address) -> psycopg.Connection[DictRow]:
    """A connection that sees the publication's schema. Raises StoreError with a sentence."""
    try:
        connection = psycopg.Connection.connect(
            address.conninfo, autocommit=True, row_factory=dict_row, cursor_factory=psycopg.RawCursor
        )
    except psycopg.Error as error:
        raise StoreError(connecting(error, address.place)) from error
    try:
        for statement in (*SESSION, f'SET search_path TO "{address.publication}"'):
            connection.execute(statement)
        told = connection.info
        if told.server_version < OLDEST_SERVER:
            raise StoreError(too_old(told.server_version, OLDEST_SERVER, address.place))
        encoding = told.parameter_status("server_encoding") or ""
        if encoding != "UTF8":
            raise StoreError(wrong_encoding(encoding, address.place))
    except psycopg.Error as error:
        connection.close()
        raise StoreError(running(error, address.place)) from error
    except BaseException:
        connection.close()
        raise
    return connection
