"""Finding out what a source is, from the address of any of its pages."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import pytest

from aggregator.model import (
    Answer,
    Fetched,
    Get,
    Memory,
    Problem,
    Purpose,
    RawPost,
    Reading,
    Resource,
    Unchanged,
    Validators,
)
from aggregator.parse.completing import complete
from aggregator.parse.reading import read_source
from aggregator.settings import Selectors, Source

ITEM = (
    "<item><title>Een</title><link>https://blog.example/een</link><description>"
    + "woord " * 100
    + "</description></item>"
)
FEED = f"<rss version='2.0'><channel><title>Blog</title>{ITEM}</channel></rss>"
EMPTY = "<rss version='2.0'><channel><title>Blog</title></channel></rss>"
TEXT = "<p>" + "Een zin over klanten die lang genoeg is. " * 12 + "</p>"
HOME = "https://blog.example/"
P = ParamSpec("P")
R = TypeVar("R")


class Web:
    """Pages by address; anything else is a 404. Remembers what was asked."""

    def __init__(self, pages: dict[str, str | Answer]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def getter(self) -> Get:
        async def get(url: str, purpose: Purpose, known: Resource | None = None) -> Answer:
            self.asked.append(url)
            page = self.pages.get(url)
            if isinstance(page, str):
                return Fetched(url, url, page.encode(), "text/html; charset=utf-8", Validators('"e"'), "hash")
            return page or Problem("unreachable", f"{url} does not exist (404).", url, 404)

        return get


async def at_once(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Work that is done here and now."""
    return function(*arguments, **named)


def read(web: Web, memory: Memory | None = None, **more: object) -> Reading:
    source = Source(name="Blog", **({"url": HOME} | more))  # type: ignore[arg-type]  # fields of Source
    return asyncio.run(read_source(source, memory or Memory(), web.getter(), at_once, None))


def titles(reading: Reading) -> list[str | None]:
    return [post.title for post in reading.feed.posts] if reading.feed else []


def link(href: str, title: str = "", kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


def test_the_feed_that_a_page_names_is_read_and_remembered() -> None:
    web = Web({HOME: f"<head>{link('/feed.xml')}</head>", f"{HOME}feed.xml": FEED})
    reading = read(web)
    assert titles(reading) == ["Een"]
    assert (reading.resolved_url, reading.resolved_kind) == (f"{HOME}feed.xml", "feed")
    assert [resource.url for resource in reading.resources] == [f"{HOME}feed.xml"]
    web.asked.clear()
    read(web, Memory(resolved_url=reading.resolved_url, resolved_kind="feed"))
    assert web.asked == [f"{HOME}feed.xml"], "discovery is not repeated"


def test_feeds_of_comments_and_of_one_tag_and_empty_ones_are_passed_over() -> None:
    named = link("/comments/feed/", "Blog reactiesfeed") + link("/tag/x/feed/") + link("/leeg.xml") + link("/feed/")
    web = Web(
        {
            HOME: named,
            f"{HOME}comments/feed/": FEED,
            f"{HOME}tag/x/feed/": FEED,
            f"{HOME}leeg.xml": EMPTY,
            f"{HOME}feed/": FEED,
        }
    )
    reading = read(web)
    assert reading.resolved_url == f"{HOME}feed/"
    assert any("without posts" in line for line in reading.found)
    assert f"{HOME}comments/feed/" not in web.asked


def test_a_page_that_names_a_thousand_feeds_costs_some_requests() -> None:
    named = "".join(link(f"https://victim.example/{number}.xml") for number in range(1_000))
    web = Web({HOME: named, f"{HOME}feed/": FEED})
    assert read(web).resolved_url == f"{HOME}feed/"
    assert len(web.asked) < 40


@pytest.mark.parametrize("broken", ["http://[foo]/feed", "//[::1/feed", "http://a\u2100b/feed", "http://x:port/feed"])
def test_an_address_that_is_none_costs_a_page_no_other(broken: str) -> None:
    there = f"{link(broken)}<a href='{broken}'>x</a>{link('/feed.xml')}"
    assert read(Web({HOME: there, f"{HOME}feed.xml": FEED})).resolved_url == f"{HOME}feed.xml"
    based = f"<base href='{broken}'>{link('/feed.xml')}" if "port" not in broken else there
    assert read(Web({HOME: based, f"{HOME}feed.xml": FEED})).resolved_url == f"{HOME}feed.xml"
    links = "".join(f"<li><a href='/2026/bericht-nummer-{n}'>Een bericht over nummer {n}</a></li>" for n in range(9))
    stated = f'{{"@type": "BlogPosting", "headline": "x", "url": "{broken}"}}'
    listed = f"<script type='application/ld+json'>{stated}</script><ul><li><a href='{broken}'>Wat een lange titel</a></li>{links}</ul>"
    assert len(titles(read(Web({HOME: listed}), kind="page"))) == 9


def test_a_feed_at_a_usual_path_is_found() -> None:
    reading = read(Web({HOME: "<p>Welkom</p>", f"{HOME}atom.xml": FEED}))
    assert reading.resolved_url == f"{HOME}atom.xml"
    assert "at a usual path" in reading.found[-1]


def test_a_page_that_holds_whole_posts_is_read_itself() -> None:
    article = '<article class="hentry"><h2 class="entry-title"><a href="/{0}/">Post {0}</a></h2><div class="entry-content">{1}</div></article>'
    page = "<body>" + "".join(article.format(number, TEXT * 3) for number in range(3)) + "</body>"
    reading = read(Web({HOME: page}))
    assert titles(reading) == ["Post 0", "Post 1", "Post 2"]
    assert reading.resolved_kind == "page"
    assert all(post.whole for post in reading.feed.posts) if reading.feed else False


LISTING = """<body><nav><a href="/over/">Over onze mooie organisatie</a></nav><main>
<h2><a href="/blog/een-lange-titel-hier">Een lange titel hier</a></h2><p>Begin <a href="/blog/een-lange-titel-hier">Lees verder</a></p>
<h2><a href="/blog/nog-een-lange-titel">Nog een lange titel</a></h2></main><footer><a href="/privacy-en-alles-daarover">Privacy en alles daarover</a></footer></body>"""


def test_a_list_of_links_gives_posts_to_be_completed() -> None:
    reading = read(Web({HOME: LISTING}))
    assert titles(reading) == ["Een lange titel hier", "Nog een lange titel"]
    assert reading.resolved_kind == "listing"
    assert not any(post.whole for post in reading.feed.posts) if reading.feed else False


def test_the_sitemap_is_the_last_resort() -> None:
    sitemap = f"<urlset><url><loc>{HOME}een-lange-titel</loc></url><url><loc>{HOME}</loc></url></urlset>"
    reading = read(Web({HOME: "<p>Welkom</p>", f"{HOME}sitemap.xml": sitemap}))
    assert [post.link for post in reading.feed.posts] == [f"{HOME}een-lange-titel"] if reading.feed else False


def test_selectors_find_what_the_structure_does_not_show() -> None:
    page = '<div class="x"><b class="t"><a href="/a">Kort</a></b><i>Tekst een</i></div><div class="x"><b class="t"><a href="/b">Ook</a></b><i>Tekst twee</i></div>'
    reading = read(Web({HOME: page}), kind="page", selectors=Selectors(post=".x", title=".t", body="i"))
    assert titles(reading) == ["Kort", "Ook"]


def test_html_where_a_feed_was_promised_is_named_so() -> None:
    reading = read(Web({HOME: "<p>Onderhoud</p>"}), kind="feed")
    assert reading.problem is not None
    assert reading.problem.state == "html-instead-of-feed"


def test_a_page_with_nothing_on_it_says_what_to_do() -> None:
    reading = read(Web({HOME: "<p>Welkom</p>"}))
    assert reading.problem is not None
    assert (reading.problem.state, "selectors" in reading.problem.sentence) == ("empty", True)


def test_a_page_that_lost_its_posts_keeps_what_was_and_says_so() -> None:
    memory = Memory(resolved_url=HOME, resolved_kind="page", post_count=20)
    reading = read(Web({HOME: "<p>Nieuwe site!</p>"}), memory)
    assert reading.problem is not None
    assert "gave 20" in reading.problem.sentence


@pytest.mark.parametrize("page", ["<p>Onderhoud</p>", LISTING, f"<article><h1>Nieuwe site</h1>{TEXT}</article>"])
def test_a_feed_that_turned_into_a_page_is_not_read_as_a_blog(page: str) -> None:
    address = f"{HOME}feed.xml"
    memory = Memory(resolved_url=address, resolved_kind="feed", post_count=20)
    reading = read(Web({HOME: page, address: page}), memory)
    assert (reading.feed, reading.problem is not None and reading.problem.state) == (None, "html-instead-of-feed")
    assert reading.problem is not None
    assert "20 posts are kept" in reading.problem.sentence
    assert read(Web({HOME: LISTING, address: LISTING}), memory, kind="page").resolved_kind == "listing"


def test_an_unchanged_answer_costs_no_reading_and_brings_its_new_validators() -> None:
    web = Web({f"{HOME}feed.xml": Unchanged(f"{HOME}feed.xml", Validators('"new"'))})
    reading = read(web, Memory(resolved_url=f"{HOME}feed.xml", resolved_kind="feed"))
    assert reading.unchanged
    assert reading.resources == (Resource(f"{HOME}feed.xml", Validators('"new"')),)


def test_a_feed_that_vanished_is_looked_for_again() -> None:
    web = Web({HOME: f"<head>{link('/nieuw.xml')}</head>", f"{HOME}nieuw.xml": FEED})
    reading = read(web, Memory(resolved_url=f"{HOME}oud.xml", resolved_kind="feed"))
    assert reading.resolved_url == f"{HOME}nieuw.xml"


def completed(raw: RawPost, pages: dict[str, str | Answer]) -> RawPost | Problem:
    return asyncio.run(complete(raw, Source(name="Blog", url=HOME), Web(pages).getter(), at_once))


def test_an_excerpt_is_completed_from_its_page_and_keeps_what_the_feed_said() -> None:
    raw = RawPost(link=f"{HOME}een", title="Uit de feed", content="<p>Begin […]</p>", whole=False, tags=("x",))
    page = f'<html lang="nl"><body><h1>Op de pagina</h1><article><p class="meta">door Anna de Vries</p>{TEXT}</article></body></html>'
    whole = completed(raw, {f"{HOME}een": page})
    assert isinstance(whole, RawPost)
    assert (whole.title, whole.tags, whole.whole, whole.language) == ("Uit de feed", ("x",), True, "nl")
    assert "klanten" in (whole.content or "")


def test_an_excerpt_whose_page_cannot_be_read_stays_an_excerpt() -> None:
    raw = RawPost(link=f"{HOME}een", content="<p>Begin […]</p>", whole=False)
    assert completed(raw, {}) == raw


def test_a_link_to_no_article_is_a_problem() -> None:
    missing = completed(RawPost(link=f"{HOME}weg", whole=False), {})
    empty = completed(RawPost(link=f"{HOME}leeg", whole=False), {f"{HOME}leeg": "<p>Niets</p>"})
    assert isinstance(missing, Problem)
    assert isinstance(empty, Problem)
    assert missing.status == 404


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<p>Nieuwe site!</p>", "holds no posts any more"),
        ('<div><a href="/onze-mooie-nieuwe-diensten">Onze mooie nieuwe diensten</a></div>', "shows only 1 links"),
        ('<nav><a href="/onze-mooie-nieuwe-diensten">Onze mooie nieuwe diensten</a></nav>', "holds no posts any more"),
    ],
)
@pytest.mark.parametrize("kind", ["page", "listing"])
def test_a_new_layout_without_posts_keeps_the_last_good_list(kind: str, page: str, said: str) -> None:
    reading = read(Web({HOME: page}), Memory(resolved_url=HOME, resolved_kind=kind, post_count=20))
    assert reading.feed is None
    assert reading.problem is not None
    assert reading.problem.state == "empty"
    assert said in reading.problem.sentence
    assert "gave 20" in reading.problem.sentence


def test_a_list_that_becomes_whole_posts_without_links_is_read_on() -> None:
    article = (
        '<article class="hentry"><h2 class="entry-title">Post {0}</h2><div class="entry-content">{1}</div></article>'
    )
    page = "<body>" + "".join(article.format(number, TEXT * 3) for number in range(3)) + "</body>"
    reading = read(Web({HOME: page}), Memory(resolved_url=HOME, resolved_kind="listing", post_count=20))
    assert (titles(reading), reading.resolved_kind) == (["Post 0", "Post 1", "Post 2"], "page")


def test_an_answer_without_a_body_is_no_web_page() -> None:
    reading = read(Web({HOME: " "}), Memory(resolved_url=HOME, resolved_kind="feed", post_count=20))
    assert reading.problem == Problem("empty", f"{HOME} answers with nothing at all.", HOME)


def index_of(*addresses: str) -> str:
    rows = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return (
        f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>'
    )


def packed(url: str, text: str) -> Fetched:
    return Fetched(url, url, gzip.compress(text.encode()), "application/gzip", Validators('"m"'), "map")


def test_an_index_of_sitemaps_is_followed_to_its_posts_and_read_again_each_time() -> None:
    posts = f"<urlset><url><loc>{HOME}een-lange-titel</loc><lastmod>2024-01-01</lastmod></url></urlset>"
    deep = f"{HOME}post-sitemap.xml.gz"
    web = Web(
        {
            HOME: "<p>Welkom</p>",
            f"{HOME}sitemap.xml": index_of(f"{HOME}author-sitemap.xml", "https://elders.example/posts.xml", deep),
            deep: packed(deep, posts),
        }
    )
    first = read(web)
    assert [post.link for post in first.feed.posts] == [f"{HOME}een-lange-titel"] if first.feed else False
    assert first.resources == (Resource(f"{HOME}sitemap.xml", Validators(), ""),)
    assert "https://elders.example/posts.xml" not in web.asked
    web.asked.clear()
    second = read(web, Memory(resolved_url=first.resolved_url, resolved_kind=first.resolved_kind, post_count=1))
    assert second.feed == first.feed
    assert web.asked[:2] == [f"{HOME}sitemap.xml", deep], "the map of posts is asked for first"


def test_an_index_that_names_itself_or_a_thousand_maps_costs_a_few_requests() -> None:
    many = [f"{HOME}map-{number}.xml" for number in range(1000)]
    pages: dict[str, str | Answer] = dict.fromkeys(many, index_of(f"{HOME}sitemap.xml", *many))
    web = Web({HOME: "<p>Welkom</p>", f"{HOME}sitemap.xml": index_of(*many), **pages})
    assert read(web).problem is not None
    assert sum("map-" in address for address in web.asked) <= 5


def test_a_broken_packed_sitemap_is_none() -> None:
    broken = Fetched(f"{HOME}sitemap.xml", f"{HOME}sitemap.xml", b"\x1f\x8bno", "application/gzip")
    assert read(Web({HOME: "<p>Welkom</p>", f"{HOME}sitemap.xml": broken})).problem is not None
