"""What readers answer, over HTTP or by mail. Each answer is good for one reader, by its token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from aggregator.send.incoming import Incoming, Return, incoming
from aggregator.send.mailbox import Mailbox, Maildir, imap
from aggregator.send.tokens import PURPOSES, SHAPE, Purpose, key_of, stands_for, token_for
from aggregator.settings import Settings
from aggregator.store import Store, links, open_store, readers, subscribers

Answer = Literal["done", "was so", "unknown"]
BY_POST, BY_MAIL = "unsubscribed by themselves, on the web", "unsubscribed by themselves, by mail"
BY_COMPLAINT = "called a mail spam"
CONFIRMED_BY_POST, CONFIRMED_BY_MAIL = "confirmed by themselves, on the web", "confirmed by themselves, by mail"


@dataclass
class Processed:
    """What was done with the mails of a box; each line is for a person."""

    lines: list[str] = field(default_factory=list)
    left: int = 0
    """Mails that say nothing of a subscription: they stay as they were."""


def unsubscribe(settings: Settings, token: str, now: datetime) -> Answer:
    """End the subscription that a token stands for."""
    with open_store(settings.store, settings.folder) as store:
        identity = meant(settings, store, {token}, "unsubscribe").get(token)
        if identity is None:
            return "unknown"
        return "done" if subscribers.remove(store, identity, BY_POST, now) else "was so"


def confirm(settings: Settings, token: str, now: datetime) -> Answer:
    """Begin the subscription that a token stands for."""
    with open_store(settings.store, settings.folder) as store:
        identity = meant(settings, store, {token}, "confirm").get(token)
        if identity is None:
            return "unknown"
        if subscribers.confirm(store, identity, CONFIRMED_BY_POST, now):
            return "done"
        return "was so" if subscribers.find_subscriber(store, identity) else "unknown"


def is_known(settings: Settings, token: str, purpose: Purpose) -> bool:
    """Whether a token stands for somebody; nothing is changed."""
    with open_store(settings.store, settings.folder) as store:
        return bool(meant(settings, store, {token}, purpose))


def meant(settings: Settings, store: Store, tokens: Iterable[str], purpose: Purpose) -> dict[str, str]:
    """Whom each of the tokens stands for; those that are none of ours are not in it."""
    key = key_of(settings.folder)
    wanted = {token for token in tokens if SHAPE.fullmatch(token)}
    found = owners(store, wanted, key, purpose)
    if len(found) < len(wanted) and not links.all_are_kept(store, key):
        keep_all_links(store, key)
        found = owners(store, wanted, key, purpose)
    return found


def owners(store: Store, tokens: Iterable[str], key: bytes, purpose: Purpose) -> dict[str, str]:
    kept = {token: identity for token in tokens if (identity := links.owner(store, token))}
    return {token: identity for token, identity in kept.items() if stands_for(token, identity, key, purpose)}


def keep_all_links(store: Store, key: bytes) -> None:
    """Keep the tokens of all who may have one, a thousand readers at a time: once, 100,000 take a second or two."""
    for some in readers.every_identity(store):
        with store.transaction():
            links.keep(store, ((token_for(one, key, purpose), one) for one in some for purpose in PURPOSES))
    with store.transaction():
        links.note_all_are_kept(store, key)


def process(settings: Settings, maildir: Path | None, now: datetime) -> Processed:
    """See to what readers and mail servers wrote, in a maildir or in the mailbox that AGGREGATOR_IMAP names.

    Returned mails count against their readers, who are suppressed at the stated count. Mails that were understood are
    marked as seen, after what they ask for was kept; a second run finds nothing to do.
    """
    with open_store(settings.store, settings.folder) as store:
        if maildir is not None:
            return process_box(settings, store, Maildir(maildir), now)
        with imap() as box:
            return process_box(settings, store, box, now)


def process_box(settings: Settings, store: Store, box: Mailbox, now: datetime) -> Processed:
    mails = [(name, incoming(raw)) for name, raw in box.unseen()]
    tokens = {token for _, mail in mails for token in mail.tokens}
    leaving = meant(settings, store, tokens, "unsubscribe") if tokens else {}
    confirming = meant(settings, store, tokens, "confirm") if tokens else {}
    processed = Processed()
    for name, mail in mails:
        lines = see_to(settings, store, mail, leaving, confirming, now)
        if lines:
            processed.lines += lines
            box.seen(name)
        else:
            processed.left += 1
    return processed


def see_to(
    settings: Settings, store: Store, mail: Incoming, leaving: dict[str, str], confirming: dict[str, str], now: datetime
) -> list[str]:
    """Do what one mail asks for; what was done, and nothing when it asks for nothing."""
    lines = [line for one in mail.returns if (line := returned(settings, store, one, now))]
    if mail.complaint and (mailed := readers.mailed_as(store, mail.complaint)):
        identity, issue = mailed
        subscribers.remove(store, identity, BY_COMPLAINT, now)
        lines.append(f"{identity}: unsubscribed, for issue {issue} was called spam there.")
    for token in mail.tokens:
        if token in leaving:
            subscribers.remove(store, leaving[token], BY_MAIL, now)
            lines.append(f"{leaving[token]}: unsubscribed.")
        elif token in confirming and not mail.automatic:
            done = subscribers.confirm(store, confirming[token], CONFIRMED_BY_MAIL, now)
            lines.append(f"{confirming[token]}: {'confirmed' if done else 'was confirmed before, or has left since'}.")
    if not lines and mail.leaves and not mail.automatic:
        subscriber = subscribers.find_subscriber(store, mail.sender)
        if subscriber is not None:
            subscribers.remove(store, subscriber.identity, BY_MAIL, now)
            lines.append(f"{subscriber.identity}: unsubscribed.")
    return lines


def returned(settings: Settings, store: Store, one: Return, now: datetime) -> str:
    """Count one mail that came back; '' when it is none of ours: anybody can write a report about anybody."""
    mailed = readers.mailed_as(store, one.message_id) if one.message_id else None
    if mailed is None:
        return ""
    identity, issue = mailed
    if not one.for_good:
        return f"{identity}: issue {issue} came back with {one.status or 'no status'}; that does not count."
    enough = settings.mail.hard_bounces if settings.mail else 1
    count, suppressed = readers.bounced(store, identity, issue, one.status, one.reason, now, enough)
    what = "gets nothing any more" if suppressed else f"is suppressed at {enough}"
    return f"{identity}: issue {issue} came back with {one.status}, {count} of its issues by now; {what}."
