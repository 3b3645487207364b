"""A feed as Atom (RFC 4287), through feedgen: everything it would fill in by itself is stated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from aggregator import __version__
from aggregator.model import Entry, SourceState
from aggregator.publish.document import Document, authors_of, content_of, updated_of
from aggregator.publish.presentable import EXCERPT, NAME, RIGHTS, address, iri, line
from aggregator.publish.words import words_for
from aggregator.settings import Publication

TYPE = "application/atom+xml"


def atom(
    publication: Publication, document: Document, states: Mapping[str, SourceState]
) -> tuple[bytes, tuple[str, ...]]:
    """The feed of `document`, its entries in their order, and a sentence for each that could not be written."""
    return written("atom", publication, document, states)


def written(
    kind: Literal["atom", "rss"],
    publication: Publication,
    document: Document,
    states: Mapping[str, SourceState],
) -> tuple[bytes, tuple[str, ...]]:
    """`document` in one of feedgen's formats.

    feedgen dies whole on one entry that it cannot write: then each is tried.
    """
    feed, warnings = generator_of(publication, document, states)
    try:
        body = getattr(feed, f"{kind}_str")(pretty=True)
    except (ValueError, TypeError):
        feed, warnings = generator_of(publication, document, states, tried=f"{kind}_entry")
        body = getattr(feed, f"{kind}_str")(pretty=True)
    return body + b"\n", warnings


def generator_of(
    publication: Publication,
    document: Document,
    states: Mapping[str, SourceState],
    tried: str = "",
) -> tuple[Any, tuple[str, ...]]:
    """feedgen's generator with `document`, without the entries that it cannot write in the way that is `tried`."""
    from feedgen.feed import FeedGenerator

    from aggregator.publish.atom_extensions import EntryExtension, FeedExtension
    from aggregator.publish.rss_extensions import ChannelExtension, ItemExtension

    feed = FeedGenerator()
    feed.register_extension("more", FeedExtension, EntryExtension, atom=True, rss=False)
    feed.register_extension("twin", ChannelExtension, ItemExtension, atom=False, rss=True)
    feed.id(document.id)
    feed.title(line(document.title, NAME))
    feed.description(line(publication.subtitle or publication.title, EXCERPT))
    feed.language(publication.language)
    feed.author({"name": line(publication.author.name, NAME)})
    feed.link(href=document.address, rel="self", type=TYPE)
    feed.link(href=document.page, rel="alternate", type="text/html")
    feed.rights(words_for(publication.language)["rights"])
    # A page of the archive stays as it is when the program becomes a newer one.
    feed.generator("aggregator", version=None if document.archive else __version__)
    feed.updated(document.updated)
    feed.more.document = feed.twin.document = document
    feed.more.hub = feed.twin.hub = "" if document.archive else publication.hub or ""
    warnings = []
    for entry in document.entries:
        try:
            made = feed.add_entry(order="append")
            fill(made, entry, publication, states)
            if tried:
                getattr(made, tried)()
        except (ValueError, TypeError) as error:
            feed.remove_entry(-1)
            warnings.append(f"{entry.stored.post.link}: left out of the feeds, which cannot hold it: {error}")
    return feed, tuple(warnings)


def fill(made: Any, entry: Entry, publication: Publication, states: Mapping[str, SourceState]) -> None:
    """All that is said of one entry."""
    stored, post = entry.stored, entry.stored.post
    state = states.get(post.source)
    made.id(entry.id)
    made.title(post.title)
    made.published(stored.date)
    made.updated(updated_of(stored))
    made.author([{"name": name} for name in authors_of(entry, states)])
    for name in post.contributors:
        made.contributor({"name": name})
    made.content(content_of(entry, publication), type="html")
    made.summary(post.excerpt or post.title)
    scheme = {"scheme": entry.source_link} if entry.source_link else {}
    for tag in post.tags:
        made.category(term=tag, **scheme)
    if post.rights:
        made.rights(post.rights)
    if post.comments:
        made.comments(post.comments)
    if post.enclosures:
        first = post.enclosures[0]  # RSS knows one
        made.enclosure(first.url, str(first.length or 0), first.media_type or "application/octet-stream")
    made.link(href=post.link, replace=True)
    made.more.links = links_of(entry)
    made.more.origin = made.twin.origin = origin_of(entry, state)
    made.more.language = "" if post.language == "und" else post.language
    made.twin.authors = authors_of(entry, states)


def links_of(entry: Entry) -> tuple[Any, ...]:
    """alternate, enclosures, where it came from, its copies, and its comments (RFC 4685)."""
    from aggregator.publish.atom_extensions import Link

    post = entry.stored.post
    links = [Link(post.link, "alternate", "text/html")]
    links += [Link(item.url, "enclosure", item.media_type, length=item.length) for item in post.enclosures]
    links += [Link(found, "via") for found in post.via]
    links += [Link(post.external, "related")] if post.external else []
    links += [Link(copy.post.link, "related", "text/html", copy.post.source) for copy in entry.copies]
    if post.comments:
        links.append(Link(post.comments, "replies", "text/html"))
    return tuple(dict.fromkeys(links))


def origin_of(entry: Entry, state: SourceState | None) -> Any:
    """atom:source: the feed or page that the post was read from, as it was when the entry was last updated."""
    from aggregator.publish.atom_extensions import Origin

    feed = address(state.feed_url) if state else ""
    return Origin(
        id=(iri(state.feed_id) if state else "") or feed or entry.source_link or entry.stored.post.link,
        title=entry.source_title,
        updated=updated_of(entry.stored).isoformat(),
        link=entry.source_link,
        feed=feed if state and state.kind == "feed" else "",
        rights=line((state.rights if state else None) or "", RIGHTS),
        icon=address((state.icon if state else None) or ""),
    )
