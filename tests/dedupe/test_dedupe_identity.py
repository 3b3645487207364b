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
        identifier, post.key, (post.key,), post.link, post.title, "", content_hash(post), text_hash(post.text), NOW, "published", NOW,
    )  # fmt: skip


def told(posts: list[Post], before: list[Post]) -> list[Identified]:
    return list(identify(posts, [known(post) for post in before], compare_key))


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
