"""An issue as a mail (RFC 5322, 2045, 2369, 2919, 3834, 8058): text first, then HTML, no body line over 78.

What is the same for all readers is encoded once; a reader's own mail differs in four lines.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, urlsplit

from aggregator.digest.headers import header, list_id, mailbox, on_the_wire, uri, verbatim
from aggregator.digest.page import safe
from aggregator.model import Issue
from aggregator.settings import Mail, Settings
from aggregator.store.addresses import identity_of

IN_HTML = 'href="{{unsubscribe}}"'
IN_TEXT = "\n{{unsubscribe}}\n"
"""Where the templates leave room for a reader's own address: feed text has no plain quotes and no line of its own."""


def message_of(
    issue: Issue, settings: Settings, date: datetime, recipient: str | None = None, token: str = ""
) -> bytes:
    """The mail for `recipient`; without one, a sample addressed to the sender.

    `token` fills the address to unsubscribe at. The same issue and recipient give the same bytes, Message-ID included.
    """
    mail, publication = settings.mail, settings.publication
    sender = mail.sender if mail else publication.author
    from_address = sender_address(settings)
    to = recipient or from_address
    leave = unsubscribe_address(mail, to, token)
    seed = seed_of(issue, settings)
    boundary = f"=_{sha256(seed.encode()).hexdigest()[:32]}"
    own = [
        verbatim("To", on_the_wire(to)),
        verbatim("Message-ID", message_id(issue, settings, to)),
    ]
    if leave:
        own.append(verbatim("List-Unsubscribe", f"<{leave}>"))
    if leave.startswith("https://"):
        own.append(verbatim("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    shared = shared_headers(
        safe(issue.subject), safe(sender.name), from_address, (mail.reply_to or "") if mail else "",
        format_datetime(date), safe(publication.title), (mail.list_id or "") if mail else "", publication.language,
        boundary,
    )  # fmt: skip
    href = leave or publication.url
    body = [b"--", boundary.encode(), b"\r\n", PLAIN, *filled(issue.text, IN_TEXT, f"\n{href}\n")]
    page = href.replace("&", "&amp;")
    body += [b"\r\n--", boundary.encode(), b"\r\n", HTML, *filled(issue.html, IN_HTML, f'\nhref="{page}"\n')]
    return b"".join([shared, "".join(own).encode(), b"\r\n", *body, b"\r\n--", boundary.encode(), b"--\r\n"])


PLAIN = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
HTML = b'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'


@lru_cache(maxsize=4)
def shared_headers(
    subject: str, name: str, address: str, reply_to: str, date: str, title: str, identifier: str, language: str,
    boundary: str,
) -> bytes:  # fmt: skip
    """The headers that every reader's mail has."""
    lines = [header("From", mailbox(name, address)), header("Subject", subject), header("Date", date)]
    if reply_to:
        lines.append(header("Reply-To", reply_to))
    if identifier:
        lines.append(list_id(title, identifier))
    lines += [
        header("Auto-Submitted", "auto-generated"),  # RFC 3834
        header("Precedence", "bulk"),
        header("X-Auto-Response-Suppress", "OOF, AutoReply"),
        header("Content-Language", language),
        header("MIME-Version", "1.0"),
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n',
    ]
    return "".join(lines).encode()


def message_id(issue: Issue, settings: Settings, to: str) -> str:
    """The same for every attempt to send this issue to this mailbox, so that a second one can be told by it."""
    mark = sha256(f"{seed_of(issue, settings)}{identity_of(to) or to.casefold()}".encode()).hexdigest()[:32]
    return f"<{issue.name}.{mark}@{on_the_wire(sender_address(settings)).rpartition('@')[2]}>"


def seed_of(issue: Issue, settings: Settings) -> str:
    return f"{settings.publication.url}\n{issue.name}\n"


def sender_address(settings: Settings) -> str:
    sender = settings.mail.sender if settings.mail else settings.publication.author
    return sender.email or f"newsletter@{urlsplit(settings.publication.url).hostname}"


def unsubscribe_address(mail: Mail | None, to: str, token: str) -> str:
    """Where this reader unsubscribes; '' where sources.yaml names no place."""
    pattern = (mail.unsubscribe or "") if mail else ""
    return uri(pattern.replace("{token}", quote(token, safe="")).replace("{address}", quote(to, safe="@")))


def filled(text: str, room: str, own: str) -> list[bytes]:
    """`text`, quoted-printable, with `own` in the `room` that is left for it."""
    pieces, filling = encoded_around(text, room), quoted_printable(own)
    found = [pieces[0]]
    for piece in pieces[1:]:
        found += [filling, piece]
    return found


@lru_cache(maxsize=4)
def encoded_around(text: str, room: str) -> tuple[bytes, ...]:
    """The parts of `text` before and after each `room`, encoded; a room is filled by whole lines."""
    return tuple(quoted_printable(piece) for piece in text.replace("\r\n", "\n").split(room))


def quoted_printable(text: str) -> bytes:
    """Lines of at most 76 (RFC 2045, 6.7), and none that a mailbox would take for the start of a message."""
    lines = b2a_qp(text.encode(errors="replace"), istext=True).replace(b"\n", b"\r\n")
    return re.sub(rb"(?m)^From ", b"=46rom ", lines)
