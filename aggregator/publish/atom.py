"""The combined feed as Atom (RFC 4287), through feedgen: everything it would fill in by itself is stated."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aggregator import __version__
from aggregator.model import Entry, Post, SourceState, StoredPost
from aggregator.publish.words import words_for
from aggregator.settings import Publication

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""When a feed without entries was last updated: a feed must say something, and it must not change."""
LONGEST_TITLE = 1_000


def atom(
    publication: Publication, entries: Sequence[Entry], sources: Mapping[str, SourceState]
) -> tuple[bytes, datetime, tuple[str, ...]]:
    """The feed of `entries`, in their order, when it was updated, and a sentence for each entry that is not in it."""
    from feedgen.feed import FeedGenerator

    from aggregator.publish.atom_extensions import EntryExtension, FeedExtension

    feed = FeedGenerator()
    feed.register_extension("aggregator", FeedExtension, EntryExtension, rss=False)
    feed.aggregator.language = publication.language
    feed.id(publication.url)
    feed.title(publication.title)
    if publication.subtitle:
        feed.subtitle(publication.subtitle)
    feed.author({"name": publication.author.name})
    feed.link(href=f"{publication.url}atom.xml", rel="self", type="application/atom+xml")
    feed.link(href=publication.url, rel="alternate", type="text/html")
    feed.generator("aggregator", version=__version__)
    feed.updated(newest_update(entries))
    warnings = []
    for entry in entries:
        try:
            made = feed.add_entry(order="append")
            fill(made, entry, publication, sources.get(entry.stored.post.source))
            made.atom_entry()
        except ValueError as error:
            feed.remove_entry(-1)
            warnings.append(f"{entry.stored.post.link}: left out of atom.xml, which cannot hold it: {error}")
    return feed.atom_str(pretty=True) + b"\n", newest_update(entries), tuple(warnings)


def newest_update(entries: Sequence[Entry]) -> datetime:
    """When the newest of `entries` was updated."""
    return max((updated_of(entry.stored) for entry in entries), default=NEVER)


def fill(made: Any, entry: Entry, publication: Publication, state: SourceState | None) -> None:
    """All that is said of one entry."""
    stored, post = entry.stored, entry.stored.post
    made.id(entry.id)
    made.title(post.title[:LONGEST_TITLE] or post.link)
    made.published(stored.date)
    made.updated(updated_of(stored))
    for name in authors_of(entry, state):
        made.author({"name": name})
    made.content(post.content + provenance(entry, publication), type="html")
    if post.excerpt:
        made.summary(post.excerpt)
    for tag in post.tags:
        made.category(term=tag)
    if post.rights:
        made.rights(post.rights)
    made.link(href=post.link)
    made.aggregator.links = links_of(entry)
    made.aggregator.origin = origin_of(entry, state)
    if post.language != "und" and post.language.split("-")[0] != publication.language.split("-")[0]:
        made.aggregator.language = post.language


def updated_of(stored: StoredPost) -> datetime:
    """When the entry last changed in a way worth telling: never before it was published, never a date ahead."""
    moments = [stored.date]
    if stored.revised is not None:
        moments.append(stored.revised)
    stated = stored.post.updated
    if stated is not None and stated <= (stored.revised or stored.first_seen):
        moments.append(stated)
    return max(moments)


def authors_of(entry: Entry, state: SourceState | None) -> tuple[str, ...]:
    """The people of the post, else those of its source, else the source itself: an entry is never without author."""
    return entry.stored.post.authors or (state.authors if state else ()) or (entry.source_title,)


def provenance(entry: Entry, publication: Publication) -> str:
    """The last paragraph of the content: names the source with a link, for readers that do not show atom:source."""
    words = words_for(publication.language)
    line = f"{words['provenance']} {anchor(entry.stored.post.link, entry.source_title)}."
    if entry.copies:
        named = ", ".join(anchor(copy.post.link, copy.post.source) for copy in entry.copies)
        line += f" {words['copies']} {named}."
    return f'\n<p class="provenance">{line}</p>'


def anchor(address: str, text: str) -> str:
    return f'<a href="{html.escape(address)}">{html.escape(text, quote=False)}</a>'


def links_of(entry: Entry) -> tuple[Any, ...]:
    """alternate, enclosures, where it came from, its copies, and its comments."""
    from aggregator.publish.atom_extensions import Link

    post = entry.stored.post
    links = [Link(post.link, "alternate", "text/html")]
    links += [Link(item.url, "enclosure", item.media_type, length=item.length) for item in post.enclosures]
    links += [Link(address, "via") for address in post.via]
    links += [Link(copy.post.link, "related", "text/html", copy.post.source) for copy in entry.copies]
    if post.comments:
        links.append(Link(post.comments, "replies", "text/html"))
    return tuple(dict.fromkeys(links))


def origin_of(entry: Entry, state: SourceState | None) -> Any:
    """atom:source: the feed or page that the post was read from."""
    from aggregator.publish.atom_extensions import Origin

    post: Post = entry.stored.post
    address = state.feed_url if state and state.feed_url.startswith(("http://", "https://")) else ""
    is_feed = state is not None and state.kind == "feed"
    newest = state.updated if state and state.updated else entry.stored.date
    return Origin(
        id=(state.feed_id if state else "") or address or entry.source_link or post.link,
        title=entry.source_title,
        updated=newest.isoformat(),
        link=entry.source_link,
        feed=address if is_feed else "",
        rights=(state.rights if state else None) or "",
        icon=(state.icon if state else None) or "",
    )
