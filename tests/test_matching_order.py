"""Who is whose copy does not hang on the order in which sources are read, nor on the run in which a post comes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from aggregator.dedupe.copies import same_post
from aggregator.keep import keep, unknown
from aggregator.model import Memory, Post, RawFeed, RawPost, Reading, SourceState
from aggregator.prepare import Context, addresses_of, made_ready
from aggregator.publish.identifiers import with_ids
from aggregator.settings import Person, Publication, Settings, Source
from aggregator.store import Store, open_store
from aggregator.store.posts import newest_entries
from aggregator.store.sources import memories, states_by_name
from tests.samples import examples

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NOW = START + timedelta(days=100)
NAMES = "ABCDEFGHI"
PARAGRAPHS = [" ".join(f"w{Random(f'{at}/{word}').randrange(9000)}" for word in range(45)) for at in range(7)]
POST = st.lists(st.integers(0, len(PARAGRAPHS) - 1), min_size=1, max_size=4, unique=True)
"""The paragraphs of a post, of a few that all sources draw on: chains of posts that share some come about easily."""
NAMED = st.one_of(st.none(), st.sampled_from(NAMES))
"""The source at which a post says its true address is: one that does so is no original, if it is the same as one there."""


@effort(max_examples=examples(60), deadline=None)
@given(
    posts=st.lists(POST, min_size=2, max_size=9),
    named=st.lists(NAMED, min_size=9, max_size=9),
    chance=st.randoms(),
)
@example([[4], [4, 1, 3, 2], [3], [4, 6, 1, 3], [0]], ["B", "C", None, "C", "B"], Random(73))
def test_any_order_of_reading_leads_to_the_same_originals_and_copies(
    posts: list[list[int]], named: list[str | None], chance: Random
) -> None:
    in_order = clusters_after(posts, named, list(range(len(posts))))
    shuffled = list(range(len(posts)))
    chance.shuffle(shuffled)
    assert clusters_after(posts, named, shuffled) == in_order
    for original, copies in in_order.items():
        for copy in copies:
            assert is_same(original, copy, posts)


def is_same(one: int, other: int, posts: list[list[int]]) -> bool:
    pair = [Post(NAMES[at], "", f"https://{at}.example/", "", text=text_of(posts[at])) for at in (one, other)]
    return same_post(pair[0], pair[1], addresses_of(pair[0]), addresses_of(pair[1])) is not None


def text_of(paragraphs: list[int]) -> str:
    return " ".join(PARAGRAPHS[one] for one in paragraphs)


def clusters_after(posts: list[list[int]], named: list[str | None], order: list[int]) -> dict[int, tuple[int, ...]]:
    """The numbers of the originals and their copies, once the posts came one at a time in this order."""
    with tempfile.TemporaryDirectory() as folder:
        settings = a_publication(Path(folder))
        with open_store(settings.store, Path(folder)) as store:
            for number in order:
                read(store, settings, number, posts[number], named[number])
            return clusters_in(store)


def a_publication(folder: Path) -> Settings:
    publication = Publication(title="Proef", url="https://example.org/", author=Person(name="R"))
    sources = tuple(Source(name=name, url=f"https://{name.lower()}.example/feed", max_new=100) for name in NAMES)
    return Settings(publication=publication, sources=sources, file=folder / "sources.yaml")


def read(store: Store, settings: Settings, number: int, paragraphs: list[int], named: str | None = None) -> None:
    """Keep the only post of the source with this number."""
    link = link_of(number)
    date = (START + timedelta(days=number)).isoformat()
    raw = RawPost(link, link, f"Bericht {number}", published=date, content=f"<p>{text_of(paragraphs)}</p>")
    if named is not None:
        raw = replace(raw, canonical=f"https://{named.lower()}.example/anders/{number}")
    keep_all(store, settings, settings.sources[number], [raw])


def keep_all(store: Store, settings: Settings, source: Source, raws: Sequence[RawPost]) -> None:
    """Keep what a feed of `source` with these posts brings."""
    posts = tuple(replace(raw, position=position) for position, raw in enumerate(raws))
    feed = RawFeed(posts=posts, title=source.name, link=f"https://{source.name.lower()}.example/")
    found = unknown(Reading(feed=feed), {})
    made = made_ready([(one.raw, one.hash) for one in found], feed, Context(source, settings.publication, NOW))
    ready = [one.made_ready(ready) for one, ready in zip(found, made, strict=True)]
    memory = memories(store).get(source.name, Memory())
    state = states_by_name(store).get(source.name, SourceState(source.name))
    keep(source, memory, state, Reading(feed=feed), ready, settings, store, NOW)


def clusters_in(store: Store) -> dict[int, tuple[int, ...]]:
    """The numbers of the entries that are shown, and of the copies that are named under them."""
    return {
        number_of(entry.stored.post.link): tuple(sorted(number_of(copy.post.link) for copy in entry.copies))
        for entry in newest_entries(store, 100, NOW)
    }


def link_of(number: int) -> str:
    return f"https://{NAMES[number].lower()}.example/{number}"


def number_of(link: str) -> int:
    return int(link.rpartition("/")[2])


def test_one_address_of_many_posts_tells_no_post_from_another(tmp_path: Path) -> None:
    """A podcast whose episodes all link to its home is given another name, and goes on."""
    settings = a_publication(tmp_path)
    before, after = settings.sources[:2]
    episodes = [an_episode(number) for number in range(4)]
    with open_store(settings.store, tmp_path) as store:
        keep_all(store, settings, before, episodes[:3])
        keep_all(store, settings, after, episodes[:3])
        keep_all(store, settings, after, episodes)
        shown = newest_entries(store, 100, NOW)
    assert [entry.stored.post.title for entry in shown] == [one.title for one in reversed(episodes)]
    assert [[copy.post.title for copy in entry.copies] for entry in shown[1:]] == [
        [one.title] for one in episodes[2::-1]
    ]


def test_a_source_under_another_name_goes_on_with_the_posts_of_the_old_one(tmp_path: Path) -> None:
    """Else nobody would see what is mended in them, as nothing is read under the old name any more."""
    settings = a_publication(tmp_path)
    before, after = settings.sources[:2]
    long = replace(
        an_episode(0), link="https://a.example/0", content=f"<p>{text_of([0])} Een slordige zin te veel.</p>"
    )
    with open_store(settings.store, tmp_path) as store:
        keep_all(store, settings, before, [long])
        [published] = with_ids(store, newest_entries(store, 100, NOW))
        renamed = replace(settings, sources=settings.sources[1:])
        keep_all(store, renamed, after, [long])
        keep_all(store, renamed, after, [replace(long, content=f"<p>{text_of([0])}</p>")])
        [shown] = newest_entries(store, 100, NOW)
    assert (shown.stored.post.source, shown.stored.post.text) == (after.name, text_of([0]))
    assert shown.id == published.id


@pytest.mark.parametrize("either_store", ["sqlite", "postgresql"], indirect=True)
def test_an_address_of_any_length_costs_neither_its_post_nor_another(either_store: str, tmp_path: Path) -> None:
    """No index of PostgreSQL takes 3,000 bytes."""
    settings = a_publication(tmp_path)
    one, other = settings.sources[:2]
    long = "https://a.example/?q=" + "".join(f"{Random(at).randrange(36**8)}" for at in range(400))
    posts = [
        an_episode(0),
        RawPost(long, long, "Lang", published=START.isoformat(), canonical=f"{long}/", content="Tekst"),
    ]
    with open_store(settings.store, tmp_path) as store:
        for _ in range(2):
            keep_all(store, settings, one, posts)
            keep_all(
                store, settings, other, [replace(posts[1], id=None), replace(posts[1], id=f"{long}2", link=long * 2)]
            )
        shown = newest_entries(store, 100, NOW)
    assert [(entry.stored.post.title, len(entry.copies)) for entry in shown] == [("Aflevering 0", 0), ("Lang", 2)]


def an_episode(number: int) -> RawPost:
    date = (START + timedelta(days=number)).isoformat()
    return RawPost(f"{number}", "https://a.example/", f"Aflevering {number}", published=date, content=f"Deel {number}")
