"""Sending an issue: never twice without being told to, never silently not at all.

Each recipient is claimed in the store and in the journal before the message goes out, and settled with the server's
reply after. Whatever was claimed when a sender died is uncertain, and stays so until somebody decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from aggregator.model import Issue
from aggregator.send.delivering import LINES, RECIPIENTS_A_LINE, Delivering, Lines
from aggregator.send.journal import Journal
from aggregator.send.server import SendError, server_from
from aggregator.send.smtp import Line
from aggregator.send.tokens import KeyUnusableError, key_of, token_for
from aggregator.settings import Mail, Settings
from aggregator.store import Refused, Store, issues, outbox, subscribers
from aggregator.store.addresses import identity_of
from aggregator.store.outbox import Settled

Compose = Callable[[Issue, Settings, datetime, str, str], bytes]
"""Makes the message for a recipient from the issue, the settings, a date, the address and a token."""
MESSAGE_ID = re.compile(rb"^Message-ID:\s+(\S+)\r\n", re.M | re.I)


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
    stopped: str = ""
    """Why it was given up before everyone was tried; '' when it was not."""


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
    """Send the approved issue `name`, or go on with it. Only for whoever holds the lock of the publication.

    Raises Refused or SendError when that cannot begin; nobody is claimed then.
    """
    mail = mail_of(settings)
    server, key = server_from(mail.smtp), secret_of(settings)
    issue = issue_of(store, name)
    if issue.state == "approved" and not subscribers.list_subscribers(store, "active"):
        raise Refused(f"Issue {name} is not sent: there are no subscribers. `aggregator subscribers add` adds them.")

    def message(address: str, identity: str) -> bytes:
        return compose(issue, settings, now, address, token_for(identity, key))

    with Journal(settings.folder, name) as journal:
        count = outbox.prepare(store, name, lambda identity: message_id_in(message(identity, identity)), now)
        told = recovered(store, journal, name, resolve, now)
        lines = Lines(server, min(LINES, 1 + count // RECIPIENTS_A_LINE))
        delivering = Delivering(
            store, journal, name, mail.sender.email or "", lambda one: message(one.address, one.identity), lines, now,
            limit, told,
        )  # fmt: skip
        try:
            if somebody_waits(store, name):
                lines.every[0].open()
                delivering.deliver()
        except SendError as error:
            issues.mark_stopped(store, name, now, str(error))
            raise
        finally:
            lines.close()
    return finish(store, name, now, delivering)


def recovered(
    store: Store, journal: Journal, name: str, resolve: Literal["resend", "skip"] | None, now: datetime
) -> frozenset[str]:
    """See to what the sender before this one left claimed or in doubt; the identities that are to be sent to again.

    Where the journal knows the outcome of a claim that the store does not, the outcome counts.
    """
    for recipient in outbox.recipients(store, name, "claimed"):
        said = journal.said(recipient.identity)
        if said in get_args(Settled):
            state: Settled = said  # type: ignore[assignment]  # one of them
            outbox.settle(store, recipient, state, "The program ended before the server's reply was stored.", now, now)
    uncertain = outbox.recover(store, name, now)
    if resolve is None:
        return frozenset()
    told = frozenset(recipient.identity for recipient in uncertain) if resolve == "resend" else frozenset()
    journal.note(sorted(told), "told", now)  # first: a decision that only the store knew would be lost with it
    outbox.resolve(store, name, resolve, now)
    return told


def somebody_waits(store: Store, name: str) -> bool:
    counts = outbox.counts(store, name)
    return counts["pending"] + counts["deferred"] > 0


def finish(store: Store, name: str, now: datetime, delivering: Delivering) -> Sent:
    """Close the issue when nothing of it is left to do, or note why it was stopped, and count."""
    counts = outbox.counts(store, name)
    if not (counts["pending"] or counts["claimed"] or counts["deferred"] or counts["uncertain"]):
        issues.mark_sent(store, name, now)
    elif delivering.stopped:
        issues.mark_stopped(store, name, now, delivering.stopped)
    return Sent(
        issue=name,
        accepted=counts["accepted"],
        refused=counts["refused"],
        deferred=counts["deferred"],
        uncertain=counts["uncertain"] + counts["claimed"],
        pending=counts["pending"],
        skipped=counts["skipped"],
        problems=(*delivering.problems, *([delivering.stopped] if delivering.stopped else [])),
        stopped=delivering.stopped,
    )


def send_test(settings: Settings, issue: Issue, address: str, now: datetime, compose: Compose) -> str:
    """Send one copy to `address`, outside the outbox; the server's reply. Raises SendError when it was not taken."""
    mail = mail_of(settings)
    identity = identity_of(address)
    if identity is None:
        raise SendError(f"{address!r} is no mail address.")
    line = Line(server_from(mail.smtp))
    trial = replace(issue, subject=f"[TEST] {issue.subject}")
    message = compose(trial, settings, now, address.strip(), token_for(identity, secret_of(settings)))
    try:
        delivery = line.hand_over(mail.sender.email or "", address, message)
    finally:
        line.close()
    if delivery.state != "accepted":
        raise SendError(f"{address}: {delivery.state}: {delivery.reply}")
    return delivery.reply


def issue_of(store: Store, name: str) -> Issue:
    issue = issues.load(store, name)
    if issue is None:
        raise Refused(f"There is no issue {name}; `aggregator digest list` shows those there are.")
    return issue


def message_id_in(message: bytes) -> str:
    """The Message-ID that a message carries; '' when it has none."""
    found = MESSAGE_ID.search(message)
    return found[1].decode() if found else ""


def secret_of(settings: Settings) -> bytes:
    try:
        return key_of(settings.folder)
    except KeyUnusableError as error:
        raise SendError(str(error)) from error


def mail_of(settings: Settings) -> Mail:
    """The mail settings. Raises SendError when sources.yaml has none that can be used."""
    mail = settings.mail
    if mail is None or not mail.sender.email:
        raise SendError("sources.yaml names no sender; add `mail:` with `from: {name: ..., email: ...}`.")
    if identity_of(mail.sender.email) is None:
        raise SendError(f"The sender in sources.yaml, {mail.sender.email!r}, is no mail address.")
    return mail
