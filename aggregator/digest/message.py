"""An issue as a mail (RFC 5322, 2045, 2369, 2919, 3834, 8058): text first, then HTML, no body line over 78.

What is the same for all readers is encoded once; a reader's own mail differs in four lines.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

from aggregator.digest.headers import from_line, header, list_id, subject, uri, verbatim
from aggregator.digest.plain import safe
from aggregator.model import Issue
from aggregator.settings import Mail, Settings
from aggregator.store.addresses import on_the_wire

IN_HTML = 'href="{{unsubscribe}}"'
IN_TEXT = "\n{{unsubscribe}}\n"
"""Where the templates leave room for a reader's own address: feed text has no plain quotes and no line of its own."""


def message_of(
    issue: Issue, settings: Settings, date: datetime, recipient: str | None = None, token: str = ""
) -> bytes:
    """The mail for `recipient`; without one, a sample addressed to the sender. See `mails_of`."""
    make = mails_of(issue, settings, date)
    return make(recipient or sender_address(settings), token, message_id(issue, settings, token))


def mails_of(issue: Issue, settings: Settings, date: datetime) -> Callable[[str, str, str], bytes]:
    """What makes the mail for an address, a token, which fills the address to unsubscribe at, and a Message-ID.

    The same issue and recipient give the same bytes. Raises ValueError for an address that no
    header can hold.
    """
    mail = settings.mail
    boundary = f"=_{sha256(seed_of(issue, settings).encode()).hexdigest()[:32]}"
    shared = shared_headers(issue, settings, date, boundary)
    one_click = mail is not None and re.match(r"https://.*\{(token|address)\}", mail.unsubscribe or "") is not None
    text, html = encoded_around(issue.text, IN_TEXT), encoded_around(issue.html, IN_HTML)
    start = b"--" + boundary.encode() + b"\r\n" + PLAIN
    middle = b"\r\n--" + boundary.encode() + b"\r\n" + HTML
    end = b"\r\n--" + boundary.encode() + b"--\r\n"

    def made(to: str, token: str, identifier: str) -> bytes:
        places = unsubscribe_addresses(mail, to, token)
        own = [verbatim("To", on_the_wire(to)), verbatim("Message-ID", identifier)]
        if places:
            own.append(verbatim("List-Unsubscribe", *(f"<{place}>" for place in places)))
        if one_click:
            own.append(ONE_CLICK)
        href = places[0] if places else settings.publication.url
        in_text = quoted_printable(f"\n{href}\n").join(text)
        page = href.replace("&", "&amp;")
        in_html = quoted_printable(f'\nhref="{page}"\n').join(html)
        return b"".join([shared, "".join(own).encode(), b"\r\n", start, in_text, middle, in_html, end])

    return made


ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
"""Only beside an https address (RFC 8058, 3.1) that tells whose it is."""
PLAIN = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
HTML = b'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'


def shared_headers(issue: Issue, settings: Settings, date: datetime, boundary: str) -> bytes:
    """The headers that every reader's mail has."""
    mail, publication = settings.mail, settings.publication
    sender = mail.sender if mail else publication.author
    lines = [
        from_line(safe(sender.name), sender_address(settings)),
        subject(safe(issue.subject)),
        header("Date", format_datetime(date)),
    ]
    if mail and mail.reply_to:
        lines.append(header("Reply-To", on_the_wire(mail.reply_to)))
    if mail and mail.list_id:
        lines.append(list_id(safe(publication.title), mail.list_id))
    lines += [
        header("Auto-Submitted", "auto-generated"),  # RFC 3834
        header("Precedence", "bulk"),
        header("X-Auto-Response-Suppress", "OOF, AutoReply"),
        header("Content-Language", publication.language),
        header("MIME-Version", "1.0"),
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n',
    ]
    return "".join(lines).encode()


def message_id(issue: Issue, settings: Settings, token: str) -> str:
    """The same for every attempt to send this issue to the reader with this token, so that a second one can be told.

    Made of the token, which nobody else has: a report that quotes it comes from somebody who got the mail.
    """
    mark = sha256(f"{seed_of(issue, settings)}{token}".encode()).hexdigest()[:32]
    return f"<{issue.name}.{mark}@{on_the_wire(sender_address(settings)).rpartition('@')[2]}>"


def seed_of(issue: Issue, settings: Settings) -> str:
    return f"{settings.publication.url}\n{issue.name}\n"


def sender_address(settings: Settings) -> str:
    sender = settings.mail.sender if settings.mail else settings.publication.author
    return sender.email or f"newsletter@{urlsplit(settings.publication.url).hostname}"


def unsubscribe_addresses(mail: Mail | None, to: str, token: str) -> list[str]:
    """Where this reader unsubscribes, an https address first; none where sources.yaml names no place."""
    patterns = [pattern for pattern in (mail.unsubscribe, mail.unsubscribe_by_mail) if pattern] if mail else []
    filled = {"{token}": quote(token, safe=""), "{address}": quote(to, safe="@")}
    places = [uri(pattern.replace("{token}", filled["{token}"]).replace("{address}", filled["{address}"]))
              for pattern in patterns]  # fmt: skip
    return sorted(places, key=lambda place: not place.startswith("https://"))


def encoded_around(text: str, room: str) -> list[bytes]:
    """The parts of `text` before and after each `room`, quoted-printable; a room is filled by whole lines."""
    return [quoted_printable(piece) for piece in text.replace("\r\n", "\n").split(room)]


def quoted_printable(text: str) -> bytes:
    """Lines of at most 76 (RFC 2045, 6.7), and none that a mailbox would take for the start of a message."""
    lines = b2a_qp(text.encode(errors="replace"), istext=True).replace(b"\n", b"\r\n")
    return re.sub(rb"(?m)^From ", b"=46rom ", lines)
