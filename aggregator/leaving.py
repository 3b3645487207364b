"""The two addresses of a reader's own: where they unsubscribe, and where they confirm.

A POST does it, with no cookie and no further question (RFC 8058). A GET only shows a button: programs that look for
viruses follow every link of a mail, and must not unsubscribe its reader.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

from aggregator import answering
from aggregator.send.tokens import Purpose
from aggregator.serve import Handler, Request, Response
from aggregator.settings import Settings

WORDS = {
    "nl": {
        "unsubscribe": "Afmelden", "confirm": "Aanmelden",
        "unsubscribe_ask": "Wilt u de nieuwsbrief van {title} niet meer ontvangen?",
        "confirm_ask": "Wilt u de nieuwsbrief van {title} ontvangen?",
        "unsubscribe_done": "U bent afgemeld. U krijgt de nieuwsbrief van {title} niet meer.",
        "confirm_done": "U bent aangemeld. U krijgt voortaan de nieuwsbrief van {title}.",
        "unknown": "Dit adres klopt niet, of het geldt niet meer.",
    },
    "en": {
        "unsubscribe": "Unsubscribe", "confirm": "Subscribe",
        "unsubscribe_ask": "Do you want to stop getting the newsletter of {title}?",
        "confirm_ask": "Do you want to get the newsletter of {title}?",
        "unsubscribe_done": "You are unsubscribed. You will not get the newsletter of {title} any more.",
        "confirm_done": "You are subscribed. From now on you get the newsletter of {title}.",
        "unknown": "This address is not right, or does not hold any more.",
    },
}  # fmt: skip
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",  # the address is as good as a key
    "x-robots-tag": "noindex",
}


def handlers(settings: Settings) -> dict[str, Handler]:
    """Who answers at /unsubscribe/TOKEN and /confirm/TOKEN."""
    return {
        "unsubscribe": answer_with(settings, "unsubscribe", answering.unsubscribe),
        "confirm": answer_with(settings, "confirm", answering.confirm),
    }


def answer_with(
    settings: Settings, purpose: Purpose, do: Callable[[Settings, str, datetime], answering.Answer]
) -> Handler:
    """A handler that asks at GET and does it at POST."""
    own = settings.publication.language.partition("-")[0].casefold()
    language = own if own in WORDS else "en"
    words = WORDS[language]

    def page(status: int, told: str, button: str = "") -> Response:
        return Response(status, HEADERS, page_of(settings, language, words[purpose], told, button).encode())

    def answer(request: Request) -> Response:
        token = request.path.strip("/").partition("/")[2]
        if request.method not in ("GET", "POST"):
            return Response(405, HEADERS | {"allow": "GET, HEAD, POST"})
        if request.method == "GET":
            if not answering.is_known(settings, token, purpose):
                return page(404, words["unknown"])
            return page(200, words[f"{purpose}_ask"], words[purpose])
        if do(settings, token, datetime.now(UTC)) == "unknown":
            return page(404, words["unknown"])
        return page(200, words[f"{purpose}_done"])

    return answer


def page_of(settings: Settings, language: str, heading: str, told: str, button: str) -> str:
    """A page that says one thing in `language`, with a button where there is something to do."""
    publication = settings.publication
    title = escape(publication.title)
    form = (
        '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
        f'<button type="submit">{escape(button)}</button></form>'
        if button
        else ""
    )
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="robots" content="noindex">\n'
        f'<title>{escape(heading)} · {title}</title>\n<link rel="stylesheet" href="../style.css">\n</head>\n'
        '<body>\n<main class="columns error">\n'
        f'<p class="label" lang="{escape(publication.language)}" dir="auto">{title}</p>\n'
        f"<h1>{escape(heading)}</h1>\n"
        f"<p>{escape(told.format(title=publication.title))}</p>\n{form}\n</main>\n</body>\n</html>\n"
    )
