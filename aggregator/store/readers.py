"""What the store holds of one person, and how it forgets them; mails that came back, and whose token is whose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aggregator.store import links
from aggregator.store.addresses import identity_of, mark_of
from aggregator.store.database import Store
from aggregator.store.rows import utc
from aggregator.store.subscribers import SUPPRESS, find_subscriber


def known_of(store: Store, address: str) -> dict[str, Any]:
    """Everything that is kept of the person with this address; empty when nothing is."""
    identity = identity_of(address) or ""
    found: dict[str, Any] = {}
    if subscriber := find_subscriber(store, address):
        found["subscriber"] = asdict(subscriber)
    for name, statement in OF_ONE_PERSON.items():
        rows = store.rows(statement, (identity,))
        if rows:
            found[name] = [dict(zip(COLUMNS[name], [row[column] for column in COLUMNS[name]], strict=True))
                           for row in rows]  # fmt: skip
    if store.row("SELECT 1 FROM suppression WHERE identity = ?", (mark_of(identity),)):
        found["erased"] = "Only a hash of the address is kept, so that nothing is sent there again."
    return found


OF_ONE_PERSON = {
    "suppression": "SELECT reason, at FROM suppression WHERE identity = ?",
    "mails": "SELECT issue, address, name, message_id, state, reply, changed_at FROM outbox WHERE identity = ?"
             " ORDER BY issue",
    "bounces": "SELECT issue, status, reply, at FROM bounce WHERE identity = ? ORDER BY issue",
    "links": "SELECT token FROM link WHERE identity = ? ORDER BY token",
}  # fmt: skip
COLUMNS = {
    "suppression": ("reason", "at"),
    "mails": ("issue", "address", "name", "message_id", "state", "reply", "changed_at"),
    "bounces": ("issue", "status", "reply", "at"),
    "links": ("token",),  # a digest of it
}


def erase(store: Store, address: str, now: datetime) -> bool:
    """Forget the person with this address, but for a hash, which no import gets past. Whether anything was known.

    Rows of mails stay, so that counts stay true, and name nobody. Only for whoever holds the lock.
    """
    identity = identity_of(address)
    if identity is None:
        return False
    mark, stamp = mark_of(identity), utc(now)
    was = bool(known_of(store, address))
    with store.transaction():
        store.write("DELETE FROM subscriber WHERE identity = ?", (identity,))
        store.write("DELETE FROM suppression WHERE identity = ?", (identity,))
        store.write("DELETE FROM bounce WHERE identity = ?", (identity,))
        links.forget(store, identity)
        store.write(SUPPRESS, (mark, "erased at their request", stamp))
        store.write(
            "UPDATE outbox SET state = 'skipped' WHERE identity = ? AND state IN ('pending', 'deferred')", (identity,)
        )
        store.write(
            "UPDATE outbox SET identity = ?, address = '', name = '', reply = '', changed_at = ? WHERE identity = ?",
            (mark, stamp, identity),
        )
    return was


def mailed_as(store: Store, message_id: str) -> tuple[str, str] | None:
    """The identity and the issue of the mail with this Message-ID; None when no such mail was made."""
    row = store.row("SELECT identity, issue FROM outbox WHERE message_id = ?", (message_id,))
    return (row["identity"], row["issue"]) if row else None


def bounced(
    store: Store, identity: str, issue: str, status: str, reply: str, now: datetime, enough: int
) -> tuple[int, bool]:
    """Note a mail that came back for good: of how many issues by now, and whether the reader is suppressed for it."""
    with store.transaction():
        store.write(
            "INSERT INTO bounce (identity, issue, status, reply, at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (identity, issue) DO NOTHING",
            (identity, issue, status, reply, utc(now)),
        )
        row = store.row("SELECT COUNT(*) AS issues FROM bounce WHERE identity = ?", (identity,))
        issues = int(row["issues"]) if row else 0
        if issues >= enough and not identity.startswith("sha256:"):
            store.write(SUPPRESS, (identity, f"mail came back of {issues} issues, the last with {status}", utc(now)))
            store.write("DELETE FROM subscriber WHERE identity = ?", (identity,))
        return issues, issues >= enough


def every_identity(store: Store) -> Iterator[list[str]]:
    """Whoever may have a token of ours, in groups: readers, those who are asked, who got a mail once, and who left."""
    last = ""
    statement = (
        "SELECT identity FROM subscriber WHERE identity > ? UNION SELECT identity FROM outbox WHERE identity > ?"
        " UNION SELECT identity FROM suppression WHERE identity > ? ORDER BY identity LIMIT 1000"
    )
    while rows := store.rows(statement, (last, last, last)):
        yield [row["identity"] for row in rows]
        last = rows[-1]["identity"]
