"""The feeds beside the combined one: which posts they hold, under which path, and where they are listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

from aggregator.publish.offers import offers, slugs
from aggregator.settings import Feeds
from aggregator.store.copies import relate
from tests.publish.build import URL, a_setting, published
from tests.publish.judging import faults_of
from tests.publish.walking import ATOM, link
from tests.store.build import a_post, identifier, keep, opened

NOW = datetime(2026, 10, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def titles(file: Path) -> list[str]:
    feed = ElementTree.fromstring(file.read_bytes())
    return [entry.findtext(f"{ATOM}title") or "" for entry in feed.iter(f"{ATOM}entry")]


def test_a_feed_of_a_source_holds_its_posts_and_those_that_are_shown_as_anothers(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        loud = [a_post(f"e{number}", "Één blog", date=NOW - number * DAY, tags=("KLANT",)) for number in range(1, 60)]
        keep(store, *loud)
        keep(
            store,
            a_post("eigen", "Twee", date=NOW - 70 * DAY, tags=("100% Klant_", "klant")),
            a_post("kopie", "Twee", date=NOW - DAY),
        )
        original, copy = identifier("Één blog", "e1"), identifier("Twee", "kopie")
        with store.transaction():
            relate(store, {original: (None, ""), copy: (original, "gelijk")})
        feeds = Feeds(sources=("Één blog", "Twee"), tags=("100% Klant_", "klant"))
        published(a_setting(tmp_path, "Één blog", "Twee", "Drie", feeds=feeds), store, NOW)
    out = tmp_path / "out/feeds"
    assert titles(out / "sources/twee.xml") == ["Titel e1", "Titel eigen"]
    assert titles(out / "sources/een-blog.xml") == [f"Titel e{number}" for number in range(1, 51)]
    assert titles(out / "tags/100-klant.xml") == ["Titel eigen"]
    assert titles(out / "tags/klant.xml") == ["Titel eigen"], "of as many newer ones, the tag is spelt otherwise"
    ids = set()
    for file in out.rglob("*.xml"):
        feed = ElementTree.fromstring(file.read_bytes())
        assert link(feed, "self") == f"{URL}{file.relative_to(tmp_path / 'out')}"
        assert faults_of(file.name, file.read_bytes()) == []
        ids.add(feed.findtext(f"{ATOM}id"))
    assert len(ids) == 4


def test_the_list_of_sources_sends_readers_to_feeds_and_people_to_pages(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a", "Een"))
        keep(store, a_post("b", "Twee"))
        with store.transaction():
            store.write("UPDATE source SET kind = 'feed', feed_url = 'https://een.example/feed' WHERE name = 'Een'")
        settings = a_setting(tmp_path, "Een", "Twee", feeds=Feeds(sources="all"))
        published(settings, store, NOW)
    body = ElementTree.fromstring((tmp_path / "out/sources.opml").read_bytes()).find("body")
    assert body is not None
    een, twee, own = body
    assert (een.get("type"), een.get("xmlUrl"), een.get("htmlUrl")) == (
        "rss",
        "https://een.example/feed",
        "https://een.example/",
    )
    assert (twee.get("type"), twee.get("url"), twee.get("xmlUrl")) == ("link", "https://twee.example/", None)
    assert [one.get("xmlUrl") for one in own] == [f"{URL}feeds/sources/een.xml", f"{URL}feeds/sources/twee.xml"]


def test_a_path_belongs_to_one_feed_and_stays_with_it(tmp_path: Path) -> None:
    found = dict(slugs(["Blog!", "blog", "日本", "Één & ander"]))
    assert (found["Blog!"], found["Één & ander"]) == ("blog", "een-ander")
    assert found["blog"].startswith("blog-")
    assert len(found["日本"]) == 8
    assert dict(slugs(["Blog!", "Nieuw", "blog", "日本", "Één & ander"])).items() >= found.items()
    paths = [offer.path for offer in offers(a_setting(tmp_path, "a", "A", feeds=Feeds(sources="all", tags=("a",))))]
    assert len(set(paths)) == len(paths) == 6


def test_a_feed_that_is_wanted_no_more_is_taken_away(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a", "Een"))
        published(a_setting(tmp_path, "Een", feeds=Feeds(sources="all")), store, NOW)
        assert (tmp_path / "out/feeds/sources/een.xml.gz").is_file()
        published(a_setting(tmp_path, "Een"), store, NOW)
        assert not (tmp_path / "out/feeds/sources").exists()
