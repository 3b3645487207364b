"""Whatever a post holds, each format stays whole and valid: the last door before the subscribers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Enclosure, Entry, Image, Post, SourceState, StoredPost
from aggregator.publish.atom import atom
from aggregator.publish.document import Document, ready
from aggregator.publish.identifiers import entry_iri
from aggregator.publish.jsonfeed import json_feed
from aggregator.publish.opml import opml
from aggregator.publish.presentable import CONTENT, TITLE, address, iri, line, presentable
from aggregator.publish.rss import rss
from aggregator.settings import Person, Publication, Source
from aggregator.store.archive import Withdrawn
from tests.publish.judging import FORBIDDEN, faults_of
from tests.samples import examples

PUBLICATION = Publication(title="Proef", url="https://example.org/blogs/", author=Person(name="Redactie"))
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
EXAMPLES = int(os.environ.get("AGGREGATOR_EXAMPLES", examples(60)))
NASTY = [
    "", " ", "\x00", "a\x1bb", "\ud800", "\ufffe", "\u202e", "]]>", "<![CDATA[", "&", "&#0;", "<script>", "\r\n\t", "é", "𝄞",
    "https://a.example/ ", "http://a.example/\x01", "https://ü.example/", "http://[::1", "javascript:alert(1)", "//a.example/",
    "https://a.example/ü?q=a b&c=<>\"'|\\^`{}", "http://a.example:99999/", "tag:a,2026:1", "x" * 20_000, "audio/mpeg", "nl-", "x/y; z",
]  # fmt: skip
TEXT = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
MOMENTS = st.datetimes(
    datetime(1990, 1, 2),  # noqa: DTZ001  (hypothesis takes bounds without a zone)
    datetime(2026, 11, 24),  # noqa: DTZ001  (the same)
    timezones=st.sampled_from([None, UTC, timezone(timedelta(minutes=90)), timezone(timedelta(seconds=1172))]),
)
ENCLOSURES = st.builds(Enclosure, url=TEXT, media_type=TEXT, length=st.one_of(st.none(), st.integers(-1, 1 << 70)))


@st.composite
def stored(draw: st.DrawFn) -> StoredPost:
    post = Post(
        source=draw(st.sampled_from(["Blog", "\x07", ""])), key=draw(TEXT), link=draw(TEXT), title=draw(TEXT),
        authors=tuple(draw(st.lists(TEXT, max_size=3))), updated=draw(st.one_of(st.none(), MOMENTS.map(aware))),
        content=draw(TEXT), excerpt=draw(TEXT), language=draw(TEXT), tags=tuple(draw(st.lists(TEXT, max_size=3))),
        image=draw(st.one_of(st.none(), st.builds(Image, url=TEXT, alt=TEXT))),
        enclosures=tuple(draw(st.lists(ENCLOSURES, max_size=3))), comments=draw(st.one_of(st.none(), TEXT)),
        rights=draw(st.one_of(st.none(), TEXT)), via=tuple(draw(st.lists(TEXT, max_size=2))),
    )  # fmt: skip
    number = draw(st.integers(0, 5))
    return StoredPost(f"{number:032x}", post, NOW, draw(MOMENTS), "published")


def aware(moment: datetime) -> datetime:
    """Posts' own dates come with an offset, always; only stored ones might have lost it."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@st.composite
def entry(draw: st.DrawFn) -> Entry:
    one = draw(stored())
    copies = tuple(draw(st.lists(stored(), max_size=2)))
    return Entry(entry_iri(one.id), one, draw(TEXT), draw(TEXT), copies)


STATES = st.builds(
    SourceState, name=st.just("Blog"), title=TEXT, link=TEXT, feed_url=TEXT, feed_id=TEXT,
    kind=st.sampled_from(["feed", "page"]), icon=TEXT, rights=TEXT, authors=st.lists(TEXT, max_size=2).map(tuple),
)  # fmt: skip


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.lists(entry(), max_size=4), STATES, st.booleans())
def test_no_post_costs_a_feed_anything(entries: Sequence[Entry], state: SourceState, withdrawn: bool) -> None:
    url = PUBLICATION.url
    more: dict[str, Any] = {
        "withdrawn": (Withdrawn("urn:uuid:0190163d-8694-739b-aea5-966c26f8ad91", NOW),) if withdrawn else (),
        "archive": withdrawn,
        "links": (("prev-archive", f"{url}archive/2026-01.xml"),),
    }
    turn = ready(entries, PUBLICATION)
    assert len(turn) == len({one.id for one in entries}), "an entry was lost"
    for name, write in (("atom.xml", atom), ("rss.xml", rss)):
        document = Document(url, PUBLICATION.title, url + name, url, turn, **more)
        body, warnings = write(PUBLICATION, document, {"Blog": state})
        assert warnings == ()
        assert body.count(b"<entry") + body.count(b"<item>") == len(turn)
        assert faults_of(name, body) == []
    document = Document(url, PUBLICATION.title, f"{url}feed.json", url, turn)
    assert faults_of("feed.json", json_feed(PUBLICATION, document, {"Blog": state})) == []
    sources = (Source(name="Blog", url="https://blog.example/"),)
    assert not FORBIDDEN.search(opml(PUBLICATION, sources, {"Blog": state}, []).decode())


@given(entry())
def test_what_is_presentable_stays_as_it_is(one: Entry) -> None:
    once = presentable(one, PUBLICATION)
    assert presentable(once, PUBLICATION) == once


def test_an_over_long_field_does_not_reach_the_file() -> None:
    post = Post(
        source="Blog", key="1", link="https://a.example/1", title="t" * 5_000, content="<p>x</p>" * 100_000, excerpt="Kort.",
        tags=tuple(f"tag{number}" for number in range(500)),
    )  # fmt: skip
    one = Entry(entry_iri("0" * 32), StoredPost("0" * 32, post, NOW, NOW, "published"), "Blog", "https://a.example/")
    shown = presentable(one, PUBLICATION).stored.post
    assert len(post.content) > CONTENT
    assert (len(shown.title), shown.content, len(shown.tags)) == (TITLE, "", 50)
    document = Document(
        "https://a.example/", "Proef", "https://a.example/atom.xml", "https://a.example/", ready([one], PUBLICATION)
    )
    body = atom(PUBLICATION, document, {})[0].decode()
    assert "&lt;p&gt;Kort.&lt;/p&gt;" in body
    assert len(body) < 10_000


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("https://a.example/b?c=d&e=%20#f", "https://a.example/b?c=d&e=%20#f"),
        (" https://a.example/é b ", "https://a.example/%C3%A9%20b"),
        ("HTTPS://a.example/", "HTTPS://a.example/"),
        ("javascript:alert(1)", ""),
        ("//a.example/", ""),
        ("http://a.example:99999/", ""),
        ("http://a.example/\x00", ""),
    ],
)
def test_an_address_is_absolute_and_printable_or_is_none(given_text: str, expected: str) -> None:
    assert address(given_text) == expected


@pytest.mark.parametrize(
    "given_text", ["JavaScript:alert(1)", "data:text/html,x", "geen adres", "", "tag:a.example,2026:1"]
)
def test_an_id_is_an_iri_that_does_nothing_when_it_is_followed(given_text: str) -> None:
    assert iri(given_text) == (given_text if given_text.startswith("tag:") else "")


@given(TEXT, st.integers(1, 50))
def test_a_line_is_one_and_within_its_length(text: str, longest: int) -> None:
    found = line(text, longest)
    assert len(found) <= longest
    assert found == " ".join(found.split())
    assert not FORBIDDEN.search(found)
