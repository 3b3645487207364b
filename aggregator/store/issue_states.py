"""The states that an issue goes through, and which may follow which.

draft -> built -> approved -> sending -> sent or stopped; stopped -> sending; dropped at any moment before sending.
A draft is not stored: an issue begins to exist when it is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aggregator.model import IssueState
from aggregator.store.database import Store
from aggregator.store.refusal import Refused
from aggregator.store.rows import utc

BEFORE: Mapping[IssueState, tuple[IssueState, ...]] = {
    "built": ("built", "dropped"),
    "approved": ("built",),
    "dropped": ("built", "approved"),
    "sending": ("approved", "stopped"),
    "stopped": ("sending",),
    "sent": ("sending",),
}
"""The states from which an issue may come to each state."""


def states(store: Store) -> dict[str, IssueState]:
    """The state of every issue that was ever built, by name, oldest first."""
    return {row["name"]: row["state"] for row in store.rows("SELECT name, state FROM issue ORDER BY name")}


def approve(store: Store, name: str, now: datetime) -> None:
    """From built to approved. Raises Refused, with a sentence, from any other state."""
    change(store, name, "approved", now)


def drop(store: Store, name: str, now: datetime) -> None:
    """Give the issue up: its posts are free for another. Raises Refused once it is being sent."""
    with store.transaction():
        change_state(store, name, "dropped", now, "")
        free_items(store, name)


def mark_sending(store: Store, name: str, now: datetime) -> None:
    """From approved or stopped to sending. Raises Refused from any other state."""
    change(store, name, "sending", now)


def mark_stopped(store: Store, name: str, now: datetime, sentence: str) -> None:
    """From sending to stopped, and why. Raises Refused from any other state."""
    change(store, name, "stopped", now, sentence)


def mark_sent(store: Store, name: str, now: datetime) -> None:
    """From sending to sent. Raises Refused from any other state, and while a mail still waits or is in doubt."""
    with store.transaction():
        row = store.row(
            "SELECT COUNT(*) AS recipients FROM outbox WHERE issue = ?"
            " AND state IN ('pending', 'claimed', 'deferred', 'uncertain')",
            (name,),
        )
        if row and row["recipients"]:
            raise Refused(f"Issue {name} is not sent: {row['recipients']} of its mails wait or are in doubt.")
        change_state(store, name, "sent", now, "")


def change(store: Store, name: str, state: IssueState, now: datetime, sentence: str = "") -> None:
    with store.transaction():
        change_state(store, name, state, now, sentence)


def change_state(store: Store, name: str, state: IssueState, now: datetime, sentence: str) -> None:
    must_come_to(store, name, state)
    values = state, sentence, utc(now), name
    store.write("UPDATE issue SET state = ?, sentence = ?, changed_at = ? WHERE name = ?", values)


def must_come_to(store: Store, name: str, state: IssueState, *, known: bool = True) -> None:
    """Raises Refused when the issue may not come to `state` from the one it is in."""
    row = store.row("SELECT state FROM issue WHERE name = ?", (name,))
    if row is None and known:
        raise Refused(f"There is no issue {name}; `aggregator digest list` shows those there are.")
    if row is not None and row["state"] not in BEFORE[state]:
        raise Refused(f"Issue {name} is {row['state']}; it has to be {' or '.join(BEFORE[state])} to become {state}.")


def free_items(store: Store, name: str) -> None:
    store.write("DELETE FROM issue_item WHERE issue = ?", (name,))
    store.write("DELETE FROM issue_left_out WHERE issue = ?", (name,))
