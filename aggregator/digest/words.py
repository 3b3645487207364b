"""The words of the newsletter, and dates as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

WORDS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "heading": "{title} {month}",
        "subject": "{title} {month}: {best}",
        "number": "Nummer {number}",
        "online": "Lees online",
        "facts": "{posts} van {sources}",
        "post": "1 nieuw bericht",
        "posts": "{count} nieuwe berichten",
        "source": "1 blog",
        "sources": "{count} blogs",
        "in_issue": "In dit nummer",
        "leads": "Uitgelicht",
        "more": "Meer berichten",
        "minutes": "{count} min lezen",
        "seen": "gezien op {day}",
        "copies": "Ook verschenen op {names}",
        "window": "Berichten van {start} tot en met {end}",
        "why": "U ontvangt deze nieuwsbrief omdat u zich ervoor hebt aangemeld.",
        "unsubscribe": "Afmelden",
        "feed": "Atom-feed",
        "rights": "De rechten op de berichten blijven bij hun auteurs.",
        "rest": "En nog {count} berichten op de website",
    },
    "en": {
        "heading": "{title} {month}",
        "subject": "{title} {month}: {best}",
        "number": "Issue {number}",
        "online": "Read online",
        "facts": "{posts} from {sources}",
        "post": "1 new post",
        "posts": "{count} new posts",
        "source": "1 blog",
        "sources": "{count} blogs",
        "in_issue": "In this issue",
        "leads": "Highlights",
        "more": "More posts",
        "minutes": "{count} min read",
        "seen": "seen on {day}",
        "copies": "Also published on {names}",
        "window": "Posts from {start} to {end}",
        "why": "You receive this newsletter because you signed up for it.",
        "unsubscribe": "Unsubscribe",
        "feed": "Atom feed",
        "rights": "The rights to the posts stay with their authors.",
        "rest": "And {count} more posts on the website",
    },
}


def words_for(language: str) -> Mapping[str, str]:
    """The words of `language`, a BCP 47 tag; English where it has none."""
    return WORDS.get(language.partition("-")[0].casefold(), WORDS["en"])


def counted(words: Mapping[str, str], one: str, many: str, count: int) -> str:
    return words[one] if count == 1 else words[many].format(count=count)


def written(moment: datetime, pattern: str, language: str, timezone: str) -> str:
    """A date in the publication's language and zone: pattern `d MMMM y` gives `3 oktober 2026`."""
    from babel.core import UnknownLocaleError
    from babel.dates import format_date

    local = moment.astimezone(ZoneInfo(timezone)).date()
    try:
        return format_date(local, pattern, locale=language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return format_date(local, pattern, locale="en")
