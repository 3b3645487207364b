"""What the editor does with an approved issue and its readers: send it or hand it over, and keep the list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from aggregator import subscriber_table
from aggregator.dedupe.corrections import WITHHELD
from aggregator.digest.confirmation import confirmation
from aggregator.digest.message import mails_of, message_id, message_of
from aggregator.model import Issue, IssueState
from aggregator.send.folders import folder_of
from aggregator.send.one_mail import send_one, send_test
from aggregator.send.sending import Sent, issue_of, mail_of, send_issue, sendable
from aggregator.send.signing import signer
from aggregator.settings import Settings
from aggregator.store import Refused, Store, issues, open_store, outbox, readers, sender_lock, subscribers
from aggregator.store.subscribers import Added, Newcomer, Subscriber


def send(
    settings: Settings,
    name: str,
    now: datetime,
    *,
    limit: int | None,
    resolve: Literal["resend", "skip"] | None,
    into: str | None = None,
    watch: Callable[[int, int], Callable[[int], None]] = lambda done, total: lambda more: None,
) -> Sent:
    """Send the approved issue `name`, or go on with it; see send.sending.send_issue. `into` is maildir: or eml:PATH."""
    place = folder_of(into, settings.folder) if into else None
    with sender_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        refuse_withheld(store, name)
        return send_issue(
            settings, store, name, now, signed_mails, message_id, limit=limit, resolve=resolve, into=place, watch=watch
        )


def refuse_withheld(store: Store, name: str) -> None:
    """Raises Refused where nobody has the issue yet and it holds posts that were withheld since it was built."""
    issue = issues.load(store, name)
    held = issues.items_held(store, WITHHELD).get(name, frozenset())
    if held and issue is not None and issue.state == "approved":
        raise Refused(
            f"Issue {name} is not sent: {len(held)} of its posts were withheld since it was built. "
            f"`aggregator digest drop {name}`, build it again and approve it."
        )


def signed_mails(issue: Issue, settings: Settings, now: datetime) -> Callable[[str, str, str], bytes]:
    """What makes the mail for an address, a token and a Message-ID, signed where sources.yaml asks for it."""
    make, sign = mails_of(issue, settings, now), signer(settings.mail)
    return lambda address, token, identifier: sign(make(address, token, identifier))


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft campaign of listmonk, by its number."""

    issue: str
    campaign: int


def draft(settings: Settings, name: str, now: datetime) -> Draft:
    """Hand the approved issue over to listmonk; see send.listmonk."""
    from aggregator.send.listmonk import hand_over

    with sender_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        refuse_withheld(store, name)
        return Draft(name, hand_over(settings, store, name, now))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What `send` would do."""

    issue: str
    state: IssueState
    recipients: int
    """Who would be sent to, now or when their time has come."""
    in_doubt: int
    """Of whom it is not known whether they got it."""
    bytes_each: int


def rehearse(settings: Settings, name: str) -> Rehearsal:
    """What `send` would do, once the issue is approved; nothing is changed. Raises as `send` would."""
    mail_of(settings)
    with open_store(settings.store, settings.folder) as store:
        issue = sendable(store, name, "built", "approved", "sending", "stopped")
        refuse_withheld(store, name)
        counts = outbox.counts(store, name)
        active = len(subscribers.list_subscribers(store, "active"))
    size = len(message_of(issue, settings, issue.end, "lezer@example.org", "x" * 24))
    recipients = counts["pending"] + counts["deferred"] if sum(counts.values()) else active
    return Rehearsal(name, issue.state, recipients, counts["uncertain"] + counts["claimed"], size)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was sent to look at, and what the mail server said to it."""

    issue: str
    address: str
    reply: str


def test(settings: Settings, name: str, address: str, now: datetime) -> Copy:
    """Send one copy of the issue to `address`, approved or not."""
    with open_store(settings.store, settings.folder) as store:
        issue = issue_of(store, name)
        return Copy(name, address, send_test(settings, store, issue, address, now, signed_mails, message_id))


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
                reply = send_one(settings, store, known.address, signed_question(settings, known, now))
                added = Added(address, added.outcome, f"{known.address}: asked to confirm ({reply}).")
            found.append(added)
    return tuple(found)


def signed_question(settings: Settings, to: Subscriber, now: datetime) -> Callable[[str], bytes]:
    """What makes the mail that asks somebody to confirm, of a token."""
    sign = signer(settings.mail)
    return lambda token: sign(confirmation(settings, to, token, now))


def every(settings: Settings) -> tuple[Subscriber, ...]:
    with open_store(settings.store, settings.folder) as store:
        return subscribers.list_subscribers(store)


def remove(settings: Settings, address: str, now: datetime) -> bool:
    """End a subscription for good; whether there was one."""
    with open_store(settings.store, settings.folder) as store:
        return subscribers.remove(store, address, "unsubscribed by the editor", now)


def allow(settings: Settings, address: str) -> bool:
    """Let somebody subscribe again; whether they were kept out."""
    with open_store(settings.store, settings.folder) as store:
        return subscribers.allow(store, address)


def known_of(settings: Settings, address: str) -> dict[str, Any]:
    """Everything that is kept of one person."""
    with open_store(settings.store, settings.folder) as store:
        return readers.known_of(store, address)


def erase(settings: Settings, address: str, now: datetime) -> bool:
    """Forget one person; whether anything was known. Not while an issue is being sent."""
    with sender_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        return readers.erase(store, address, now)
