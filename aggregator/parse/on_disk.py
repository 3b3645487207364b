"""What a source of documents holds: files on disk, each read as what it is."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import urljoin

from aggregator.model import Fetched, Problem, RawFeed, RawPost, Reading, Resource, Unchanged, Work, WorkStoppedError
from aggregator.parse.article import extract_article
from aggregator.parse.document import link_from, parse_document, slug_of, stem_of
from aggregator.parse.feed import parse_feed
from aggregator.parse.given import Documents
from aggregator.parse.page import posts_on_page
from aggregator.settings import Source

AT_ONCE = 200
"""Documents read in one piece of work, which may be stopped: an archive may hold thousands."""


async def read_documents(source: Source, documents: Documents, work: Work) -> Reading:
    """The posts of files on disk, each read as what it is: a feed, a saved page, Markdown or text."""
    if isinstance(documents, Problem):
        return Reading(problem=documents)
    if isinstance(documents, Unchanged) or documents is None:
        return Reading(unchanged=True)
    read = [one for one in documents if isinstance(one, Fetched)]
    parts = [await read_part(source, read[start : start + AT_ONCE], work) for start in range(0, len(read), AT_ONCE)]
    posts = (post for part in parts for post in part.posts)
    passed_over = [one.sentence for one in documents if isinstance(one, Problem)]
    about = next((part for part in reversed(parts) if part.format != "documents"), parts[0])
    return Reading(
        feed=replace(
            about,
            posts=tuple(replace(post, position=position) for position, post in enumerate(posts)),
            remarks=(*passed_over, *(remark for part in parts for remark in part.remarks)),
        ),
        resources=tuple(
            Resource(one.url, body_hash=one.sentence if isinstance(one, Problem) else one.body_hash)
            for one in documents
        ),
        resolved_kind="documents",
    )


async def read_part(source: Source, documents: Sequence[Fetched], work: Work) -> RawFeed:
    """The posts of some documents; where reading them is stopped, of all but those that it is stopped at once more."""
    try:
        return await work(posts_in, source, documents)
    except WorkStoppedError:
        alone = [await read_alone(source, document, work) for document in documents]
    posts = tuple(post for one in alone for post in one.posts)
    return replace(alone[-1], posts=posts, remarks=tuple(remark for one in alone for remark in one.remarks))


async def read_alone(source: Source, document: Fetched, work: Work) -> RawFeed:
    try:
        return await work(posts_in, source, (document,))
    except WorkStoppedError as stopped:
        remark = f"{document.document_path} could not be read: {stopped}."
        return RawFeed(link=source.site, format="documents", remarks=(remark,))


def posts_in(source: Source, documents: Sequence[Fetched]) -> RawFeed:
    posts: list[RawPost] = []
    remarks: list[str] = []
    about = RawFeed(link=source.site, format="documents")
    for document in documents:
        feed = feed_in(document, source)
        if feed is not None:
            about = replace(feed, link=source.site or feed.link, format=feed.format)
            posts += feed.posts
            remarks += feed.remarks
            continue
        read, wrong = parse_document(document, source)
        posts += read
        remarks += wrong
    return replace(about, posts=tuple(posts), remarks=tuple(remarks))


def feed_in(document: Fetched, source: Source) -> RawFeed | None:
    """The feed or saved page that a document is; None for Markdown and text."""
    name = document.document_path or document.url
    base = source.site or document.url
    if not name.lower().endswith((".html", ".htm", ".xml", ".rss", ".atom", ".json", ".rdf")):
        return None
    feed = parse_feed(document.body, base, document.content_type)
    if feed is not None or not name.lower().endswith((".html", ".htm")):
        return feed or RawFeed(remarks=(f"{name}: it is no feed.",))
    page = posts_on_page(document.body, base, "", source.selectors)
    if page is not None:
        return page
    article = extract_article(document.body, base, "", source.selectors)
    if article is None:
        return RawFeed(remarks=(f"{name}: no article was recognised on the page.",))
    return RawFeed(posts=(with_address(article, name, source),), format="page")


def with_address(article: RawPost, name: str, source: Source) -> RawPost:
    """The article of a saved page, at the address that it names or else the template makes."""
    stem = stem_of(PurePosixPath(name))
    slug = slug_of(html.unescape(article.title or "") or stem)
    made = urljoin(source.site or "", link_from(source, slug, stem, article.published))
    return replace(article, link=article.canonical or made or article.link, id=name)
