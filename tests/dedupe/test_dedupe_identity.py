"""Who is who within one source: through edits, changed ids, changed addresses and ids that cannot be trusted."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aggregator.dedupe.hashes import content_hash, post_id, raw_hash, text_hash
from aggregator.dedupe.identity import Identified, identify
from aggregator.model import KnownPost, Post, RawPost
from aggregator.normalise.urls import compare_key

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
WORDS = (
    "een lang genoeg verhaal over klanten en hun vragen dat nergens anders zo staat als hier want wij schreven het zelf"
)


def a_post(key: str, link: str = "", title: str = "Titel", text: str = "") -> Post:
    body = text or f"{WORDS} {key}"
    link = link or f"https://blog.example/{key}"
    return Post(source="Blog", key=key, link=link, title=title, text=body, content=f"<p>{body}</p>")


def known(post: Post) -> KnownPost:
    identifier = post_id(post.source, post.key)
    return KnownPost(
        identifier, post.key, (post.key,), post.link, post.title, "", content_hash(post), text_hash(post.text), post.published or NOW, "published", NOW,
    )  # fmt: skip


def told(posts: list[Post], before: list[Post]) -> list[Identified]:
    return list(identify(posts, [known(post) for post in before], compare_key))


def kinds_beside(posts: list[Post], before: list[Post], listed: list[Post]) -> list[str]:
    """The same, where the source shows the posts of `listed` unchanged beside the others."""
    shown = {post_id(post.source, post.key) for post in listed}
    return [one.verdict.kind for one in identify(posts, [known(post) for post in before], compare_key, shown)]


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


def test_of_one_repeated_id_the_first_keeps_it() -> None:
    posts = [a_post(str(number)) for number in range(30)] + [
        a_post("3", link="https://blog.example/other", text="heel iets anders")
    ]
    found = told(posts, [])
    assert len(found) == len({one.id for one in found}) == 31
    assert found[3].id == post_id("Blog", "3")


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


LATER = NOW.replace(month=12)


def test_a_post_that_is_listed_twice_is_a_copy_of_itself_whether_the_first_is_known_or_new() -> None:
    first = a_post("1")
    second = replace(first, key="2", link="https://blog.example/rubriek/1")
    assert kinds([first, second], []) == ["new", "copy"]
    assert kinds([second, first], []) == ["copy", "new"]
    assert kinds_beside([second], [first], [first]) == ["copy"]
    assert kinds([second], [first]) == ["rekeyed"], "the first is gone: it was given another id"
    other = replace(second, title="Iets anders")
    assert kinds_beside([other], [first], [first]) == ["new"]


def test_an_id_that_is_given_to_another_post_makes_no_edit_of_it() -> None:
    before = replace(a_post("1"), published=NOW)
    other = replace(a_post("1", "https://blog.example/ander", "Een ander stuk", f"{WORDS} anders"), published=LATER)
    one = told([other], [before])[0]
    assert (one.verdict.kind, one.post.key) == ("new", "1|blog.example/ander")
    assert kinds([replace(other, published=NOW)], [before]) == ["edited"], "dated alike, it may be one post"


def test_two_posts_that_swap_their_ids_stay_who_they_are() -> None:
    one = replace(a_post("1", title="De bakker"), published=NOW)
    two = replace(a_post("2", title="De slager"), published=LATER)
    found = told([replace(one, key="2"), replace(two, key="1")], [one, two])
    assert [(each.id, each.verdict.kind) for each in found] == [
        (post_id("Blog", "1"), "rekeyed"),
        (post_id("Blog", "2"), "rekeyed"),
    ]


def test_ids_that_change_at_every_reading_are_given_up_and_it_is_said() -> None:
    post = a_post("4")
    often = replace(known(a_post("1")), keys=("1", "2", "3"), link=post.link, title=post.title)
    (found,) = identify([post], [often], compare_key)
    assert (found.id, found.post.key) == (post_id("Blog", "1"), "1")
    assert "new ids again and again" in found.doubt


def test_a_source_that_gives_all_its_posts_one_id_says_so() -> None:
    posts = [a_post("x", link=f"https://blog.example/{number}", text=f"{WORDS} {number}") for number in range(5)]
    assert {one.doubt for one in told(posts, [])} == {
        "It gives several posts one id; they are told apart by their addresses."
    }
