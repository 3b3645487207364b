"""Who is sent to next: claimed for good before anything goes out, unless they unsubscribed since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.store.database import Row, Store, marks
from aggregator.store.outbox import OutboxState, Recipient, claim_on, let_go, recipient_of
from aggregator.store.refusal import Refused
from aggregator.store.rows import utc
from aggregator.store.settling import Outcome, write_outcomes

DOMAIN = "REPLACE(identity, RTRIM(identity, REPLACE(identity, '@', '')), '')"
"""What stands behind the last @ of an identity, as both databases can tell: all before it is what is left when other
letters are taken off its end."""


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
    the disk then serves both. Raises Refused when the issue is not being sent, as when another sender has just ended
    it; what is settled is kept then, too.
    """
    with store.transaction():
        write_outcomes(store, settled, now)
        ended = why_not_sending(store, issue)
        claimed = [] if ended else claim_due(store, issue, now, count, spared)
        note(claimed)
    let_go(store, (one.recipient for one in settled))
    if ended:
        raise Refused(ended)
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
               if one.identity not in gone and store.hold(claim_on(store, issue, one.identity))]  # fmt: skip
    for one in claimed:
        store.write(
            "UPDATE outbox SET state = 'claimed', tries = ?, changed_at = ? WHERE issue = ? AND identity = ?",
            (one.tries, utc(now), issue, one.identity),
        )
    return claimed


def due(store: Store, issue: str, now: datetime, count: int, spared: Collection[str]) -> list[Row]:
    """Those never tried first, then those whose time to try again has come."""
    domains = list(spared)
    others = f" AND {DOMAIN} NOT IN ({marks(domains)})" if domains else ""
    first = f"SELECT * FROM outbox WHERE issue = ? AND state = 'pending'{others} ORDER BY identity LIMIT {count}"
    again = (
        f"SELECT * FROM outbox WHERE issue = ? AND state = 'deferred' AND retry_at < ?{others}"
        f" ORDER BY identity LIMIT {count}"
    )
    return store.rows(first, (issue, *domains)) or store.rows(again, (issue, utc(now), *domains))


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
