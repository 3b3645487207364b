"""Sending an issue: never twice without being told to, never silently not at all.

Each recipient is claimed in the store and in the journal before the message goes out, and settled with the server's
reply after. Whatever was being given when a sender died is uncertain, and stays so until somebody decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from aggregator.model import Issue
from aggregator.send.beforehand import mail_of, secret_of, sendable
from aggregator.send.carriers import Carrier, Carriers
from aggregator.send.delivering import RECIPIENTS_A_LINE, Delivering
from aggregator.send.journal import Journal
from aggregator.send.judging import Judgement
from aggregator.send.pacing import Pace
from aggregator.send.server import SendError, Server, server_from
from aggregator.send.smtp import Line
from aggregator.send.tokens import token_for
from aggregator.settings import Mail, Settings
from aggregator.store import Refused, Store, issues, outbox, settling, subscribers
from aggregator.store.outbox import Recipient
from aggregator.store.settling import Outcome, Settled

Compose = Callable[[Issue, Settings, datetime], Callable[[str, str, str], bytes]]
"""From the issue, the settings and a date: what makes the message for an address, a token and a Message-ID."""
Identify = Callable[[Issue, Settings, str], str]
"""The Message-ID of that message, from the issue, the settings and the token."""


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
    identify: Identify,
    *,
    limit: int | None = None,
    resolve: Literal["resend", "skip"] | None = None,
    into: Carrier | None = None,
    watch: Callable[[int, int], Callable[[int], None]] = lambda done, total: lambda more: None,
) -> Sent:
    """Send the approved issue `name`, or go on with it. Only for whoever holds the lock of the publication.

    `into` takes the mails instead of the mail server. `watch` is told how many are settled of how many, and gives what
    is told of each that follow. Raises Refused or SendError when sending cannot begin; nobody is claimed then.
    """
    mail = mail_of(settings)
    key = secret_of(settings)
    issue = sendable(store, name, "approved", "sending", "stopped")
    lines = [into] if into else lines_for(mail)
    if issue.state == "approved" and not subscribers.any_active(store):
        raise Refused(f"Issue {name} is not sent: there are no subscribers. `aggregator subscribers add` adds them.")

    mail_for = compose(issue, settings, now)

    def token(identity: str) -> str:
        return token_for(identity, key)

    def message(one: Recipient) -> bytes:
        return mail_for(one.address, token(one.identity), one.message_id)

    if issue.state == "approved":
        lines[0].open()  # where there is no session nothing has begun: readers can be added, and the issue be dropped
    store.spare_memory()
    with Journal(settings.folder, name, now) as journal:
        count = outbox.prepare(store, name, lambda one: identify(issue, settings, token(one)), now, token)
        told = recovered(store, journal, name, resolve, now)
        used = lines[: 1 + count // RECIPIENTS_A_LINE]
        carriers = Carriers(used, mail.sender.email or "", message, journal)
        pace = Pace() if into else Pace(mail.per_minute, mail.per_domain_per_minute)
        waiting = waiting_in(store, name)
        delivering = Delivering(
            store, journal, name, carriers, pace, now, limit, mail.hard_bounces, told, watch(count - waiting, count)
        )  # fmt: skip
        try:
            if waiting:
                used[0].open()
                delivering.deliver()
        except SendError as error:
            issues.mark_stopped(store, name, now, str(error))
            raise
        finally:
            carriers.close()
    return finish(store, name, now, delivering.judgement)


def lines_for(mail: Mail) -> Sequence[Carrier]:
    """As many sessions with the mail server as sources.yaml allows; none is opened yet. Raises SendError."""
    server = server_for(mail)
    return [Line(server) for _ in range(mail.connections)]


def server_for(mail: Mail) -> Server:
    # The sender's domain is said at EHLO: the name of this machine is nobody's business.
    return server_from(mail.smtp, (mail.sender.email or "").rpartition("@")[2])


def recovered(
    store: Store, journal: Journal, name: str, resolve: Literal["resend", "skip"] | None, now: datetime
) -> frozenset[str]:
    """See to what the sender before this one left claimed or in doubt; the identities that are to be sent to again.

    Where the journal knows of a claim that the store has not settled what came of it, or that nothing was begun, that
    counts; the latter not in a shared store, whose sender may be cut off from it and about to begin.
    """
    known, untouched, doubtful = [], [], []
    for recipient in settling.abandoned(store, name):
        said = journal.said(recipient.identity)
        if said in ("claimed", "released") and not store.shared:
            untouched.append(recipient)
        elif said in get_args(Settled):
            state: Settled = said  # type: ignore[assignment]  # one of them
            known.append(Outcome(recipient, state, "The program ended before the server's reply was stored.", now))
        else:
            doubtful.append(recipient)
    journal.note([one.identity for one in untouched], "released")
    settling.release(store, untouched, now)
    settling.settle(store, known, now)
    uncertain = settling.recover(store, name, now, doubtful)
    if resolve is None:
        return frozenset()
    told = frozenset(recipient.identity for recipient in uncertain) if resolve == "resend" else frozenset()
    journal.note(sorted(told), "told")  # first: a decision that only the store knew would be lost with it
    settling.resolve(store, name, resolve, now)
    return told


def waiting_in(store: Store, name: str) -> int:
    counts = outbox.counts(store, name)
    return counts["pending"] + counts["deferred"]


def finish(store: Store, name: str, now: datetime, judgement: Judgement) -> Sent:
    """Close the issue when nothing of it is left to do, or note why it was stopped, and count."""
    counts = outbox.counts(store, name)
    if not (counts["pending"] or counts["claimed"] or counts["deferred"] or counts["uncertain"]):
        with suppress(Refused):  # another sender closed it first
            issues.mark_sent(store, name, now)
    elif judgement.stopped:
        with suppress(Refused):
            issues.mark_stopped(store, name, now, judgement.stopped)
    return Sent(
        issue=name,
        accepted=counts["accepted"],
        refused=counts["refused"],
        deferred=counts["deferred"],
        uncertain=counts["uncertain"] + counts["claimed"],
        pending=counts["pending"],
        skipped=counts["skipped"],
        problems=(*judgement.problems, *([judgement.stopped] if judgement.stopped else [])),
        stopped=judgement.stopped,
    )
