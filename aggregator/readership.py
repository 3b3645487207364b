"""Who gets the newsletter: added, asked, let go and forgotten, one by one or from a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator import subscriber_table
from aggregator.digest.confirmation import confirmation
from aggregator.send.one_mail import send_one
from aggregator.send.signing import signer
from aggregator.settings import Settings
from aggregator.store import Refused, Store, open_store, readers, sender_lock, subscribers
from aggregator.store.addresses import identity_of
from aggregator.store.subscribers import Added, Newcomer, Subscriber


def add(settings: Settings, newcomers: list[Newcomer], now: datetime) -> tuple[Added, ...]:
    """Add subscribers; what came of each."""
    with open_store(settings.store, settings.folder) as store:
        return subscribers.add(store, newcomers, now)


def import_table(settings: Settings, file: Path, now: datetime) -> tuple[Added, ...]:
    """Add the subscribers of a CSV file; what came of each row. Raises Refused when it is no table."""
    newcomers, unreadable = subscriber_table.read(file)
    return (*add(settings, newcomers, now), *unreadable)


def invite(settings: Settings, addresses: Iterable[str], now: datetime) -> tuple[Added, ...]:
    """Note people as asked, and ask them by mail; what came of each. Raises SendError when no mail can go out."""
    found = []
    with open_store(settings.store, settings.folder) as store:
        for address in addresses:
            asked = f"asked by mail on {now:%Y-%m-%d}"
            (added,) = subscribers.add(store, [Newcomer(address, consent=asked, state="pending")], now)
            known = subscribers.find_subscriber(store, address)
            if known is not None and known.state == "pending":
                added = ask(settings, store, known, added, now)
            found.append(added)
    return tuple(found)


def ask(settings: Settings, store: Store, known: Subscriber, added: Added, now: datetime) -> Added:
    """What came of asking one person. What the mail server says of one keeps no other from being asked."""
    sent = send_one(settings, store, known.address, signed_question(settings, known, now))
    if sent.state == "accepted":
        return Added(added.address, added.outcome, f"{known.address}: asked to confirm ({sent.reply}).")
    return Added(
        added.address, "refused",
        f"{known.address}: {sent.state}: {sent.reply}; `aggregator subscribers invite` asks again.",
    )  # fmt: skip


def signed_question(settings: Settings, to: Subscriber, now: datetime) -> Callable[[str], bytes]:
    """What makes the mail that asks somebody to confirm, of a token."""
    sign = signer(settings.mail)
    return lambda token: sign(confirmation(settings, to, token, now))


def every(settings: Settings) -> tuple[Subscriber, ...]:
    with open_store(settings.store, settings.folder) as store:
        return subscribers.list_subscribers(store)


def refuse_no_address(address: str) -> None:
    """Raises Refused for what is no mail address: who mistyped one would think that it is seen to."""
    if identity_of(address) is None:
        raise Refused(f"{address!r} is no mail address; nothing was changed.")


def remove(settings: Settings, address: str, now: datetime) -> bool:
    """End a subscription for good; whether there was one."""
    refuse_no_address(address)
    with open_store(settings.store, settings.folder) as store:
        return subscribers.remove(store, address, "unsubscribed by the editor", now)


def allow(settings: Settings, address: str) -> bool:
    """Let somebody subscribe again; whether they were kept out."""
    refuse_no_address(address)
    with open_store(settings.store, settings.folder) as store:
        return subscribers.allow(store, address)


def known_of(settings: Settings, address: str) -> dict[str, Any]:
    """Everything that is kept of one person."""
    refuse_no_address(address)
    with open_store(settings.store, settings.folder) as store:
        return readers.known_of(store, address)


def erase(settings: Settings, address: str, now: datetime) -> bool:
    """Forget one person; whether anything was known. Not while an issue is being sent."""
    refuse_no_address(address)
    with sender_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        return readers.erase(store, address, now)
