"""Sending an issue: never twice without being told to, never silently not at all.

Each recipient is claimed in the store and in the journal before the message goes out, and settled with the server's
reply after. Whatever was claimed when a sender died is uncertain, and stays so until somebody decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from aggregator.model import Issue
from aggregator.send import journal
from aggregator.send.smtp import SendError, connection, hand_over, server_from
from aggregator.send.tokens import key_of, token_for
from aggregator.settings import Mail, Settings
from aggregator.store import Refused, Store, issues, outbox

Compose = Callable[[Issue, Settings, datetime, str, str], bytes]
"""Makes the message for a recipient from the issue, the settings, a date, the address and a token."""
RETRY_AFTER = timedelta(minutes=15)
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Sent:
    """How a sending went; every recipient is in one of the counts."""

    issue: str
    accepted: int = 0
    refused: int = 0
    deferred: int = 0
    uncertain: int = 0
    pending: int = 0
    skipped: int = 0
    problems: tuple[str, ...] = ()


def send_issue(
    settings: Settings,
    store: Store,
    name: str,
    now: datetime,
    compose: Compose,
    *,
    limit: int | None = None,
    resolve: Literal["resend", "skip"] | None = None,
) -> Sent:
    """Send the approved issue `name`, or go on with it. Raises Refused or SendError when that cannot begin."""
    mail = mail_of(settings)
    server = server_from(mail.smtp)
    issue = issues.load(store, name)
    if issue is None:
        raise Refused(f"There is no issue {name}; `aggregator digest list` shows those there are.")
    date = now
    outbox.prepare(store, name, lambda identity: identity, now)
    outbox.recover(store, name, now)
    if resolve is not None:
        outbox.resolve(store, name, resolve, now)
    key, problems, count = key_of(settings.folder), [], 0
    sent_before = journal.handed_over(settings.folder, name) if resolve != "resend" else set()
    client_problem = ""
    while not client_problem and (limit is None or count < limit):
        recipient = outbox.claim(store, name, now)
        if recipient is None:
            break
        if recipient.identity in sent_before:
            reply = "The journal says that it was sent before; the store must have been put back from a backup."
            outbox.settle(store, recipient, "uncertain", reply, now)
            problems.append(f"{recipient.address}: {reply}")
            continue
        count += 1
        try:
            with connection(server) as client:
                message = compose(issue, settings, date, recipient.address, token_for(recipient.identity, key))
                journal.note(settings.folder, name, recipient.identity, "claimed")
                delivery = hand_over(client, mail.sender.email or "", recipient.address, message)
        except SendError as error:
            outbox.settle(store, recipient, "deferred", str(error), now, now + RETRY_AFTER)
            client_problem = str(error)
            problems.append(client_problem)
            break
        state = delivery.state
        if state == "deferred" and recipient.tries >= MOST_TRIES:
            state = "refused"
        outbox.settle(store, recipient, state, delivery.reply, now, now + RETRY_AFTER)
        journal.note(settings.folder, name, recipient.identity, state)
        if state != "accepted":
            problems.append(f"{recipient.address}: {state}: {delivery.reply}")
    return finish(store, name, now, tuple(problems))


def finish(store: Store, name: str, now: datetime, problems: tuple[str, ...]) -> Sent:
    """Close the issue when nothing of it is left to do, and count."""
    counts = outbox.counts(store, name)
    if not (counts["pending"] or counts["claimed"] or counts["deferred"] or counts["uncertain"]):
        issues.mark_sent(store, name, now)
    return Sent(
        issue=name,
        accepted=counts["accepted"],
        refused=counts["refused"],
        deferred=counts["deferred"],
        uncertain=counts["uncertain"],
        pending=counts["pending"],
        skipped=counts["skipped"],
        problems=problems,
    )


def send_test(settings: Settings, issue: Issue, address: str, now: datetime, compose: Compose) -> str:
    """Send one copy to `address`, outside the outbox; the server's reply. Raises SendError when it was not taken."""
    mail = mail_of(settings)
    with connection(server_from(mail.smtp)) as client:
        message = compose(issue, settings, now, address, token_for(address.casefold(), key_of(settings.folder)))
        delivery = hand_over(client, mail.sender.email or "", address, message)
    if delivery.state != "accepted":
        raise SendError(f"{address}: {delivery.state}: {delivery.reply}")
    return delivery.reply


def mail_of(settings: Settings) -> Mail:
    """The mail settings. Raises SendError when sources.yaml has none that can be used."""
    if settings.mail is None or not settings.mail.sender.email:
        raise SendError("sources.yaml names no sender; add `mail:` with `from: {name: ..., email: ...}`.")
    return settings.mail
