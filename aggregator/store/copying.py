"""A publication moved whole from one store to another, either way, and compared afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from aggregator.store import open_store, run_lock
from aggregator.store.database import Store, StoreError, marks
from aggregator.store.refusal import Refused
from aggregator.store.schema import STEPS, version_of

ROWS_AT_ONCE = 500
SQLITE = "sqlite:///"
NOT_COPIED = ("meta", "version"), ("meta", "queue")
"""What each store says of itself: the version of its tables, and of its queue."""


def copy_store(source: str, target: str, folder: Path) -> list[tuple[str, int]]:
    """Copy every row of the store at `source` to the empty one at `target`; how many rows each table has.

    In one transaction: after a crash the target is as empty as before. Raises Refused when the target holds anything,
    Busy while a run is at work in either, and StoreError when what arrived is not what was sent.
    """
    if source == target:
        raise Refused("A store is not copied onto itself: name two.")
    if source.startswith(SQLITE) and not (folder / source.removeprefix(SQLITE)).is_file():
        raise Refused(f"{source}: there is no such store in {folder.resolve()}.")
    with run_lock(source, folder), open_store(source, folder) as one, open_store(target, folder) as other:
        with one.turn():
            tables = tables_of(one)
            for table in tables:
                if next(rows_of(other, table), None):
                    raise Refused(f"{other.place} is not empty: its table {table} holds rows. Name an empty store.")
            with other.transaction():
                for table in tables:
                    copy_table(one, other, table)
            sent = {table: fingerprint(one, table) for table in tables}
        for table in tables:  # after the turn, which ends of itself where nobody reads for a minute
            arrived = fingerprint(other, table)
            if sent[table] != arrived:
                raise StoreError(
                    f"{other.place}: {table} differs from {one.place} ({sent[table][0]} rows there, {arrived[0]} here);"
                    " do not use this copy"
                )
        return [(table, count) for table, (count, _) in sent.items()]


def tables_of(store: Store) -> list[str]:
    """The tables, those that others refer to before them. Raises StoreError when the store is of another version."""
    if version_of(store) != len(STEPS):
        raise StoreError(f"{store.place}: the store changed its version meanwhile; begin again")
    found: dict[str, None] = {"meta": None}
    for statement in (statement for step in STEPS for statement in step):
        if made := re.match(r"\s*CREATE TABLE (?:IF NOT EXISTS )?(\w+)", statement):
            found[made[1]] = None
        if taken := re.match(r"\s*DROP TABLE (?:IF EXISTS )?(\w+)", statement):
            found.pop(taken[1], None)
        if renamed := re.match(r"\s*ALTER TABLE (\w+) RENAME TO (\w+)", statement):
            found.pop(renamed[1], None)
            found[renamed[2]] = None
    return list(found)


def copy_table(one: Store, other: Store, table: str) -> None:
    columns = one.columns(table)
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks(columns)})"
    batch: list[tuple[Any, ...]] = []
    for row in rows_of(one, table):
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            other.write_many(statement, batch)
            batch = []
    other.write_many(statement, batch)


def rows_of(store: Store, table: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in the order of its key, in the order of its columns; a part of them in memory at a time."""
    columns, key = store.columns(table), store.key(table)
    order = ", ".join(key)
    after: tuple[Any, ...] = ()
    while True:
        condition = f"WHERE ({order}) > ({marks(key)})" if after else ""
        found = store.rows(
            f"SELECT {', '.join(columns)} FROM {table} {condition} ORDER BY {order} LIMIT {ROWS_AT_ONCE}", after
        )
        for row in found:
            if (table, row[columns[0]]) not in NOT_COPIED:
                yield tuple(row[column] for column in columns)
        if len(found) < ROWS_AT_ONCE:
            return
        after = tuple(found[-1][column] for column in key)


def fingerprint(store: Store, table: str) -> tuple[int, str]:
    """How many rows a table has, and a hash of all that they hold."""
    count, digest = 0, sha256()
    columns = sorted(store.columns(table))
    places = [store.columns(table).index(column) for column in columns]
    for row in rows_of(store, table):
        count += 1
        digest.update(json.dumps([row[place] for place in places], default=bytes.hex).encode(errors="replace") + b"\n")
    return count, digest.hexdigest()
