"""Who gets the newsletter, and who must never get it again. Two spellings of one address are one subscriber."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.store.addresses import identity_of, mark_of
from aggregator.store.database import Row, Store
from aggregator.store.rows import at, moment, utc

SubscriberState = Literal["pending", "active"]
"""Pending: asked to confirm, and not answered yet; no newsletter goes there."""
Outcome = Literal["added", "known", "suppressed", "refused"]


@dataclass(frozen=True, slots=True)
class Subscriber:
    identity: str
    """What all spellings of the address have in common."""
    address: str
    """As it was given."""
    name: str
    state: SubscriberState
    consent: str
    """How they agreed, in words; '' when nobody told."""
    consent_at: datetime | None
    """When they did, as was told; None while they are asked."""
    added: datetime
    changed: datetime


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A subscriber to be added."""

    address: str
    name: str = ""
    consent: str = ""
    state: SubscriberState = "active"
    consent_at: datetime | None = None
    """The moment of adding, where it is not told."""
    place: str = ""
    """Where it stands in a file: `line 7`."""


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding one address, in a sentence that names it."""

    address: str
    outcome: Outcome
    sentence: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that gets nothing, whoever imports it again."""

    identity: str
    reason: str
    since: datetime


def add(store: Store, newcomers: Iterable[Newcomer], now: datetime) -> tuple[Added, ...]:
    """Add subscribers, in one transaction; what came of each, in their order. Bad addresses are refused, not raised."""
    with store.transaction():
        return tuple(add_one(store, newcomer, now) for newcomer in newcomers)


def add_one(store: Store, newcomer: Newcomer, now: datetime) -> Added:
    address, identity = newcomer.address.strip(), identity_of(newcomer.address)
    shown = f"{newcomer.place}: {shown_address(address)}" if newcomer.place else shown_address(address)
    if identity is None:
        return Added(address, "refused", f"{shown}: this is no mail address.")
    suppressed = store.row("SELECT reason FROM suppression WHERE identity IN (?, ?)", (identity, mark_of(identity)))
    if suppressed:
        return Added(address, "suppressed", f"{shown}: left out, because: {suppressed['reason']}.")
    agreed = (newcomer.consent_at or now) if newcomer.state == "active" else newcomer.consent_at
    values = (
        identity, address, plain(newcomer.name), newcomer.state, plain(newcomer.consent),
        utc(agreed) if agreed else None, utc(now), utc(now),
    )  # fmt: skip
    added = store.write(
        "INSERT INTO subscriber (identity, address, name, state, consent, consent_at, added_at, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identity) DO NOTHING",
        values,
    )
    if added:
        return Added(address, "added", f"{shown}: added.")
    return Added(address, "known", f"{shown}: is subscribed already.")


def shown_address(address: str) -> str:
    """`address` on one line of a terminal, whatever it is; not all of it where it is endless."""
    shown = repr(address)[1:-1]
    return shown if len(shown) <= 100 else f"{shown[:100]}…"


def plain(text: str) -> str:
    """One line without what a terminal or a spreadsheet would act on, of at most 300 characters."""
    return " ".join(UNSEEN.sub(" ", text).split())[:300]


UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def confirm(store: Store, address: str, consent: str, now: datetime) -> bool:
    """A pending subscriber said yes: active from now on, and `consent` says how. False when there is none such."""
    values = consent, utc(now), utc(now), identity_of(address)
    with store.transaction():
        confirmed = store.write(
            "UPDATE subscriber SET state = 'active', consent = ?, consent_at = ?, changed_at = ?"
            " WHERE identity = ? AND state = 'pending'",
            values,
        )
        return confirmed > 0


def remove(store: Store, address: str, reason: str, now: datetime) -> bool:
    """End a subscription and suppress the address, so that no import brings it back. Whether it was subscribed."""
    identity = identity_of(address)
    if identity is None:
        return False
    with store.transaction():
        store.write(SUPPRESS, (identity, reason, utc(now)))
        return store.write("DELETE FROM subscriber WHERE identity = ?", (identity,)) > 0


SUPPRESS = "INSERT INTO suppression (identity, reason, at) VALUES (?, ?, ?) ON CONFLICT (identity) DO NOTHING"


def suppress(store: Store, address: str, reason: str, now: datetime) -> bool:
    """The same as `remove`, for an address that need not be subscribed; False when it is no address."""
    remove(store, address, reason, now)
    return identity_of(address) is not None


def allow(store: Store, address: str) -> bool:
    """Lift a suppression, because its owner asked for the newsletter anew. Whether there was one."""
    with store.transaction():
        identity = identity_of(address) or ""
        return store.write("DELETE FROM suppression WHERE identity IN (?, ?)", (identity, mark_of(identity))) > 0


def list_subscribers(store: Store, state: SubscriberState | None = None) -> tuple[Subscriber, ...]:
    """The subscribers, or those in `state`, by identity."""
    condition, values = ("WHERE state = ?", (state,)) if state else ("", ())
    rows = store.rows(f"SELECT * FROM subscriber {condition} ORDER BY identity", values)
    return tuple(subscriber_of(row) for row in rows)


def any_active(store: Store) -> bool:
    """Whether there is anybody to send to."""
    return store.row("SELECT 1 FROM subscriber WHERE state = 'active'") is not None


def find_subscriber(store: Store, address: str) -> Subscriber | None:
    """The subscriber with this address, however it is spelt."""
    row = store.row("SELECT * FROM subscriber WHERE identity = ?", (identity_of(address),))
    return subscriber_of(row) if row else None


def subscriber_of(row: Row) -> Subscriber:
    return Subscriber(
        row["identity"], row["address"], row["name"], row["state"], row["consent"],
        moment(row["consent_at"]), at(row["added_at"]), at(row["changed_at"]),
    )  # fmt: skip
