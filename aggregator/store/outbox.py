"""One row a recipient of an issue: never twice without being told to, never silently not at all.

pending -> claimed -> accepted, refused, deferred or uncertain; deferred -> claimed again. Rows are claimed, durably,
before the message goes out, and settled with the server's reply after, several in one transaction. What is still
claimed when a sender starts was in doubt when the one before it ended: the server may have taken the message
(RFC 1047). That is `uncertain`, and nobody but a person decides on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from aggregator.store import links
from aggregator.store.database import Row, Store
from aggregator.store.issues import change_state, must_come_to
from aggregator.store.rows import at, moment, utc

OutboxState = Literal["pending", "claimed", "accepted", "refused", "deferred", "uncertain", "skipped"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One mailbox that an issue goes to, as it was when the recipients were fixed."""

    issue: str
    identity: str
    address: str
    name: str
    message_id: str
    state: OutboxState
    reply: str
    """The server's last answer, or why nothing was sent."""
    tries: int
    retry_at: datetime | None
    changed: datetime


def prepare(
    store: Store,
    issue: str,
    message_id: Callable[[str], str],
    now: datetime,
    token: Callable[[str], str] | None = None,
) -> int:
    """Begin or go on sending `issue`: from approved or stopped to sending. How many recipients it has.

    The first time fixes the recipients: every active subscriber who is not suppressed, each with the Message-ID that
    `message_id` gives for its identity, and keeps whose the `token` is that its mail will hold. Later times add nobody.
    Raises StoreError when the issue is in another state.
    """
    row = store.row("SELECT state, addressed_at FROM issue WHERE name = ?", (issue,))
    if row is None or row["state"] != "sending":
        must_come_to(store, issue, "sending")
    last = ""
    while row is None or row["addressed_at"] is None:
        with store.transaction():
            last = address(store, issue, message_id, now, last, token)
        if not last:
            break
    with store.transaction():
        row = store.row("SELECT state, addressed_at FROM issue WHERE name = ?", (issue,))
        if row is None or row["state"] != "sending":
            change_state(store, issue, "sending", now, "")
        store.write("UPDATE issue SET addressed_at = ? WHERE name = ? AND addressed_at IS NULL", (utc(now), issue))
        row = store.row("SELECT COUNT(*) AS recipients FROM outbox WHERE issue = ?", (issue,))
        return int(row["recipients"]) if row else 0


def address(
    store: Store,
    issue: str,
    message_id: Callable[[str], str],
    now: datetime,
    after: str,
    token: Callable[[str], str] | None,
) -> str:
    """Note the next thousand recipients after the identity `after`; the last of them, '' when there was none.

    A thousand at a time: memory does not grow with their number. Nothing is sent to them before all are noted.
    """
    active = store.rows(
        "SELECT identity, address, name FROM subscriber WHERE state = 'active' AND identity > ?"
        " AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.identity = subscriber.identity)"
        " ORDER BY identity LIMIT 1000",
        (after,),
    )
    stamp = utc(now)
    store.write_many(
        "INSERT INTO outbox (issue, identity, address, name, message_id, state, changed_at)"
        " VALUES (?, ?, ?, ?, ?, 'pending', ?) ON CONFLICT (issue, identity) DO NOTHING",
        [(issue, row["identity"], row["address"], row["name"], message_id(row["identity"]), stamp) for row in active],
    )
    if token is not None:
        links.keep(store, ((token(row["identity"]), row["identity"]) for row in active))
    return str(active[-1]["identity"]) if active else ""


def claim_on(store: Store, issue: str, identity: str) -> str:
    """What a sender holds for as long as it has claimed a recipient, so that others see whether it lives."""
    return f"mail {store.publication} {issue} {identity}"


def let_go(store: Store, recipients: Iterable[Recipient]) -> None:
    for one in recipients:
        store.let_go(claim_on(store, one.issue, one.identity))


def recipients(store: Store, issue: str, state: OutboxState | None = None) -> tuple[Recipient, ...]:
    """The recipients of an issue, or those in `state`, by identity."""
    condition, values = ("AND state = ?", (issue, state)) if state else ("", (issue,))
    rows = store.rows(f"SELECT * FROM outbox WHERE issue = ? {condition} ORDER BY identity", values)
    return tuple(recipient_of(row) for row in rows)


def counts(store: Store, issue: str) -> dict[OutboxState, int]:
    """How many recipients are in each state; every state is there."""
    rows = store.rows("SELECT state, COUNT(*) AS recipients FROM outbox WHERE issue = ? GROUP BY state", (issue,))
    found = {row["state"]: row["recipients"] for row in rows}
    return {state: found.get(state, 0) for state in get_args(OutboxState)}


def recipient_of(row: Row) -> Recipient:
    return Recipient(
        row["issue"], row["identity"], row["address"], row["name"], row["message_id"], row["state"], row["reply"],
        row["tries"], moment(row["retry_at"]), at(row["changed_at"]),
    )  # fmt: skip
