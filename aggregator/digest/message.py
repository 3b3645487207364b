"""An issue as a mail (RFC 5322, 2045, 2369, 2919, 3834, 8058): text first, then HTML, no line over 78."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import urlsplit

from aggregator.digest.page import safe
from aggregator.model import Issue
from aggregator.settings import Settings

POLICY = SMTP.clone(max_line_length=78)


def message_of(
    issue: Issue, settings: Settings, date: datetime, recipient: str | None = None, token: str = ""
) -> bytes:
    """The mail for `recipient`; without one, a sample addressed to the sender.

    `token` fills the address to unsubscribe at. The same issue and recipient give the same bytes, Message-ID included.
    """
    mail, publication = settings.mail, settings.publication
    sender = mail.sender if mail else publication.author
    sender_address = sender.email or f"newsletter@{urlsplit(publication.url).hostname}"
    to = recipient or sender_address
    unsubscribe = (mail.unsubscribe or "") if mail else ""
    unsubscribe = unsubscribe.replace("{token}", token).replace("{address}", to)
    message = EmailMessage(policy=POLICY)
    message["Subject"] = safe(issue.subject)
    message["From"] = address(sender.name, sender_address)
    message["To"] = address("", to)
    if mail and mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message["Date"] = format_datetime(date)
    domain = sender_address.rpartition("@")[2]
    seed = f"{publication.url}\n{issue.name}\n{to.casefold()}"
    message["Message-ID"] = f"<{issue.name}.{sha256(seed.encode()).hexdigest()[:32]}@{domain}>"
    if mail and mail.list_id:
        message["List-Id"] = f"{safe(publication.title)} <{mail.list_id.strip('<>')}>"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        if unsubscribe.startswith("https://"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["Precedence"] = "bulk"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    link = unsubscribe or publication.url
    message.set_content(issue.text.replace("{{unsubscribe}}", link), cte="quoted-printable")
    message.add_alternative(issue.html.replace("{{unsubscribe}}", link), subtype="html", cte="quoted-printable")
    message["Content-Language"] = publication.language  # set_content would have taken it off again
    message.set_boundary(f"part-{sha256(seed.encode()).hexdigest()[32:56]}")
    return message.as_bytes()


def address(name: str, mailbox: str) -> Address:
    """A mailbox with the name shown beside it. Raises ValueError for what is no mailbox."""
    return Address(display_name=safe(name), addr_spec=mailbox)
