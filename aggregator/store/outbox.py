"""One row a recipient of an issue: never twice without being told to, never silently not at all.

pending -> claimed -> accepted, refused, deferred or uncertain; deferred -> claimed again. Rows are claimed, durably,
before the message goes out, and settled with the server's reply after, several in one transaction. What is still
claimed when a sender starts was in doubt when the one before it ended: the server may have taken the message
(RFC 1047). That is `uncertain`, and nobody but a person decides on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from aggregator.store import links
from aggregator.store.database import Row, Store, StoreError, marks
from aggregator.store.issues import change_state, must_come_to
from aggregator.store.rows import at, moment, utc

OutboxState = Literal["pending", "claimed", "accepted", "refused", "deferred", "uncertain", "skipped"]
Settled = Literal["accepted", "refused", "deferred", "uncertain"]


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claimed recipient."""

    recipient: Recipient
    state: Settled
    reply: str
    """The server's reply, or why there is none."""
    retry_at: datetime | None = None
    """When a deferred one is due again; any later time where it is None."""


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


def claim(
    store: Store,
    issue: str,
    now: datetime,
    count: int,
    *,
    spared: Collection[str] = (),
    note: Callable[[list[Recipient]], None] = lambda claimed: None,
    settled: Sequence[Outcome] = (),
) -> list[Recipient]:
    """At most `count` recipients to send to, claimed for good before this returns; none when nobody is due.

    Those who unsubscribed since are skipped; those at the domains in `spared` wait for another time. `note` is told
    who is being claimed before that is kept. `settled` is kept in the same transaction, as `settle` does: one wait for
    the disk then serves both. Raises StoreError when the issue is not being sent; what is settled is kept then, too.
    """
    with store.transaction():
        write_outcomes(store, settled, now)
        ended = why_not_sending(store, issue)
        claimed = [] if ended else claim_due(store, issue, now, count, spared)
        note(claimed)
    let_go(store, (one.recipient for one in settled))
    if ended:
        raise StoreError(ended)
    return claimed


def claim_due(store: Store, issue: str, now: datetime, count: int, spared: Collection[str]) -> list[Recipient]:
    """Those who are due, claimed, but for those who are skipped."""
    while rows := due(store, issue, now, count, spared):
        identities = [row["identity"] for row in rows]
        reasons = store.rows(
            f"SELECT identity, reason FROM suppression WHERE identity IN ({marks(identities)})", identities
        )
        gone = {row["identity"]: row["reason"] for row in reasons}
        for row in rows:
            if row["identity"] in gone:
                set_state(store, row, "skipped", f"Not sent: {gone[row['identity']]}.", None, now)
        if len(gone) < len(rows):
            break
    claimed = [replace(one, state="claimed", tries=one.tries + 1, changed=now)
               for one in map(recipient_of, rows)
               if one.identity not in gone and store.hold(claim_on(issue, one.identity))]  # fmt: skip
    for one in claimed:
        store.write(
            "UPDATE outbox SET state = 'claimed', tries = ?, changed_at = ? WHERE issue = ? AND identity = ?",
            (one.tries, utc(now), issue, one.identity),
        )
    return claimed


def due(store: Store, issue: str, now: datetime, count: int, spared: Collection[str]) -> list[Row]:
    """Those never tried first, then those whose time to try again has come."""
    others = " AND identity NOT LIKE ?" * len(spared)
    domains = [f"%@{domain}" for domain in spared]  # as identity_of leaves them: no wildcard is in one
    first = f"SELECT * FROM outbox WHERE issue = ? AND state = 'pending'{others} ORDER BY identity LIMIT {count}"
    again = (
        f"SELECT * FROM outbox WHERE issue = ? AND state = 'deferred' AND retry_at < ?{others}"
        f" ORDER BY identity LIMIT {count}"
    )
    return store.rows(first, (issue, *domains)) or store.rows(again, (issue, utc(now), *domains))


def settle(store: Store, outcomes: Iterable[Outcome], now: datetime) -> None:
    """What became of claimed recipients, with the server's replies; durable before this returns.

    Raises StoreError when a row is not claimed: then somebody else decided on it, and sending on would be wrong.
    """
    outcomes = list(outcomes)
    with store.transaction():
        write_outcomes(store, outcomes, now)
    let_go(store, (one.recipient for one in outcomes))


def write_outcomes(store: Store, outcomes: Iterable[Outcome], now: datetime) -> None:
    stamp = utc(now)
    for one in outcomes:
        retry_at = utc(one.retry_at or now) if one.state == "deferred" else None
        values = one.state, one.reply, retry_at, stamp, one.recipient.issue, one.recipient.identity
        settled = store.write(
            "UPDATE outbox SET state = ?, reply = ?, retry_at = ?, changed_at = ?"
            " WHERE issue = ? AND identity = ? AND state = 'claimed'",
            values,
        )
        if not settled:
            raise StoreError(
                f"The mail of issue {one.recipient.issue} to {one.recipient.address} is not claimed any more: "
                "somebody else decided on it."
            )


def release(store: Store, recipients: Iterable[Recipient], now: datetime) -> None:
    """Give back claimed recipients of whom it is known that nothing was sent to them: they wait as before."""
    recipients = list(recipients)
    with store.transaction():
        for one in recipients:
            store.write(
                "UPDATE outbox SET state = 'pending', tries = tries - 1, changed_at = ?"
                " WHERE issue = ? AND identity = ? AND state = 'claimed'",
                (utc(now), one.issue, one.identity),
            )
    let_go(store, recipients)


def claim_on(issue: str, identity: str) -> str:
    """What a sender holds for as long as it has claimed a recipient, so that others see whether it lives."""
    return f"mail {issue} {identity}"


def let_go(store: Store, recipients: Iterable[Recipient]) -> None:
    for one in recipients:
        store.let_go(claim_on(one.issue, one.identity))


def abandoned(store: Store, issue: str) -> tuple[Recipient, ...]:
    """The claimed recipients whose sender is gone; held from now on, until they are settled or recovered.

    Where only one process sends, that is every one there is when it begins.
    """
    held = {one.identity for one in recipients(store, issue, "claimed") if store.hold(claim_on(issue, one.identity))}
    found = tuple(one for one in recipients(store, issue, "claimed") if one.identity in held)
    settled_meanwhile = held - {one.identity for one in found}
    for identity in settled_meanwhile:
        store.let_go(claim_on(issue, identity))
    return found


def recover(
    store: Store, issue: str, now: datetime, gone: Collection[Recipient] | None = None
) -> tuple[Recipient, ...]:
    """Call uncertain what a sender that is gone left claimed (`gone`, where that is known), and return all that is."""
    reply = "The program ended while this was being sent: the server may have taken it."
    gone = abandoned(store, issue) if gone is None else gone
    with store.transaction():
        for one in gone:
            store.write(
                "UPDATE outbox SET state = 'uncertain', reply = ?, changed_at = ?"
                " WHERE issue = ? AND identity = ? AND state = 'claimed'",
                (reply, utc(now), issue, one.identity),
            )
    let_go(store, gone)
    return recipients(store, issue, "uncertain")


def resolve(store: Store, issue: str, how: Literal["resend", "skip"], now: datetime) -> int:
    """Decide on all that is uncertain: send it (again), or leave it. How many there were."""
    state, reply = ("pending", "To be sent again, as told.") if how == "resend" else ("skipped", "Left, as told.")
    with store.transaction():
        return store.write(
            "UPDATE outbox SET state = ?, reply = ?, changed_at = ? WHERE issue = ? AND state = 'uncertain'",
            (state, reply, utc(now), issue),
        )


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


def why_not_sending(store: Store, issue: str) -> str:
    """A sentence; '' while the issue is being sent."""
    row = store.row("SELECT state FROM issue WHERE name = ?", (issue,))
    state = row["state"] if row else "not there"
    return "" if state == "sending" else f"Issue {issue} is {state}, so nothing of it is sent."


def set_state(store: Store, row: Row, state: OutboxState, reply: str, retry_at: datetime | None, now: datetime) -> None:
    store.write(
        "UPDATE outbox SET state = ?, reply = ?, retry_at = ?, changed_at = ? WHERE issue = ? AND identity = ?",
        (state, reply, utc(retry_at) if retry_at else None, utc(now), row["issue"], row["identity"]),
    )


def recipient_of(row: Row) -> Recipient:
    return Recipient(
        row["issue"], row["identity"], row["address"], row["name"], row["message_id"], row["state"], row["reply"],
        row["tries"], moment(row["retry_at"]), at(row["changed_at"]),
    )  # fmt: skip
