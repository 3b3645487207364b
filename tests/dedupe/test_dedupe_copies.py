"""The same post on two blogs: recognised through light edits, and never for a title, a theme or a quotation."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.clusters import Member, relations
from aggregator.dedupe.copies import WORD, same_post, spaced, threes, words_of
from aggregator.dedupe.hashes import CONTENT_VERSION, digest, text_hash
from aggregator.dedupe.rules import excluded
from aggregator.dedupe.sketch import sketch
from aggregator.model import Post
from aggregator.settings import Rule, Source
from benchmarks import near_duplicates
from benchmarks.near_duplicates import EDITS, judged, labelled_pairs

PAIRS = 120
"""Texts taken from the corpus."""


def a_post(text: str, source: str = "Een", title: str = "Titel", **more: object) -> Post:
    values: dict[str, object] = {"key": "1", "link": f"https://{source.lower()}.example/1"} | more
    return Post(source=source, title=title, text=text, **values)  # type: ignore[arg-type]  # fields of Post


def same(one: str, other: str) -> bool:
    return same_post(a_post(one), a_post(other, "Twee"), ["een.example/1"], ["twee.example/1"]) is not None


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Real long texts, where they are there."""
    archive = Path(__file__).parents[3] / "shared" / "corpora" / "articles.tar.xz"
    if not archive.is_file():
        pytest.skip("needs the article corpus in ../shared, which is not here")
    return near_duplicates.texts()[:PAIRS]


def test_edited_copies_are_found_in_a_store_and_other_posts_are_not(texts: list[str], tmp_path: Path) -> None:
    pairs = labelled_pairs(texts)
    assert len(pairs) >= 300
    for kind, (found, count) in judged(pairs, tmp_path).items():
        assert found == 0 if kind not in EDITS else found >= 0.95 * count, kind


def test_two_different_posts_are_never_one(texts: list[str]) -> None:
    boilerplate = "Welkom bij onze wekelijkse column over klanten, elke vrijdag om vijf uur in uw mailbox. "
    wrong = [
        (one[:60], other[:60])
        for one, other in itertools.combinations(texts, 2)
        if same(boilerplate + one, boilerplate + other)
    ]
    assert wrong == []


def test_the_same_title_over_other_words_is_no_copy() -> None:
    one = "Deze week spraken wij met een bakker over brood en geduld. " * 5
    other = "Vorige maand liepen we mee met een loodgieter in de regen. " * 5
    assert not same(one, other)
    assert not same("Kort bericht.", "Kort bericht.")


MANY = " ".join(f"woord{number}" for number in range(400))
QUOTATION = " ".join(MANY.split()[200:300])
OWN = " ".join(f"eigen{number}" for number in range(250))
BY_TEXT: dict[str, tuple[str, str, dict[str, object], bool]] = {
    "an excerpt": (MANY, " ".join(MANY.split()[:60]) + " lees verder op de site", {}, True),
    "the same few words": ("wij zijn de hele week dicht en maandag weer gewoon open voor u", "", {}, True),
    "a greeting": ("tot volgende week maar weer", "", {}, False),
    "a remark on a quotation": (MANY, f"mooi gezegd {QUOTATION}", {}, False),
    "an answer that quotes all": (MANY, f"{OWN} {MANY}", {}, False),
    "a copy with an introduction": (MANY, f"{' '.join(OWN.split()[:60])} {MANY}", {}, True),
    "the same, credited": (MANY, f"mooi gezegd {QUOTATION}", {"credits": ("een.example",)}, True),
    "the same, by rel=via": (MANY, f"mooi gezegd {QUOTATION}", {"via": ("https://www.een.example/1",)}, True),
    "other words, credited": (MANY, " ".join(f"anders{number}" for number in range(90)), {"credits": ("een.example",)}, False),
}  # fmt: skip


@pytest.mark.parametrize("case", BY_TEXT)
def test_texts_decide_by_how_much_they_share_where_they_begin_and_what_they_credit(case: str) -> None:
    one, other, more, expected = BY_TEXT[case]
    posts = a_post(one), replace(a_post(other or one, "Twee"), **more)  # type: ignore[arg-type]  # fields of Post
    addresses = ["een.example/1"], ["twee.example/1"]
    assert (same_post(*posts, *addresses) is not None) is expected
    assert (same_post(*posts[::-1], *addresses[::-1]) is not None) is expected


def test_what_a_source_has_under_every_post_proves_nothing() -> None:
    footer = " ".join(f"colofon{number}" for number in range(60))
    posts = a_post(f"{footer} brood en bier"), a_post(f"{footer} kaas en wijn", "Twee")
    addresses = ["een.example/1"], ["twee.example/1"]
    assert same_post(*posts, *addresses) is not None
    assert same_post(*posts, *addresses, frozenset(threes(footer))) is None


def test_an_address_in_common_is_enough() -> None:
    verdict = same_post(a_post("a"), a_post("b", "Twee"), ["een.example/1"], ["twee.example/9", "een.example/1"])
    assert verdict is not None
    assert "een.example/1" in verdict.reason


def test_a_sketch_is_the_same_everywhere() -> None:
    assert sketch("een twee drie vier").fingerprint == (43060662700184, 66150008679431)
    assert threes("Een twee, DRIE vier") == {("een", "twee", "drie"), ("twee", "drie", "vier")}


EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
LONG = "woord " * 50
ORIGINALS = {
    "the earlier date": (a_post(LONG, "A", published=LATE), a_post(LONG, "B", published=EARLY), 0, 0),
    "a stated date over none": (a_post(LONG, "A"), a_post(LONG, "B", published=LATE), 0, 0),
    "the one that credits nobody": (a_post(LONG, "A", published=EARLY, credits=("b.example",)), a_post(LONG, "B", published=LATE), 0, 0),
    "the one that names no other source": (
        a_post(LONG, "A", published=EARLY, via=("https://b.example/1",)), a_post(LONG, "B", published=LATE), 0, 0,
    ),
    "the one that the other calls canonical": (
        a_post(LONG, "A", published=EARLY, canonical="https://b.example/1"), a_post(LONG, "B", published=LATE), 0, 0,
    ),
    "the higher priority": (a_post(LONG, "A", published=EARLY), a_post(LONG, "B", published=LATE), 0, 5),
    "the longer text": (a_post(LONG, "A"), a_post(LONG * 2, "B"), 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("rule", ORIGINALS)
def test_the_original_is_told_from_its_copy(rule: str) -> None:
    copy, original, low, high = ORIGINALS[rule]
    members = {"copy": Member(copy, low), "original": Member(original, high)}
    for order in (members, dict(reversed(members.items()))):
        found = relations(order, {("copy", "original"): "They are alike."})
        assert found["original"] == (None, "")
        assert found["copy"][0] == "original"
        assert original.link in found["copy"][1]


def test_a_cluster_of_many_has_one_original_whatever_their_order() -> None:
    members = {name: Member(a_post(LONG + name, name, published=EARLY)) for name in "CABD"}
    pairs = dict.fromkeys(itertools.combinations("ABCD", 2), "")
    found = [relations(dict(order), pairs) for order in itertools.permutations(members.items())]
    assert len({json.dumps(one, sort_keys=True) for one in found}) == 1
    assert {original for original, _ in found[0].values()} == {None, "A"}


def test_every_copy_is_the_same_post_as_its_original_itself() -> None:
    members = {
        name: Member(a_post(LONG, name, published=EARLY + timedelta(days=at))) for at, name in enumerate("ABCDE")
    }
    chain = {("A", "B"): "", ("B", "C"): "", ("C", "D"): "", ("D", "E"): ""}
    found = {one: original for one, (original, _) in relations(members, chain).items()}
    assert found == {"A": None, "B": "A", "C": None, "D": "C", "E": None}


POST = a_post(
    "een tekst over klanten en bier", authors=("Anna",), tags=("Vacature",), language="nl-NL", published=EARLY
)
RULES = {
    Rule(author="anna"): True, Rule(author="bart"): False, Rule(tag="^vacature$"): True, Rule(title="titel"): True,
    Rule(text="bier"): True, Rule(text="wijn"): False, Rule(language="nl"): True, Rule(language="en"): False,
    Rule(before="2026-02-01"): True, Rule(after="2026-02-01"): False, Rule(min_words=100): False, Rule(max_words=100): True,
    Rule(author="anna", tag="anders"): False,
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_matches_when_all_it_says_is_so(rule: Rule) -> None:
    source = Source(name="Een", url="https://een.example/")
    verdict = excluded(POST, replace(source, exclude=(rule,)))
    assert (verdict is not None) is RULES[rule]
    assert verdict is None or "Rule 1 of `exclude` of Een" in verdict.reason
    assert (excluded(POST, replace(source, include=(rule,))) is None) is RULES[rule]


@given(st.text())
def test_words_are_told_apart_in_bytes_as_in_text(text: str) -> None:
    assert words_of(text) == [word.decode() for word in spaced(text).split()] == WORD.findall(text.casefold())


@given(st.lists(st.text(min_size=1), min_size=20))
def test_the_hash_of_a_text_is_that_of_the_list_of_its_words(words: list[str]) -> None:
    listed = " ".join(words).casefold().split()
    assert text_hash(" ".join(words)) == (digest(CONTENT_VERSION, listed) if len(listed) >= 20 else "")
