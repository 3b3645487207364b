"""What sources.yaml says otherwise of a source than when it was read last holds for what it lists, from the next run on."""

from __future__ import annotations

import json
import socket
from datetime import timedelta

from tests.fetch.faults import Asked, answer
from tests.journeys.reading_out import entries_of
from tests.journeys.test_journey_health import HEAD, run_at
from tests.journeys.test_journey_histories import NOW, Make, a_feed, following, ids, items

LATER = NOW + timedelta(hours=6)


def test_an_author_that_is_given_later_is_that_of_all_that_the_feed_lists(site: Make) -> None:
    with following(site, items(3)) as (_, blogs, source):
        assert run_at(blogs, NOW) == (0, "")
        before = ids(blogs)
        for place, (said, author) in enumerate(((", override: {author: Piet}", "Piet"), ("", "Blog")), 1):
            blogs.configure(HEAD + source.replace("}", f"{said}}}"))
            assert run_at(blogs, NOW + place * timedelta(hours=6)) == (0, "")
            entries = entries_of(blogs.out / "atom.xml")
            assert {entry.author for entry in entries} == {author}
            assert [entry.id for entry in entries] == before
        explained = blogs.run("explain", entries[0].link).stdout
        assert "edited: Its content changed at the source, or by what sources.yaml says of it." in explained
        written = (blogs.out / "atom.xml").read_bytes()
        assert run_at(blogs, NOW + timedelta(days=1)) == (0, "")
        assert (blogs.out / "atom.xml").read_bytes() == written


def test_documents_are_read_again_when_a_language_is_given(site: Make) -> None:
    source = "  - {name: Map, path: 'map/*.md', site: 'https://map.example/', link: '{stem}.html'}\n"
    blogs = site(HEAD + source)
    (blogs.folder / "map").mkdir()
    (blogs.folder / "map" / "een.md").write_text("---\ntitle: Een\ndate: 2026-10-01\n---\n\nHallo daar.\n", "utf-8")
    assert run_at(blogs, NOW) == (0, "")
    blogs.configure(HEAD + source.replace("}\n", ", override: {language: fy}}\n"))
    assert run_at(blogs, LATER) == (0, "")
    assert b'xml:lang="fy"' in (blogs.out / "atom.xml").read_bytes()


def test_a_kind_that_is_given_later_is_what_is_read(site: Make) -> None:
    posts = items(3)
    articles = "".join(
        f"<article><h2><a href='{one.link}'>{one.title}</a></h2><time datetime='{one.date:%Y-%m-%d}'></time>"
        f"<p>{one.text}</p></article>"
        for one in posts
    )
    head = "<link rel='alternate' type='application/rss+xml' href='/feed.xml'>"
    page = answer(body=f"<html><head><title>B</title>{head}</head><body>{articles}</body></html>".encode())
    feed = answer(body=a_feed(posts))

    def behaviour(asked: Asked, connection: socket.socket) -> None:
        (feed if asked.path == "/feed.xml" else page)(asked, connection)

    with following(site, posts) as (stage, blogs, source):
        stage.behaviour = behaviour
        for kind, found in (("", "feed"), (", kind: page", "page"), ("", "feed")):
            blogs.configure(HEAD + source.replace("feed.xml", "").replace(", kind: feed", kind))
            assert run_at(blogs, LATER)[0] == 0
            (state,) = json.loads(blogs.run("status", "--json").stdout)
            assert state["kind"] == found
            assert len(ids(blogs)) == 3
