"""The language of a post: what is declared wins, else what its words show; nothing is guessed."""

from __future__ import annotations

import pytest

from aggregator.normalise.language import language_of

TEXTS = {
    "nl": "De klant staat bij ons voorop, en daarom bellen wij elke week met de mensen die iets bij ons gekocht hebben "
    "om te vragen hoe het hun bevalt en wat er beter kan.",
    "en": "The customer comes first with us, which is why we call the people who bought something every week to ask how "
    "they like it and what could be done better.",
    "de": "Der Kunde steht bei uns an erster Stelle, deshalb rufen wir jede Woche die Menschen an, die etwas gekauft haben, "
    "und fragen, wie es ihnen gefällt und was besser werden kann.",
    "fr": "Le client passe avant tout chez nous, c'est pourquoi nous appelons chaque semaine les personnes qui ont acheté "
    "quelque chose pour leur demander si elles en sont contentes.",
    "fy": "De klant stiet by ús foarop, en dêrom belje wy alle wiken mei de minsken dy't wat by ús kocht hawwe om te "
    "freegjen hoe't it harren befalt en wat der better kin.",
    "ru": "Клиент для нас на первом месте, поэтому мы каждую неделю звоним людям, которые у нас что-то купили, и "
    "спрашиваем, довольны ли они и что можно улучшить.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_an_undeclared_language_is_told_by_the_words(language: str) -> None:
    assert language_of([None, ""], TEXTS[language]) == language


@pytest.mark.parametrize(
    "text", ["Kort.", "1234 5678 " * 30, "\x00\x01\ufffe " + TEXTS["nl"][:40] * 3, "\ud800 " + TEXTS["nl"][:120]]
)
def test_what_cannot_be_told_is_undetermined_and_no_error(text: str) -> None:
    assert language_of([], text) == "und"


def test_a_declared_language_wins_over_the_words() -> None:
    assert language_of(["nl_nl", "en"], TEXTS["en"]) == "nl-NL"
    assert language_of(["gibberish!", "English"], TEXTS["nl"]) == "en"
