"""The older pages of a list that goes on: read once, in whole runs against a real server, and never unasked."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

import pytest

from tests.fetch.faults import Asked, Server, response, serving
from tests.journeys.conftest import Site
from tests.journeys.reading_out import entries_of
from tests.journeys.test_journey_health import HEAD, run_at
from tests.journeys.test_journey_histories import NOW, WORDS

Make = Callable[..., Site]
Pages = dict[str, bytes | str]
"""What stands at each path: a body, or the status line of a refusal."""


def text_of(number: int) -> str:
    chance = Random(number)
    return " ".join(f"{chance.choice(WORDS)}{chance.randrange(50)}" for _ in range(150))


def atom(numbers: range, links: str = "") -> bytes:
    entries = "".join(
        f"<entry><id>urn:x:{number}</id><title>Bericht {number}</title><link href='https://oud.example/{number}'/>"
        f"<updated>{NOW - timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}</updated>"
        f"<content type='html'>&lt;p&gt;{text_of(number)}&lt;/p&gt;</content></entry>"
        for number in numbers
    )
    return (
        f"<feed xmlns='http://www.w3.org/2005/Atom'><id>urn:x</id><title>Blog</title>{links}{entries}</feed>".encode()
    )


def rss(numbers: range, following: str) -> bytes:
    """Undated posts: only their places say which is newer."""
    items = "".join(
        f"<item><title>Bericht {number}</title><link>https://oud.example/{number}</link>"
        f"<description>{text_of(number)}</description></item>"
        for number in numbers
    )
    link = f"<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='next' href='{following}'/>" if following else ""
    return f"<rss version='2.0'><channel><title>Blog</title>{link}{items}</channel></rss>".encode()


def json_feed(numbers: range, following: str) -> bytes:
    items = [
        {"id": f"x{number}", "url": f"https://oud.example/{number}", "title": f"Bericht {number}",
         "content_html": f"<p>{text_of(number)}</p>"}
        for number in numbers
    ]  # fmt: skip
    about = {"version": "https://jsonfeed.org/version/1.1", "title": "Blog", "next_url": following}
    return json.dumps(about | {"items": items}).encode()


def posts_page(numbers: range, following: str) -> bytes:
    posts = "".join(
        f"<article class='post'><h2><a href='/bericht-{number}/'>Bericht {number}</a></h2><p>{text_of(number)}</p></article>"
        for number in numbers
    )
    return f"<html><head><title>Blog</title></head><body><main>{posts}</main>{following}</body></html>".encode()


def following_link(relation: str, href: str) -> str:
    return f"<link rel='{relation}' href='{href}'/>"


@contextmanager
def blog(site: Make, pages: Pages, more: str = "") -> Iterator[tuple[Server, Site]]:
    """A server that holds these pages, and a site that follows `/lijst` of it."""

    def behave(asked: Asked, connection: socket.socket) -> None:
        page = pages.get(asked.path, "404 Not Found")
        connection.sendall(response(page) if isinstance(page, str) else response(body=page, etag='"een"'))

    with serving(behave) as server:
        yield server, site(f"{HEAD}  - {{name: Blog, url: '{server.url}lijst', max_new: 200{more}}}\n")


def asked_of(server: Server) -> list[str]:
    """What was asked of the list, in order."""
    own = re.compile(r"/lijst(?:\?\d+|/page/\d+/)?")
    return [one.path for one in server.asked if own.fullmatch(one.path)]


def titles(blogs: Site) -> list[str]:
    return [entry.title for entry in entries_of(blogs.out / "atom.xml")]


def named(numbers: range) -> list[str]:
    return [f"Bericht {number}" for number in numbers]


LISTS: dict[str, Pages] = {
    "rel=next of Atom": {
        "/lijst": atom(range(1, 6), following_link("next", "/lijst?2")),
        "/lijst?2": atom(range(6, 11), following_link("next", "/lijst?3")),
        "/lijst?3": atom(range(11, 16), following_link("next", "/lijst?4")),
    },
    "rel=prev-archive of Atom": {
        "/lijst": atom(range(1, 6), following_link("prev-archive", "lijst?2")),
        "/lijst?2": atom(range(6, 11), following_link("prev-archive", "lijst?3")),
        "/lijst?3": atom(range(11, 16), following_link("prev-archive", "lijst?4")),
    },
    "rel=next of RSS, without dates": {
        "/lijst": rss(range(1, 6), "/lijst?2"),
        "/lijst?2": rss(range(6, 11), "/lijst?3"),
        "/lijst?3": rss(range(11, 16), "/lijst?4"),
    },
    "next_url of JSON": {
        "/lijst": json_feed(range(1, 6), "/lijst?2"),
        "/lijst?2": json_feed(range(6, 11), "/lijst?3"),
        "/lijst?3": json_feed(range(11, 16), "/lijst?4"),
    },
    "the words of a page": {
        "/lijst": posts_page(range(1, 6), "<nav><a href='/lijst?2'>« Oudere berichten</a></nav>"),
        "/lijst?2": posts_page(range(6, 11), "<a href='/lijst'>Nieuwer</a> <a href='/lijst?3'>Older posts</a>"),
        "/lijst?3": posts_page(range(11, 16), "<a href='/lijst?4'>Volgende »</a>"),
    },
    "the numbers of WordPress": {
        "/lijst": posts_page(range(1, 6), "<a href='/lijst/page/2/'>2</a> <a href='/lijst/page/9/'>9</a>"),
        "/lijst/page/2/": posts_page(range(6, 11), "<a href='/lijst/page/1/'>1</a> <a href='/lijst/page/3/'>3</a>"),
        "/lijst/page/3/": posts_page(range(11, 16), "<a class='next' href='/lijst/page/4/'>→</a>"),
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", LISTS)
def test_so_many_pages_are_read_once_and_their_posts_stay_in_order(site: Make, kind: str) -> None:
    with blog(site, LISTS[kind], ", pages: 3") as (server, blogs):
        assert run_at(blogs, NOW) == (0, "")
        assert titles(blogs) == named(range(1, 16))
        assert asked_of(server) == list(LISTS[kind]), "each once, and no fourth"
        server.asked.clear()
        assert run_at(blogs, NOW + timedelta(days=1)) == (0, "")
        assert asked_of(server) == ["/lijst"]


def test_without_pages_the_first_is_all_that_is_asked_for(site: Make) -> None:
    with blog(site, LISTS["rel=next of Atom"]) as (server, blogs):
        assert run_at(blogs, NOW) == (0, "")
        assert titles(blogs) == named(range(1, 6))
        assert asked_of(server) == ["/lijst"]


FIRST, SECOND = range(1, 6), range(4, 9)
ENDS: dict[str, tuple[Pages, list[str], list[str]]] = {
    "a list that leads back": (
        {"/lijst": atom(FIRST, following_link("next", "/lijst?2")), "/lijst?2": atom(SECOND, following_link("next", "/lijst"))},
        ["/lijst", "/lijst?2"], named(range(1, 9)),
    ),
    "a page that names itself": ({"/lijst": atom(FIRST, following_link("next", "/lijst"))}, ["/lijst"], named(FIRST)),
    "the same posts under ever new addresses": (
        {"/lijst": atom(FIRST, following_link("next", "/lijst?2")), "/lijst?2": atom(FIRST, following_link("next", "/lijst?3"))},
        ["/lijst", "/lijst?2"], named(FIRST),
    ),
    "a feed that ends without posts": (
        {"/lijst": atom(FIRST, following_link("next", "/lijst?2")), "/lijst?2": atom(range(0))},
        ["/lijst", "/lijst?2"], named(FIRST),
    ),
    "a page of another host": (
        {"/lijst": atom(FIRST, following_link("next", "http://localhost:9/lijst?2"))}, ["/lijst"], named(FIRST),
    ),
    "an address that is none": ({"/lijst": atom(FIRST, following_link("next", "http://[x"))}, ["/lijst"], named(FIRST)),
}  # fmt: skip


@pytest.mark.parametrize("case", ENDS)
def test_a_list_that_goes_on_for_ever_or_astray_ends(site: Make, case: str) -> None:
    pages, asked, wanted = ENDS[case]
    with blog(site, pages, ", pages: 50") as (server, blogs):
        assert run_at(blogs, NOW) == (0, "")
        assert (asked_of(server), titles(blogs)) == (asked, wanted)


@pytest.mark.parametrize(
    ("third", "said"),
    [("500 Oops", "500"), ("404 Not Found", "404"), (b"<html><p>Onderhoud</p></html>", "is no feed")],
)
def test_a_later_page_that_fails_keeps_what_was_read_and_is_said(site: Make, third: bytes | str, said: str) -> None:
    pages = {**LISTS["rel=next of Atom"], "/lijst?3": third}
    with blog(site, pages, ", pages: 3") as (server, blogs):
        assert run_at(blogs, NOW)[0] == 0
        assert titles(blogs) == named(range(1, 11))
        row = json.loads(blogs.run("status", "--json").stdout)[0]
        assert row["state"] == "malformed-but-read"
        assert "Its older posts could be read no further than 2 pages" in row["sentence"]
        assert said in row["sentence"]
        server.asked.clear()
        run_at(blogs, NOW + timedelta(days=1))
        assert asked_of(server) == ["/lijst"], "it is not asked for again"


def test_a_list_too_long_for_one_run_is_read_to_its_end_by_the_next(site: Make) -> None:
    def list_of(numbers: range, following: str) -> bytes:
        links = "".join(f"<li><a href='/stuk-{one}-van-de-week'>Een stuk, nummer {one}</a></li>" for one in numbers)
        return f"<html><body><main><ul>{links}</ul>{following}</main></body></html>".encode()

    pages: Pages = {
        "/lijst": list_of(range(1, 31), "<a rel='next' href='/lijst?2'>2</a>"),
        "/lijst?2": list_of(range(31, 61), ""),
    }
    for number in range(1, 61):
        article = f"<h1>Een stuk, nummer {number}</h1><p>{text_of(number)}.</p><p>{text_of(900 + number)}.</p>"
        pages[f"/stuk-{number}-van-de-week"] = f"<html><body><article>{article}</article></body></html>".encode()
    with blog(site, pages, ", pages: 2") as (server, blogs):
        for day, held, asked in ((0, 50, ["/lijst", "/lijst?2"]), (1, 60, ["/lijst", "/lijst?2"]), (2, 60, ["/lijst"])):
            server.asked.clear()
            assert run_at(blogs, NOW + timedelta(days=day)) == (0, "")
            assert json.loads((blogs.out / "status.json").read_bytes())["sources"][0]["posts"] == held
            assert asked_of(server) == asked
