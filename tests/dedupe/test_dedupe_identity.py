"""Who is who within one source: through edits, changed ids, changed addresses and ids that cannot be trusted."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.hashes import content_hash, post_id, raw_hash, text_hash
from aggregator.dedupe.identity import Identified, identify
from aggregator.dedupe.likeness import Recall
from aggregator.model import KnownPost, Post, RawPost
from aggregator.normalise.urls import compare_key

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
WORDS = (
    "een lang genoeg verhaal over klanten en hun vragen dat nergens anders zo staat als hier want wij schreven het zelf"
)

LONG = " ".join(f"woord{number}" for number in range(120))


def a_post(key: str, link: str = "", title: str = "Titel", text: str = "") -> Post:
    body = text or f"{WORDS} {key}"
    link = link or f"https://blog.example/{key}"
    return Post(source="Blog", key=key, link=link, title=title, text=body, content=f"<p>{body}</p>")


def known(post: Post) -> KnownPost:
    identifier = post_id(post.source, post.key)
    date = post.published or NOW
    return KnownPost(
        identifier, post.key, (post.key,), post.link, post.title, "", content_hash(post), text_hash(post.text), date, "published" if post.published else "first-seen", NOW,
    )  # fmt: skip


def told(posts: list[Post], before: list[Post]) -> list[Identified]:
    texts = {post_id(post.source, post.key): post.text for post in before}
    return list(identify(posts, [known(post) for post in before], compare_key, Recall(text=lambda post: texts[post])))


def kinds(posts: list[Post], before: list[Post]) -> list[str]:
    return [one.verdict.kind for one in told(posts, before)]


def test_a_post_is_new_once_and_known_after() -> None:
    post = a_post("1")
    assert kinds([post], []) == ["new"]
    assert kinds([post], [post]) == ["known"]


def test_an_edit_is_no_new_post() -> None:
    post = a_post("1")
    edited = told([replace(post, title="Beter")], [post])[0]
    assert (edited.verdict.kind, edited.id) == ("edited", post_id("Blog", "1"))
    assert "title changed" in edited.verdict.reason


@pytest.mark.parametrize(
    "moved",
    [
        a_post("new-id", link="https://blog.example/1", text=f"{WORDS} 1"),
        a_post("new-id", link="https://www.blog.example/1/", text="heel andere tekst nu"),
        a_post("new-id", link="https://new-platform.example/p/77", text=f"{WORDS} 1"),
    ],
)
def test_a_changed_id_is_seen_through_by_address_or_text(moved: Post) -> None:
    one = told([moved], [a_post("1")])[0]
    assert (one.verdict.kind, one.id) == ("rekeyed", post_id("Blog", "1"))


def test_a_title_alone_makes_no_post_the_same() -> None:
    assert kinds([a_post("2", title="Weekoverzicht")], [a_post("1", title="Weekoverzicht")]) == ["new"]


def test_several_posts_under_one_id_are_all_kept() -> None:
    posts = [a_post("same", link=f"https://blog.example/{number}", text=f"{WORDS} {number}") for number in range(5)]
    found = told(posts, [])
    assert len({one.id for one in found}) == 5
    assert any("one id" in one.verdict.reason for one in found)


def test_two_posts_under_one_id_are_both_kept_and_known_again() -> None:
    posts = [a_post(str(number)) for number in range(30)] + [
        a_post("3", link="https://blog.example/other", text="heel iets anders")
    ]
    found = told(posts, [])
    assert len({one.id for one in found}) == 31
    assert [one.verdict.kind for one in told(posts, [one.post for one in found])] == ["known"] * 31


def on(day: int) -> datetime:
    return NOW - timedelta(days=day)


OTHER = (
    "een ander verhaal over brood en fietsen op de brug waar nog nooit iemand iets van begreep of ook maar wilde weten"
)


@pytest.mark.parametrize("listed", [False, True], ids=["alone", "beside the old one"])
def test_an_id_used_again_for_another_post_loses_neither(listed: bool) -> None:
    old = replace(a_post("latest", title="Oud"), published=on(9))
    new = replace(a_post("latest", "https://blog.example/nieuw", "Nieuw", OTHER), published=on(1))
    found = told([old, new] if listed else [new], [old])
    assert sorted(one.verdict.kind for one in found) == (["known", "new"] if listed else ["new"])
    assert "told apart" in found[-1].verdict.reason
    assert post_id("Blog", "latest") not in {one.id for one in found if one.verdict.kind == "new"}


def test_two_posts_that_swap_their_ids_stay_who_they_are() -> None:
    one, other = a_post("1", title="Een"), a_post("2", title="Twee", text=OTHER)
    swapped = [replace(one, key="2"), replace(other, key="1")]
    found = told(swapped, [one, other])
    assert {(item.post.title, item.id) for item in found} == {
        ("Een", post_id("Blog", "1")),
        ("Twee", post_id("Blog", "2")),
    }
    assert [item.post.key for item in found] == ["1", "2"], "so that no two posts are stored under one key"


def test_a_feed_that_lists_a_post_twice_has_it_once() -> None:
    one = a_post("1")
    again = [replace(one, key="x", link="https://blog.example/x"), replace(one, position=9), one]
    assert [item.verdict.kind for item in told(again, [])] == ["new"]
    beside = identify(again[:1], [replace(known(one), raw_hash="r")], compare_key, present=frozenset("r"))
    assert beside == (), "though only the second listing is looked at"


MOVES = {
    "the zone mistaken": (2 / 24, "Titel", f"{WORDS} 1 en een regel van het thema", "rekeyed"),
    "another title, the same moment": (0, "Titel, beter", f"{WORDS} {OTHER} en een regel van het thema", "rekeyed"),
    "another day, nearly all words": (7, "Titel", f"{WORDS} {OTHER} {LONG} 2", "rekeyed"),
    "another day and title": (7, "Titel, beter", f"{WORDS} {OTHER} {LONG} 2", "new"),
    "a column of the day after": (1, "Titel", f"{WORDS} {LONG} over heel iets anders dan gisteren", "new"),
    "another post of that moment": (0, "Titel", f"Vandaag {LONG.replace('woord', 'iets')}", "new"),
}


@pytest.mark.parametrize("move", MOVES)
def test_new_id_and_new_address_and_changed_words_at_once(move: str) -> None:
    later, title, text, kind = MOVES[move]
    before = replace(a_post("1", text=f"{WORDS} {OTHER} {LONG} 1"), published=on(30))
    if "zone" in move:
        before = replace(before, text=f"{WORDS} 1")
    now = replace(a_post("x", "https://elders.example/p", title, text), published=on(30) + timedelta(days=later))
    stored = known(before)
    recall = Recall(text=lambda post: before.text, alike=lambda post: [stored])
    assert [one.verdict.kind for one in identify([now], [stored], compare_key, recall)] == [kind]


POSTS = st.lists(
    st.builds(
        a_post,
        st.sampled_from("123"),
        st.sampled_from(["https://blog.example/a", "https://blog.example/b", "https://blog.example/"]),
        st.sampled_from(["Een", "Twee"]),
        st.sampled_from([WORDS, OTHER, "kort"]),
    ),
    max_size=5,
)


@given(POSTS, POSTS, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_who_is_who(posts: list[Post], before: list[Post], chance: Random) -> None:
    stored = [one.post for one in told(before, [])]
    outcome = {(one.id, one.post.title, one.post.text, one.verdict.kind) for one in told(posts, stored)}
    shuffled = posts + posts[:2]
    chance.shuffle(shuffled)
    chance.shuffle(stored)
    assert {(one.id, one.post.title, one.post.text, one.verdict.kind) for one in told(shuffled, stored)} == outcome
    assert len({one.id for one in told(posts, stored)}) == len(told(posts, stored)), "no stored post is two posts"


def test_an_address_that_two_posts_come_to_have_is_the_key_of_one() -> None:
    """A blog without ids moves a post to an address at which it has another: neither is refused."""
    old = replace(a_post("blog.example/oud", "https://blog.example/oud", "Weekbericht"), published=on(1))
    moved = replace(old, key="blog.example/nu", link="https://blog.example/nu")
    beside = replace(a_post("blog.example/nu", "https://blog.example/nu", "Weekbericht", LONG), published=on(9))
    other = replace(a_post("blog.example/toen", "https://blog.example/toen", "Maandbericht"), published=on(3))
    other_moved = replace(other, key="blog.example/nu", link="https://blog.example/nu")
    for posts in itertools.permutations([moved, beside, other_moved]):
        found = told(list(posts), [old, other])
        assert {one.post.title: one.verdict.kind for one in found if one.known} == {
            "Weekbericht": "rekeyed", "Maandbericht": "rekeyed",
        }  # fmt: skip
        assert len(found) == len({one.id for one in found}) == len({one.post.key for one in found}) == 3


def test_the_order_of_the_document_changes_nothing() -> None:
    posts = [a_post("1"), a_post("2"), a_post("new", link="https://blog.example/3"), a_post("4")]
    before = [a_post("1"), replace(a_post("2"), title="Oud"), a_post("3")]
    outcomes = {
        tuple(sorted((one.id, one.verdict.kind) for one in told(list(order), before)))
        for order in itertools.permutations(posts)
    }
    assert len(outcomes) == 1


def test_a_raw_hash_sees_every_field_but_the_place_and_no_empty_one() -> None:
    raw = RawPost(id="1", title="Titel")
    assert raw_hash(raw) == raw_hash(replace(raw, position=7))
    assert raw_hash(raw) != raw_hash(replace(raw, title="Anders"))
    assert raw_hash(raw) != raw_hash(replace(raw, tags=("a",)))


@pytest.mark.parametrize(
    ("days", "text", "others", "lists_all", "kind"),
    [
        (30, LONG, True, False, "new"),
        (7, f"{LONG} Soep van de week: erwten.", True, False, "new"),
        (2, LONG, True, False, "rekeyed"),  # posted once more, as its address held a mistake
        (30, LONG, False, False, "rekeyed"),  # all its ids are others: the blog moved
        (30, LONG, True, True, "rekeyed"),  # a file that was renamed
    ],
)
def test_the_next_in_a_row_of_posts_that_share_their_words_is_a_post_of_its_own(
    days: int, text: str, others: bool, lists_all: bool, kind: str
) -> None:
    before = replace(a_post("1", title="Menu", text=LONG), published=NOW)
    after = replace(a_post("2", title="Menu", text=text), published=NOW + timedelta(days=days))
    other = a_post("3")
    stored = [known(before), known(other)]
    recall = Recall(text=lambda _: LONG, alike=lambda post: stored[:1] if post.title == "Menu" else ())
    found = identify([after, *([other] if others else ())], stored, compare_key, recall, lists_all=lists_all)
    assert found[0].verdict.kind == kind
