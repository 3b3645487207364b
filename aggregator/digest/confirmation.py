"""The mail that asks a newcomer to confirm (double opt-in), as plain as can be: whoever did not ask may ignore it."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from aggregator.digest.headers import from_line, header, subject, verbatim
from aggregator.digest.message import quoted_printable, sender_address
from aggregator.digest.plain import safe
from aggregator.settings import Settings
from aggregator.store.addresses import on_the_wire
from aggregator.store.subscribers import Subscriber

WORDS = {
    "nl": {
        "subject": "Bevestig uw aanmelding",
        "asked": "Iemand, waarschijnlijk uzelf, meldde dit adres aan voor de nieuwsbrief van {title}.",
        "visit": "Wilt u hem ontvangen? Bevestig het hier:",
        "answer": "Wilt u hem ontvangen? Beantwoord dit bericht, en laat het onderwerp staan.",
        "or_answer": "Of beantwoord dit bericht, en laat het onderwerp staan.",
        "ignore": "Wilt u hem niet? Dan hoeft u niets te doen: u krijgt verder geen bericht.",
    },
    "en": {
        "subject": "Please confirm your subscription",
        "asked": "Somebody, probably you, subscribed this address to the newsletter of {title}.",
        "visit": "Do you want to get it? Confirm it here:",
        "answer": "Do you want to get it? Answer this message, and leave the subject as it is.",
        "or_answer": "Or answer this message, and leave the subject as it is.",
        "ignore": "If you do not, there is nothing to do: you will hear no more of us.",
    },
}


def confirmation(settings: Settings, to: Subscriber, token: str, now: datetime) -> bytes:
    """The mail to `to`, with the token that confirms in its subject and in the address to confirm at."""
    publication, mail = settings.publication, settings.mail
    words = WORDS.get(publication.language.partition("-")[0].casefold(), WORDS["en"])
    sender = mail.sender if mail else publication.author
    lines = [words["asked"].format(title=safe(publication.title)), ""]
    if mail and mail.confirm:
        lines += [words["visit"], mail.confirm.replace("{token}", token), "", words["or_answer"]]
    else:
        lines.append(words["answer"])
    lines += ["", words["ignore"], "", safe(sender.name), publication.url, ""]
    domain = on_the_wire(sender_address(settings)).rpartition("@")[2]
    mark = sha256(f"{token}\n{now.isoformat()}".encode()).hexdigest()[:32]
    headers = [
        from_line(safe(sender.name), sender_address(settings)),
        verbatim("To", on_the_wire(to.address)),
        subject(f"{words['subject']}: {safe(publication.title)} [{token}]"),
        header("Date", format_datetime(now)),
        verbatim("Message-ID", f"<confirm.{mark}@{domain}>"),
        *([header("Reply-To", on_the_wire(mail.reply_to))] if mail and mail.reply_to else []),
        header("Auto-Submitted", "auto-generated"),
        header("Content-Language", publication.language),
        header("MIME-Version", "1.0"),
        'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
    ]
    return "".join(headers).encode() + quoted_printable("\n".join(lines))
