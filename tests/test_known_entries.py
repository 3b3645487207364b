"""Entries that are not read again, because their bytes are known, change nothing of what a reading brings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from aggregator.keep import keep, unknown
from aggregator.model import Fetched, Memory, RawFeed, SourceState
from aggregator.parse.feed import parse_feed
from aggregator.parse.given import of_feed
from aggregator.prepare import Context, parsed_and_ready
from aggregator.recognising import trusted_with
from aggregator.settings import Person, Publication, Settings, Source
from aggregator.store import Store, open_store
from aggregator.store.known import imprints_of, raw_hashes
from aggregator.store.sources import memories, states_by_name
from tests.samples import examples

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
SOURCE = Source(name="Een", url="https://een.example/feed", max_new=1000, full_text=False)
EXAMPLES = int(os.environ.get("AGGREGATOR_HISTORIES", examples(40)))
"""Histories that are tried."""
WORDS = "klant vraag antwoord winkel regel brief week dag mens loket stoel kassa".split()


@dataclass(frozen=True)
class Entry:
    """An entry as a feed lists it."""

    id: str
    link: str
    title: str
    day: int
    text: str

    @property
    def rss(self) -> str:
        date = (NOW - timedelta(days=self.day)).strftime("%a, %d %b %Y %H:%M:%S +0000")
        guid = f'<guid isPermaLink="false">{self.id}</guid>' if self.id else ""
        told = f"<title>{escape(self.title)}</title><link>{self.link}</link>{guid}<pubDate>{date}</pubDate>"
        return f"<item>{told}<description>{escape(self.text)}</description></item>"


@dataclass(frozen=True)
class Version:
    """A feed as it stands at one reading."""

    home: str
    language: str
    built: int
    entries: tuple[Entry, ...]

    @property
    def body(self) -> bytes:
        about = f"<title>Een</title><link>{self.home}</link><language>{self.language}</language>"
        built = f"<lastBuildDate>Thu, 0{self.built} Oct 2026 12:00:00 +0000</lastBuildDate>"
        posts = "".join(one.rss for one in self.entries)
        return f'<rss version="2.0"><channel>{about}{posts}{built}</channel></rss>'.encode()


entries = st.builds(
    Entry,
    id=st.sampled_from(["", "a", "b", "c", "d", "e", "f"]),
    link=st.sampled_from(["/een", "/twee", "drie.html", "https://een.example/vier", "https://elders.example/vijf"]),
    title=st.sampled_from(["Eerste", "Tweede", "Derde & laatste"]),
    day=st.integers(1, 5),
    text=st.lists(st.sampled_from(WORDS), min_size=3, max_size=40).map(" ".join),
)
versions = st.builds(
    Version,
    home=st.sampled_from(["https://een.example/", "https://een.example/blog/", "https://www.een.example/"]),
    language=st.sampled_from(["nl", "en"]),
    built=st.integers(1, 9),
    entries=st.lists(entries, max_size=6, unique_by=lambda one: (one.id, one.link)).map(tuple),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Version]:
    """Versions of a feed, each with some entries of the one before as they stood."""
    found = [draw(versions)]
    for _ in range(draw(st.integers(1, 4))):
        version = draw(versions)
        kept = tuple(one for one in found[-1].entries if draw(st.booleans()))
        found.append(
            Version(version.home, version.language, version.built, tuple(draw(st.permutations(kept + version.entries))))
        )
    return found


def read(store: Store, version: Version, settings: Settings, now: datetime) -> RawFeed:
    """One reading, as a run makes it."""
    memory, state = memories(store).get("Een", Memory()), states_by_name(store).get("Een", SourceState("Een"))
    known, told_by = raw_hashes(store, "Een"), trusted_with(SOURCE, state)
    context = Context(SOURCE, settings.publication, now, frozenset(known), told_by, imprints_of(store, "Een"))
    answer = Fetched(f"{SOURCE.url}", f"{SOURCE.url}", version.body, "application/rss+xml")
    feed = parsed_and_ready(parse_feed, answer.body, answer.url, answer.content_type, context)
    assert feed is not None
    reading = of_feed(feed, answer, "feed", memory)
    keep(SOURCE, memory, state, reading, unknown(reading, known, told_by), settings, store, now)
    return feed


def rows(store: Store, tables: Sequence[str]) -> dict[str, list[tuple[object, ...]]]:
    found = {table: store.rows(f"SELECT * FROM {table}") for table in tables}
    return {
        table: sorted(tuple(row[key] for key in store.columns(table)) for row in every)
        for table, every in found.items()
    }


def configured(folder: Path) -> Settings:
    publication = Publication(title="Proef", url="https://example.org/", author=Person(name="R"))
    return Settings(publication=publication, sources=(SOURCE,), file=folder / "sources.yaml")


@effort(max_examples=EXAMPLES)
@given(history=histories())
def test_what_is_stored_is_the_same(history: list[Version]) -> None:
    stored = []
    for forgetful in (False, True):
        with tempfile.TemporaryDirectory() as name:
            settings = configured(Path(name))
            with open_store(settings.store, settings.folder) as store:
                for number, version in enumerate(history):
                    if forgetful:
                        with store.transaction():
                            store.write("DELETE FROM imprint")
                    read(store, version, settings, NOW + timedelta(hours=number))
                stored.append(rows(store, ("post", "post_alias", "decision", "source", "sketch", "unpublished")))
    assert stored[0] == stored[1]


@pytest.mark.usefixtures("either_store")
def test_only_what_is_not_known_is_read(tmp_path: Path) -> None:
    old = tuple(Entry(name, f"/{name}", f"Bericht {name}", day, "klant") for day, name in enumerate("abcde", 1))
    edited = Entry("b", "/b", "Bericht b", 2, "klant en winkel")
    added = Entry("f", "/f", "Bericht f", 1, "loket")
    version = Version("https://een.example/", "nl", 1, old)
    settings = configured(tmp_path)
    with open_store(settings.store, settings.folder) as store:

        def titles(of: Version) -> list[str | None]:
            return [raw.title for raw in read(store, of, settings, NOW).posts]

        all_of_them = [one.title for one in old]
        assert titles(version) == all_of_them
        assert titles(replace(version, built=2)) == [None] * 5
        changed = (added, old[0], edited, *old[2:])
        assert titles(replace(version, entries=changed)) == ["Bericht f", None, "Bericht b", None, None, None]
        assert titles(replace(version, entries=changed[::-1])) == [None] * 6
        assert titles(replace(version, home="https://een.example/blog/")) == all_of_them, (
            "relative links lead elsewhere"
        )
        with store.transaction():
            store.write("UPDATE post SET raw_hash = '' WHERE title = 'Bericht c'")
        elsewhere = titles(replace(version, home="https://een.example/blog/", built=3))
        assert elsewhere == [None, None, "Bericht c", None, None], "it is not stored as it stands there"
