"""The words of the newsletter: one catalogue a language, with plurals and dates as Unicode's CLDR knows them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from aggregator.config import ConfigurationError, Mistake

SHIPPED = Path(__file__).parent.parent.parent / "templates"
Message = str | Mapping[str, str]
"""Text, or text by plural category."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words in one language. `words("posts", count=3)` is `3 nieuwe berichten`; `words["online"]` has no values."""

    language: str
    messages: Mapping[str, Message]

    def __getitem__(self, key: str) -> str:
        return self(key)

    def __call__(self, key: str, **values: Any) -> str:
        message = self.messages[key]
        if not isinstance(message, str):
            category = locale_of(self.language).plural_form(values["count"])
            message = message.get(category, message.get("other", ""))
        return message.format(**values)

    def date(self, moment: datetime, pattern: str, timezone: str) -> str:
        """A date in this language and in `timezone`: pattern `d MMMM y` gives `3 oktober 2026`."""
        from babel.dates import format_date

        local = moment.astimezone(ZoneInfo(timezone)).date()
        return format_date(local, pattern, locale=locale_of(self.language))


@lru_cache(maxsize=8)
def locale_of(language: str) -> Any:
    """Babel's locale for a BCP 47 tag; English where it knows none."""
    from babel.core import Locale, UnknownLocaleError

    for tag in (language, language.partition("-")[0]):
        try:
            return Locale.parse(tag.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def direction(language: str) -> str:
    """`rtl` for a language that is written from right to left, else `ltr`."""
    return str(locale_of(language).text_direction)


def words_for(language: str, folder: Path) -> Words:
    """The words of `language`: English, then those that ship for it, then those beside sources.yaml.

    Raises ConfigurationError for a file that cannot be used.
    """
    base = language.partition("-")[0].casefold()
    english = catalogue(SHIPPED / "words" / "en.toml")
    messages = dict(english)
    for own in (SHIPPED / "words" / f"{base}.toml", folder / "templates" / "words" / f"{base}.toml"):
        if own.is_file():
            found = catalogue(own)
            refuse_wrong(own, found, english)
            messages |= found
    return Words(language, messages)


def catalogue(file: Path) -> Mapping[str, Message]:
    """The messages in `file`. Raises ConfigurationError."""
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (0, 0)
        message = f"not valid TOML: {str(error).split(' (at ')[0]}"
        raise ConfigurationError(
            file, [Mistake("", message, line, column)], file.read_text("utf-8").splitlines()
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(file, [Mistake("", f"cannot be read as UTF-8 text: {error}")]) from None


def refuse_wrong(file: Path, messages: Mapping[str, Message], english: Mapping[str, Message]) -> None:
    """Raises ConfigurationError for messages that are not known, or that use values they are not given."""
    mistakes = []
    lines = file.read_text("utf-8-sig").splitlines()
    for key, message in messages.items():
        line, column = place_of(lines, key)
        if key not in english or isinstance(message, str) != isinstance(english[key], str):
            known = ", ".join(sorted(english))
            mistakes.append(Mistake(key, "no such message, or not of this form", line, column, f"There are: {known}."))
            continue
        allowed = values_in(english[key])
        wrong = sorted(values_in(message) - allowed)
        if wrong:
            line, column = place_of(lines, f"{{{wrong[0]}}}", line) if wrong[0] != "?" else (line, column)
            hint = f"It may hold: {', '.join(sorted(allowed)) or 'no value at all'}."
            mistakes.append(Mistake(key, f"holds {{{wrong[0]}}}, which is not given", line, column, hint))
    if mistakes:
        raise ConfigurationError(file, mistakes, lines)


def place_of(lines: Sequence[str], text: str, first: int = 1) -> tuple[int, int]:
    """The line and column at which a key, or a value between braces, stands for the first time from line `first` on."""
    for number, line in enumerate(lines[first - 1 :], first):
        found = line.find(text) if text.startswith("{") else len(line) - len(line.lstrip(" \t[\"'"))
        if found >= 0 and re.match(rf"{re.escape(text)}(?![\w-])", line[found:]):
            return number, found + 1
    return 0, 0


def values_in(message: Message) -> set[str]:
    """The names between braces."""
    texts = [message] if isinstance(message, str) else message.values()
    try:
        return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {"?"}
