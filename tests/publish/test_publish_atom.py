"""The combined feed: valid whatever came in, the same bytes for the same posts, and every source named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator.model import Enclosure, Entry, Post, RawFeed, RawPost, SourceState, StoredPost
from aggregator.normalise.clean import clean
from aggregator.publish.atom import atom
from aggregator.publish.document import Document, ready
from aggregator.publish.files import PublishError, sweep, write_if_changed
from aggregator.publish.identifiers import entry_iri
from aggregator.settings import Person, Publication, Source
from tests.conftest import SHARED
from tests.samples import examples

NS = {"a": "http://www.w3.org/2005/Atom"}
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PUBLICATION = Publication(title="Proef", url="https://example.org/blogs/", author=Person(name="Redactie"))
STATE = SourceState(
    "Blog", title="Blog", link="https://blog.example/", feed_url="https://blog.example/feed.xml", kind="feed"
)


def an_entry(number: int = 1, *, copies: tuple[StoredPost, ...] = (), **more: object) -> Entry:
    stored = a_stored(number, **more)
    return Entry(entry_iri(stored.id), stored, stored.post.source, "https://blog.example/", copies)


def a_stored(number: int = 1, **more: object) -> StoredPost:
    values: dict[str, object] = {
        "source": "Blog", "key": str(number), "link": f"https://blog.example/{number}", "title": f"Titel {number}",
        "content": "<p>Tekst</p>", "excerpt": "Tekst", "language": "nl", "published": NOW - timedelta(days=number),
    } | more  # fmt: skip
    post = Post(**values)  # type: ignore[arg-type]  # fields of Post
    return StoredPost(f"{number:032x}", post, NOW, post.published or NOW, "published")


def written(entries: Sequence[Entry], states: Mapping[str, SourceState] | None = None) -> bytes:
    """The Atom feed of `entries`; every one of them is in it."""
    feed, warnings = atom(PUBLICATION, a_document(entries), {"Blog": STATE} if states is None else states)
    assert warnings == ()
    return feed


def a_document(entries: Sequence[Entry], **more: Any) -> Document:
    url = PUBLICATION.url
    return Document(url, PUBLICATION.title, f"{url}atom.xml", url, ready(entries, PUBLICATION), **more)


def parsed(entries: Sequence[Entry]) -> etree._Element:
    return etree.fromstring(written(entries))


def valid(feed: bytes) -> bool:
    grammar = SHARED / "schema" / "atom.rng"
    if not grammar.is_file():
        pytest.skip("needs the grammar of Atom in ../shared, which is not here")
    return bool(etree.RelaxNG(etree.parse(str(grammar))).validate(etree.fromstring(feed)))


def test_an_entry_says_all_that_a_reader_shows() -> None:
    copy, twin = a_stored(2, source="Ander"), a_stored(1, source="Zelfde adres")
    tree = parsed(
        [
            an_entry(
                authors=("Anna de Vries", "Bart"), tags=("Klant",), rights="CC BY", comments="https://blog.example/1#c",
                enclosures=(Enclosure("https://blog.example/1.mp3", "audio/mpeg", 12),), via=("https://bron.example/1",),
                language="en", copies=(copy, twin), updated=NOW - timedelta(hours=1),
            )
        ]
    )  # fmt: skip
    entry = tree.find("a:entry", NS)
    assert entry is not None
    assert [node.text for node in entry.findall("a:author/a:name", NS)] == ["Anna de Vries", "Bart"]
    links = {link.get("rel"): dict(link.attrib) for link in entry.findall("a:link", NS)}
    assert links["alternate"]["href"] == "https://blog.example/1"
    assert links["enclosure"] == {
        "rel": "enclosure",
        "href": "https://blog.example/1.mp3",
        "type": "audio/mpeg",
        "length": "12",
    }
    assert links["via"]["href"] == "https://bron.example/1"
    assert (links["related"]["href"], links["related"]["title"]) == ("https://blog.example/2", "Ander")
    assert links["replies"]["href"] == "https://blog.example/1#c"
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert entry.findtext("a:source/a:title", namespaces=NS) == "Blog"
    assert entry.findtext("a:source/a:id", namespaces=NS) == "https://blog.example/feed.xml"
    assert entry.findtext("a:updated", namespaces=NS) == "2026-11-24T09:00:00+00:00"
    assert tree.findtext("a:updated", namespaces=NS) == "2026-11-24T09:00:00+00:00"
    content = entry.findtext("a:content", namespaces=NS) or ""
    assert 'Bron: <a href="https://blog.example/1">Blog</a>.' in content
    assert 'Ook verschenen op <a href="https://blog.example/2">Ander</a>.' in content
    assert "Zelfde adres" not in content, "it appeared nowhere else"
    assert valid(written([an_entry(copies=(copy,), enclosures=(Enclosure("https://x.example/"),))], {}))


def test_an_entry_is_never_without_an_author() -> None:
    assert parsed([an_entry()]).findtext("a:entry/a:author/a:name", namespaces=NS) == "Blog"


def test_the_entries_keep_their_order_and_their_zones() -> None:
    zone = datetime.fromisoformat("2015-07-03T16:09:00+02:00")
    tree = parsed([an_entry(1), an_entry(2), an_entry(3, published=zone)])
    assert [node.text for node in tree.findall("a:entry/a:title", NS)] == ["Titel 1", "Titel 2", "Titel 3"]
    assert tree.findall("a:entry/a:published", NS)[2].text == "2015-07-03T16:09:00+02:00"


def test_a_feed_without_entries_is_valid_and_never_changes() -> None:
    assert valid(written([]))
    assert written([]) == written([])


def test_a_date_ahead_of_time_is_not_passed_on_as_an_update() -> None:
    tree = parsed([an_entry(updated=NOW + timedelta(days=400))])
    assert tree.findtext("a:entry/a:updated", namespaces=NS) == (NOW - timedelta(days=1)).isoformat()


@settings(deadline=None, max_examples=examples(60))
@given(st.text(max_size=60), st.text(max_size=200), st.lists(st.text(max_size=20), max_size=3))
def test_whatever_came_in_what_goes_out_is_whole_and_valid(title: str, content: str, names: list[str]) -> None:
    source = Source(name="Blog", url="https://blog.example/")
    raw = RawPost(
        id=title, title=title, content=content, authors=tuple(names), tags=tuple(names), rights=title, link=content
    )
    post = clean(raw, RawFeed(), source, PUBLICATION, NOW)
    entry = an_entry()
    entry = replace(entry, stored=replace(entry.stored, post=post))
    feed = written([entry])
    assert len(etree.fromstring(feed).findall("a:entry", NS)) == 1
    assert valid(feed)


def test_a_post_that_no_feed_can_hold_costs_its_neighbours_nothing() -> None:
    entries = (an_entry(1), an_entry(2, title="kapot\x00"), an_entry(3))
    document = replace(a_document(()), entries=entries)  # past what makes them presentable
    feed, warnings = atom(PUBLICATION, document, {})
    assert [node.text for node in etree.fromstring(feed).findall("a:entry/a:title", NS)] == ["Titel 1", "Titel 3"]
    assert len(warnings) == 1
    assert "https://blog.example/2" in warnings[0]


def test_a_file_is_replaced_only_when_it_differs_and_leftovers_are_swept(tmp_path: Path) -> None:
    path = tmp_path / "out" / "a.txt"
    assert write_if_changed(path, b"een") is True
    before = path.stat()
    assert write_if_changed(path, b"een") is False
    assert path.stat() == before
    assert write_if_changed(path, b"twee") is True
    assert path.read_bytes() == b"twee"
    (tmp_path / "out" / ".a.txt.part").write_bytes(b"half")
    sweep(tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["a.txt"]


def test_a_disk_that_is_full_leaves_the_old_file_and_says_so(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full, which this system does not have")
    (tmp_path / "a.txt").write_bytes(b"oud")
    (tmp_path / ".a.txt.part").symlink_to(full)
    with pytest.raises(PublishError, match="still stands"):
        write_if_changed(tmp_path / "a.txt", b"nieuw" * 10_000)
    assert (tmp_path / "a.txt").read_bytes() == b"oud"
