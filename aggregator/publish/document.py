"""What a feed document tells, whatever format it is written in."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.model import Entry, SourceState, StoredPost
from aggregator.publish.presentable import NAME, lines, presentable
from aggregator.publish.words import words_for
from aggregator.settings import Publication
from aggregator.store.archive import Withdrawn

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""When a feed without entries was last updated: a feed must say something, and it must not change."""


@dataclass(frozen=True, slots=True)
class Document:
    """One feed document. Addresses are absolute."""

    id: str
    title: str
    address: str
    """Its own."""
    page: str
    """Where people read the same."""
    entries: tuple[Entry, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    complete: bool = False
    """It holds every entry there is (RFC 5005, 2)."""
    archive: bool = False
    """It is a page of the archive (RFC 5005, 4)."""
    links: tuple[tuple[str, str], ...] = ()
    """Relation and address of the documents it belongs with: prev-archive, next-archive, current."""
    standing: datetime | None = None
    """When the newest was updated of the entries that are put in as they are written already."""

    @property
    def updated(self) -> datetime:
        """When the newest entry was updated; where there is none, when the last was withdrawn."""
        moments = [updated_of(entry.stored) for entry in self.entries] + ([self.standing] if self.standing else [])
        newest = max(moments, default=None)
        return newest or max((one.at for one in self.withdrawn), default=NEVER)


def ready(entries: Sequence[Entry], publication: Publication) -> tuple[Entry, ...]:
    """`entries` as a document holds them: presentable, and each id once."""
    return tuple({entry.id: entry for entry in (presentable(one, publication) for one in entries) if entry.id}.values())


def updated_of(stored: StoredPost) -> datetime:
    """When the entry last changed in a way worth telling: never before it was published, never a date ahead."""
    moments = [stored.date]
    if stored.revised is not None:
        moments.append(stored.revised)
    stated = stored.post.updated
    if stated is not None and stated <= (stored.revised or stored.first_seen):
        moments.append(stated)
    return max(moments)


def newest_update(entries: Sequence[Entry]) -> datetime:
    """When the newest of `entries` was updated."""
    return max((updated_of(entry.stored) for entry in entries), default=NEVER)


def authors_of(entry: Entry, states: Mapping[str, SourceState]) -> tuple[str, ...]:
    """The people of the post, else those of its source, else the source itself: an entry is never without author."""
    state = states.get(entry.stored.post.source)
    return entry.stored.post.authors or (lines(state.authors) if state else ()) or (entry.source_title[:NAME],)


def content_of(entry: Entry, publication: Publication) -> str:
    """The HTML of the post, its excerpt where the post is too long; and last where it comes from."""
    post = entry.stored.post
    body = post.content or (f"<p>{html.escape(post.excerpt, quote=False)}</p>" if post.excerpt else "")
    return body + provenance(entry, publication)


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
