"""Text made to be slow: nothing here may go over it as often as it has letters. Then a test would never end."""

from __future__ import annotations

import pytest

from aggregator.normalise.html import clean_html
from aggregator.normalise.images import is_candidate, largest, srcset_of
from aggregator.normalise.people import people_of
from aggregator.normalise.titles import calmed, title_of
from aggregator.parse.excerpt import looks_cut, words_in

BASE = "https://blog.example/post/"
LENGTH = 300_000


def long(piece: str) -> str:
    return piece * (LENGTH // len(piece))


@pytest.mark.parametrize(
    "piece",
    ["<!", "<?", "<!--", "<noscript", "<noscript>", "</noscript", "<picture><source srcset=a><img>", "<math>", "<math alt=", "</form", "<form>"],
)  # fmt: skip
def test_a_post_of_broken_tags_is_cleaned(piece: str) -> None:
    found = clean_html(f"<p>Vooraf.</p>{long(piece)}<p>x</p>", BASE)
    assert found.text.startswith("Vooraf.")


@pytest.mark.parametrize(
    "attribute",
    [("lite-youtube", "videoid=a "), ("embed", "src=//youtube.com/v/a "), ("math><annotation", "application/x-tex "), ("a", "b=c ")],
)  # fmt: skip
def test_a_tag_of_many_attributes_is_read(attribute: tuple[str, str]) -> None:
    assert clean_html(f"<p>Vooraf.</p><{attribute[0]} {long(attribute[1])}", BASE).text == "Vooraf."


@pytest.mark.parametrize("piece", ["<", "<!", "<a "])
def test_whether_a_text_of_broken_tags_was_cut_is_told(piece: str) -> None:
    assert looks_cut(f"{long(piece)} lees verder", has_own_element=True) is (words_in(long(piece)) < 150)


@pytest.mark.parametrize("piece", ["a", " ", "a ", "a,", ",", "<", "1w "])
def test_a_srcset_of_any_length_is_read(piece: str) -> None:
    candidates = f"/klein.jpg 100w, /groot.jpg 200w, {long(piece)} z"
    assert largest(candidates) == "/groot.jpg"
    assert is_candidate("/klein.jpg", candidates)
    assert srcset_of(candidates, BASE).startswith("https://blog.example/klein.jpg 100w, ")


@pytest.mark.parametrize("piece", ["a", "<", "<!", "a@", "@", " - 1", "(a", "<a@"])
def test_a_byline_of_any_length_is_read(piece: str) -> None:
    assert people_of((long(piece), "Jan Jansen"))[-1] == "Jan Jansen"


@pytest.mark.parametrize("piece", ["<b>", '<a "', "<!--", "<script"])
def test_a_title_of_broken_tags_is_read(piece: str) -> None:
    assert len(title_of(long(piece), ())) <= 500


def test_a_title_in_capitals_is_calmed_by_a_long_text() -> None:
    assert calmed("DE NAAM VAN JAN", long("en zo zei de naam van Jan ")) == "De naam van Jan"
