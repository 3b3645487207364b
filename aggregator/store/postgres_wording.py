"""What an operator needs to know of an error of PostgreSQL, in a sentence. Knows nothing of the tables."""

from __future__ import annotations

import psycopg
from psycopg import errors

from aggregator.store.database import Contradiction, StoreError

MISTAKES = (
    psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError, psycopg.NotSupportedError,
    errors.ProgramLimitExceeded,
)  # fmt: skip
RUNNING = {
    "53100": "its disk is full; nothing was lost: make room and run again",
    "53200": "it is out of memory; nothing was lost: run again",
    "53300": "it takes no more connections; raise max_connections, or start fewer workers",
    "57014": "a statement took longer than it may, or was ended by somebody; nothing of it was kept: run again",
    "55P03": "another program has held its rows or its locks for a minute; run again when it is done",
    "40P01": "two programs waited for each other, and this one gave way; run again",
    "25006": "it is read-only, a standby perhaps; name the server that takes writes",
    "42501": "this user may not do that; grant it CREATE on the database, or make it the owner of the schema",
}
CONNECTING = (
    ("no password supplied", "it wants a password: set PGPASSWORD, or write it in ~/.pgpass or in a service file"),
    ("password authentication failed", "it does not take this user and password; check PGPASSWORD or ~/.pgpass"),
    ("no pg_hba.conf entry", "its pg_hba.conf lets nobody in from here as this user"),
    ("too many clients", RUNNING["53300"]),
    ("remaining connection slots", RUNNING["53300"]),
    ("starting up", "it is starting up; run again in a moment"),
    ("shutting down", "it is shutting down; run again when it is back"),
    ("Connection refused", "nothing listens there; is PostgreSQL started, and are host and port right?"),
    (
        "No such file or directory",
        "there is no server at this socket; is PostgreSQL started, or should a host be named?",
    ),
    ("could not translate host name", "no such host is known"),
    ("failed to resolve host", "no such host is known"),
    ("timeout expired", "it did not answer within the time it has; is the host right, and is no firewall between?"),
    ("definition of service", "there is no such service in ~/.pg_service.conf or PGSERVICEFILE"),
)


def plainly_of(error: psycopg.Error, place: str) -> StoreError | Contradiction:
    """An error while the store was in use, as what the rest of the program knows."""
    if isinstance(error, MISTAKES) and not isinstance(error, errors.InsufficientPrivilege):
        return Contradiction(f"{' '.join(str(error).split())} (nothing was written)")
    return StoreError(running(error, place))


def running(error: psycopg.Error, place: str) -> str:
    """Of an error while the store was in use."""
    message = " ".join(str(error).split())
    state = error.sqlstate or ""
    if state in RUNNING:
        return f"{place}: {RUNNING[state]} ({message})"
    if not state or state.startswith(("08", "57P")):
        return f"{place}: the connection was lost; nothing was half written: run again when it is back ({message})"
    return f"{place}: {message}"


def connecting(error: psycopg.Error, place: str) -> str:
    """Of an error while the store was being opened."""
    message = " ".join(str(error).split())
    if "database" in message and "does not exist" in message:
        return f"{place}: there is no such database; make it with createdb ({message})"
    for words, meaning in CONNECTING:
        if words in message:
            return f"{place}: {meaning} ({message})"
    return f"{place}: cannot be reached ({message})"


def too_old(version: int, oldest: int, place: str) -> str:
    return f"{place}: PostgreSQL {version // 10000} is too old; this needs {oldest // 10000} or newer"


def wrong_encoding(encoding: str, place: str) -> str:
    return f"{place}: the database is in {encoding}, and posts are in every script; make it with createdb -E UTF8"
