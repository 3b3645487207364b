"""What became of claimed recipients: what the server said, what is in doubt, and what a person decided on that."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.store.database import Store, StoreError
from aggregator.store.outbox import Recipient, claim_on, let_go, recipients
from aggregator.store.rows import utc

Settled = Literal["accepted", "refused", "deferred", "uncertain"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claimed recipient."""

    recipient: Recipient
    state: Settled
    reply: str
    """The server's reply, or why there is none."""
    retry_at: datetime | None = None
    """When a deferred one is due again; any later time where it is None."""


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


def try_again(store: Store, recipients: Iterable[Recipient], now: datetime) -> None:
    """Let recipients who were refused be due again, because it was not they who were."""
    with store.transaction():
        for one in recipients:
            store.write(
                "UPDATE outbox SET state = 'deferred', retry_at = ?, changed_at = ?"
                " WHERE issue = ? AND identity = ? AND state = 'refused'",
                (utc(now), utc(now), one.issue, one.identity),
            )


def abandoned(store: Store, issue: str) -> tuple[Recipient, ...]:
    """The claimed recipients whose sender is gone; held from now on, until they are settled or recovered.

    Where only one process sends, that is every one there is when it begins.
    """
    held = {
        one.identity for one in recipients(store, issue, "claimed") if store.hold(claim_on(store, issue, one.identity))
    }
    found = tuple(one for one in recipients(store, issue, "claimed") if one.identity in held)
    settled_meanwhile = held - {one.identity for one in found}
    for identity in settled_meanwhile:
        store.let_go(claim_on(store, issue, identity))
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
