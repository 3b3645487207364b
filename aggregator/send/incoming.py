"""What a mail that came in says: that another came back, that a reader leaves, or that a newcomer confirms.

Tokens are looked for in the subject and the addresses only. The body of an answer quotes the newsletter, and with it
the address at which its reader unsubscribes: whoever writes back does not want to leave.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from email.utils import getaddresses
from typing import Any

ENOUGH = 250_000
"""Bytes of a mail that are read: reports and requests say what they say before that."""
LONGEST_FIELD = 2_000
"""Characters of a header. The standard library takes seconds for 100,000 and, doubled, four times as long: one mail
would hold up all who leave."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{24,}")
"""Or more letters than a token has: `leave-{token}@example.org` parts it from the rest by a hyphen."""
MOST_TOKENS = 8
LEAVING = {"afmelden", "afmelding", "uitschrijven", "unsubscribe", "stop", "signoff", "abmelden", "désinscription"}
ADDRESSED = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
COMPLAINT = re.compile(r"^Feedback-Type:[ \t]*(abuse|fraud|opt-out)\b", re.I | re.M)
OF_THE_MAIL = re.compile(r"5\.(2\.[23]|3\.|6\.|7\.)")
"""A full mailbox, a mail too large or one that is taken for spam says nothing of the address (RFC 3463)."""
SAID = re.compile(r"\b([45])(\d\d)(?:[ -]([45]\.\d{1,3}\.\d{1,3})\b)?")
"""The reply of a mail server, with its status or without."""


@dataclass(frozen=True, slots=True)
class Return:
    """One recipient in a report of delivery (RFC 3464)."""

    message_id: str
    """Of the mail that came back; '' where the report does not quote it."""
    status: str
    for_good: bool
    """The address takes no mail, now or later."""
    reason: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """What one mail says."""

    sender: str
    subject: str
    returns: tuple[Return, ...] = ()
    complaint: str = ""
    """The Message-ID of a mail that its reader called spam (RFC 5965); '' where it is not there, or nobody did."""
    tokens: tuple[str, ...] = ()
    """What may be tokens of ours."""
    leaves: bool = False
    """Its subject asks to unsubscribe whoever wrote it."""
    automatic: bool = False
    """No person wrote it (RFC 3834)."""


class Brief(EmailPolicy):
    """Reads as email.policy.default does, but of each header only its beginning."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_FIELD]


BRIEF = Brief()


def incoming(raw: bytes) -> Incoming:
    """What the mail says. Never raises, whatever came in."""
    try:
        message = message_from_bytes(raw[:ENOUGH], policy=BRIEF)
        return read(message)
    except Exception:  # the parser of the standard library has its own bad days; a person reads such a mail
        return Incoming("", "")


def read(message: Message[Any, Any]) -> Incoming:
    subject = " ".join(" ".join(fields(message, "Subject")[:1]).split())
    named = [value for name in ADDRESSED for value in fields(message, name)]
    senders = getaddresses(fields(message, "From")[:1])
    if message.get_content_type() == "multipart/report":
        complaint = quoted_id(message) if is_complaint(message) else ""
        return Incoming(
            senders[0][1] if senders else "", subject, tuple(returns_in(message)), complaint, automatic=True
        )
    found = TOKEN.findall(" ".join([subject, *named]))
    tokens = tuple(dict.fromkeys(part for run in found for part in (run[-24:], run[:24])))[:MOST_TOKENS]
    words = re.sub(r"^((re|fwd?|antw|aw)\s*:\s*)+", "", subject.casefold()).strip(" .!")
    return Incoming(
        senders[0][1] if len(senders) == 1 else "",
        subject,
        tokens=tokens,
        leaves=words in LEAVING,
        automatic=is_automatic(message),
    )


def fields(message: Message[Any, Any], name: str) -> list[str]:
    """The values of a header, decoded; as they came where the standard library fails at that, as it does at `To: <`."""
    try:
        return [str(value) for value in message.get_all(name, [])]
    except Exception:
        return [str(value) for key, value in message.raw_items() if key.casefold() == name.casefold()]


def is_automatic(message: Message[Any, Any]) -> bool:
    """Whether an absence, a robot or a list answered instead of a person."""
    stated = str(message.get("Auto-Submitted", "no")).split(";")[0].strip().casefold()
    precedence = str(message.get("Precedence", "")).strip().casefold()
    return (
        stated != "no"
        or precedence in ("auto_reply", "bulk", "junk", "list")
        or any(message.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"))
        or str(message.get("Return-Path", "")).strip() == "<>"
    )


def is_complaint(message: Message[Any, Any]) -> bool:
    """Whether it reports that a reader called a mail spam."""
    parts = (part for part in message.walk() if part.get_content_type() == "message/feedback-report")
    return any(COMPLAINT.search(str(part)) for part in parts)


def returns_in(message: Message[Any, Any]) -> list[Return]:
    """What a report says of each recipient."""
    identifier = quoted_id(message)
    found = []
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if not isinstance(block, Message) or block.get("Final-Recipient") is None:
                continue
            reason = " ".join(str(block.get("Diagnostic-Code", "")).split())[:300]
            status = status_of(str(block.get("Status", "")), reason)
            failed = str(block.get("Action", "")).strip().casefold() == "failed"
            for_good = failed and status.startswith("5.") and not OF_THE_MAIL.match(status)
            found.append(Return(identifier, status, for_good, reason))
    return found


def status_of(stated: str, reply: str) -> str:
    """The status of a report; where it says nothing of why, as all that Exim writes, what the server's reply tells."""
    status = stated.partition(" ")[0].strip()
    said = SAID.search(reply)
    if not status.endswith(".0.0") or said is None:
        return status
    kind, code, detailed = said.groups()
    return detailed or ("5.2.2" if kind + code == "552" else f"{kind}.0.0")


def quoted_id(message: Message[Any, Any]) -> str:
    """The Message-ID of the mail that a report is about; '' where it is not there."""
    for part in message.walk():
        kind = part.get_content_type()
        inner: Message[Any, Any] | None = None
        if kind == "message/rfc822":
            inner = next(iter(part.iter_parts()), None) if isinstance(part, EmailMessage) else None
        elif kind == "text/rfc822-headers" and isinstance(part, EmailMessage):
            inner = message_from_string(part.get_content(), policy=BRIEF)
        if inner is not None and inner.get("Message-ID"):
            return str(inner["Message-ID"]).strip()
    return ""
