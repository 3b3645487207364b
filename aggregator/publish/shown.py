"""What templates show of posts and of sources: text only, which they escape."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from aggregator.model import Entry, SourceState
from aggregator.publish.words import day_named, local_date
from aggregator.settings import Publication, Source

NO_LETTER = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class ShownCopy:
    """A copy of a post, as templates show it."""

    link: str
    source: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A post. Attributes, as Jinja2 looks for those first."""

    anchor: str
    """To which the page can be asked to turn."""
    title: str
    link: str
    excerpt: str
    source: str
    source_link: str
    authors: tuple[str, ...]
    stamp: str
    date: date
    """In the publication's zone."""
    told_in: str
    """The publication's language."""
    undated: bool
    """Its date is that of when it was first seen."""
    minutes: int
    language: str | None
    """Where it is another than the publication's."""
    copies: tuple[ShownCopy, ...]
    written: None = None
    """Not yet."""

    @property
    def day(self) -> str:
        return day_named(self.date, self.told_in)


@dataclass(frozen=True, slots=True)
class Standing:
    """A post of which the article stands on the page already. A template that asks for more is told it, too."""

    anchor: str
    article: str
    read: Callable[[], Shown]

    @property
    def written(self) -> Any:
        from markupsafe import Markup

        return Markup(self.article)  # noqa: S704 - it was escaped when it was written there, by our own hand

    def __getattr__(self, name: str) -> Any:
        return getattr(self.read(), name)

    def __reduce__(self) -> tuple[Any, ...]:
        return Standing, (self.anchor, self.article, unreadable)


def unreadable() -> NoReturn:
    """Read a post in a process that has no store. Raises RuntimeError: the page has to be made where there is one."""
    raise RuntimeError("the template shows more of a post than its article")


def anchor_of(entry: str) -> str:
    """An atom:id as the id of an element: letters, digits and dashes, which every style sheet can name."""
    return NO_LETTER.sub("-", entry)


def shown(entry: Entry, publication: Publication) -> Shown:
    stored, post = entry.stored, entry.stored.post
    local = post.language.split("-")[0] == publication.language.split("-")[0]
    return Shown(
        anchor=anchor_of(entry.id),
        title=post.title,
        link=post.link,
        excerpt=post.excerpt,
        source=entry.source_title,
        source_link=entry.source_link,
        authors=tuple(name for name in post.authors if name != entry.source_title),
        stamp=stored.date.isoformat(),
        date=local_date(stored.date, publication.timezone),
        told_in=publication.language,
        undated=stored.dated_by == "first-seen",
        minutes=post.reading_minutes,
        language=None if local or post.language == "und" else post.language,
        copies=tuple(ShownCopy(copy.post.link, copy.post.source) for copy in entry.copies),
    )


def shown_source(source: Source, state: SourceState | None, words: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows of a source: its state in words, and nothing that changes while all is well."""
    kind = "ok" if state is None or state.state in ("ok", "unchanged") else state.state
    count = state.post_count if state else 0
    return {
        "name": source.name,
        "link": (state.link if state else "") or source.page,
        "state": words[f"state_{kind}"],
        "well": kind == "ok",
        "count": f"{count} {words['post'] if count == 1 else words['posts']}",
    }
