"""Dates on pages are spelt as Babel spells them, without loading all that Babel spells."""

from __future__ import annotations

from datetime import date

import pytest
from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.localedata import locale_identifiers

from aggregator.publish.words import day_named, days_named, month_alone, month_named


def spelt(value: date, pattern: str, language: str) -> str:
    try:
        return format_date(value, pattern, locale=language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return format_date(value, pattern, locale="en")


LANGUAGES = [*sorted(identifier.replace("_", "-") for identifier in locale_identifiers()), "tlh", "nl-x-eigen", "", "x"]


@pytest.mark.parametrize("month", range(1, 13))
def test_a_date_is_spelt_as_babel_spells_it_in_every_language(month: int) -> None:
    day, name = date(2015, month, 3), f"2015-{month:02}"
    for language in LANGUAGES:
        alone = spelt(day, "MMMM", language)
        assert day_named(day, language) == spelt(day, "d MMMM y", language), language
        assert days_named(date(2015, month, 1), day, language) == "1–" + spelt(day, "d MMMM y", language), language
        assert month_alone(name, language) == alone[:1].upper() + alone[1:], language
        assert month_named(name, language).casefold() == spelt(day, "MMMM y", language).casefold(), language
