"""What the editor does with an approved issue: try it, send it, or hand it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from aggregator.dedupe.corrections import WITHHELD
from aggregator.digest.message import mails_of, message_id, message_of
from aggregator.model import Issue, IssueState
from aggregator.send.beforehand import issue_of, mail_of, sendable
from aggregator.send.folders import folder_of
from aggregator.send.one_mail import send_test
from aggregator.send.sending import Sent, send_issue
from aggregator.send.signing import signer
from aggregator.settings import Settings
from aggregator.store import Refused, Store, issues, open_store, outbox, sender_lock, subscribers


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
