"""The words of what is published, by language; English where a language has no words of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

WORDS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "provenance": "Bron:",
        "copies": "Ook verschenen op",
        "skip": "Naar de inhoud",
        "pages": "Pagina's",
        "archive": "Archief",
        "older": "Oudere berichten in het archief",
        "months": "Maanden",
        "nothing_left": "Er zijn geen berichten meer van deze maand.",
        "also_as": "Ook als",
        "by_subject": "Feeds naar onderwerp",
        "feed": "feed",
        "feed_of": "Feed van {name}",
        "newsletter": "Nieuwsbrief",
        "all_issues": "Alle nummers",
        "newest": "Nieuwste berichten",
        "newest_short": "Nieuwste",
        "sources": "Bronnen",
        "subscribe": "Abonneren",
        "subscribe_text": "Neem een abonnement op deze feed in uw feedlezer:",
        "minutes": "min lezen",
        "seen": "gezien op",
        "by": "door",
        "posts": "berichten",
        "post": "bericht",
        "nothing": "Er zijn nog geen berichten.",
        "rights": "De rechten op de berichten blijven bij hun auteurs.",
        "status": "Toestand van de bronnen",
        "since": "sinds",
        "from": "vanaf",
        "until": "tot",
        "newest_post": "nieuwste van",
        "rhythm": "{total} berichten in {months} maanden",
        "state_never-read": "nog niet gelezen",
        "state_ok": "in orde",
        "state_moved": "verhuisd",
        "state_malformed-but-read": "gelezen, met gebreken",
        "state_throttled": "wordt even met rust gelaten",
        "state_blocked": "weigert ons",
        "state_empty": "zonder berichten",
        "state_html-instead-of-feed": "geeft geen feed meer",
        "state_silent-too-long": "al lang stil",
        "state_unreachable": "niet bereikbaar",
        "state_gone": "opgeheven",
        "error_absent": "Deze pagina is er niet",
        "error_refused": "Dat kan met dit adres niet",
        "error_too_large": "Dat is te groot",
        "error_misunderstood": "Die vraag is niet te begrijpen",
        "error_busy": "Het is even te druk",
        "error_failed": "Er ging hier iets mis",
        "error_back": "Naar de nieuwste berichten",
    },
    "en": {
        "provenance": "Source:",
        "copies": "Also published on",
        "skip": "Skip to the content",
        "pages": "Pages",
        "archive": "Archive",
        "older": "Older posts in the archive",
        "months": "Months",
        "nothing_left": "There are no posts of this month any more.",
        "also_as": "Also as",
        "by_subject": "Feeds by subject",
        "feed": "feed",
        "feed_of": "Feed of {name}",
        "newsletter": "Newsletter",
        "all_issues": "All issues",
        "newest": "Newest posts",
        "newest_short": "Newest",
        "sources": "Sources",
        "subscribe": "Subscribe",
        "subscribe_text": "Subscribe to this feed in your feed reader:",
        "minutes": "min read",
        "seen": "seen on",
        "by": "by",
        "posts": "posts",
        "post": "post",
        "nothing": "There are no posts yet.",
        "rights": "The rights to the posts stay with their authors.",
        "status": "State of the sources",
        "since": "since",
        "from": "from",
        "until": "until",
        "newest_post": "newest of",
        "rhythm": "{total} posts in {months} months",
        "state_never-read": "not read yet",
        "state_ok": "fine",
        "state_moved": "moved",
        "state_malformed-but-read": "read, with defects",
        "state_throttled": "left alone for a while",
        "state_blocked": "refuses us",
        "state_empty": "without posts",
        "state_html-instead-of-feed": "gives no feed any more",
        "state_silent-too-long": "silent for long",
        "state_unreachable": "cannot be reached",
        "state_gone": "gone",
        "error_absent": "This page is not here",
        "error_refused": "This address does not do that",
        "error_too_large": "That is too large",
        "error_misunderstood": "That request makes no sense",
        "error_busy": "Too busy just now",
        "error_failed": "Something went wrong here",
        "error_back": "To the newest posts",
    },
}


def words_for(language: str) -> Mapping[str, str]:
    """The words of `language`, a BCP 47 tag."""
    return WORDS.get(language.split("-", maxsplit=1)[0].casefold(), WORDS["en"])


def month_named(month: str, language: str) -> str:
    """`Juli 2015` of 2015-07."""
    return f"{month_alone(month, language)} {int(month[:4])}"


def month_alone(month: str, language: str) -> str:
    """`Juli` of 2015-07: with a capital, because it stands by itself."""
    named = names_of_months(language)[int(month[5:7])]
    return named[:1].upper() + named[1:]


def local_date(moment: datetime, timezone: str) -> date:
    """The day of `moment` in the publication's zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def day_named(day: date, language: str) -> str:
    """`3 juli 2015`."""
    return f"{day.day} {names_of_months(language)[day.month]} {day.year}"


def days_named(first: date, last: date, language: str) -> str:
    """`15–21 juli 2015`: days of one month."""
    return ("" if first == last else f"{first.day}–") + day_named(last, language)


@lru_cache(maxsize=32)
def names_of_months(language: str) -> Mapping[int, str]:
    """The names of the months within a date, in English where Babel does not know the language.

    Babel's own `format_date` puts no more than those into a date, and takes 12 ms to load, most of it to find out the
    time zone of the machine.
    """
    from babel.core import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    names: Mapping[int, str] = locale.months["format"]["wide"]
    return names
