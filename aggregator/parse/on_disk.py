"""What a source of documents holds: files on disk, each read as what it is."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import Fetched, Problem, RawFeed, RawPost, Reading, Resource, Unchanged
from aggregator.parse.article import extract_article
from aggregator.parse.document import parse_document
from aggregator.parse.feed import parse_feed
from aggregator.parse.given import Documents
from aggregator.parse.page import posts_on_page
from aggregator.settings import Source


def read_documents(source: Source, documents: Documents) -> Reading:
    """The posts of files on disk, each read as what it is: a feed, a saved page, Markdown or text."""
    if isinstance(documents, Problem):
        return Reading(problem=documents)
    if isinstance(documents, Unchanged) or documents is None:
        return Reading(unchanged=True)
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
    numbered = tuple(replace(post, position=position) for position, post in enumerate(posts))
    return Reading(
        feed=replace(about, posts=numbered, remarks=tuple(remarks)),
        resources=tuple(Resource(document.url, document.validators, document.body_hash) for document in documents),
        resolved_kind="documents",
    )


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
    return RawFeed(posts=(replace(article, link=article.canonical or article.link, id=name),), format="page")
