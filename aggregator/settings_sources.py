"""What sources.yaml says of one source."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal
from urllib.parse import urlsplit

SourceKind = Literal["feed", "page", "documents"]
Distrusted = Literal["ids", "dates", "authors", "titles", "tags", "language", "images", "summaries"]
LOGIN = re.compile(r"://[^/?#\s\"'<>]*@")
NEW_AT_ONCE = 20
"""New posts of one reading that are published where `max_new` is not given; of documents all are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """CSS selectors for a page whose posts the structure reader cannot find by itself."""

    post: str | None = None
    title: str | None = None
    link: str | None = None
    body: str | None = None
    date: str | None = None
    author: str | None = None
    image: str | None = None
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How one document that holds many posts is told apart: regular expressions, tried per line."""

    starts: str | None = None
    """Matches the first line of each post: its title."""
    ends: str | None = None
    """Matches the last line of each post; the next line with text begins the next post."""
    until: str | None = None
    """Matches the first line after the end of a post; from there on everything is dropped."""
    drop: tuple[str, ...] = ()
    """Lines that match one of these are dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A post matches when every field that is set matches; author, tag, title and text are regular expressions."""

    author: str | None = None
    tag: str | None = None
    title: str | None = None
    text: str | None = None
    language: str | None = None
    before: str | None = None
    after: str | None = None
    min_words: int | None = None
    max_words: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What holds for every post of a source, whatever the source says."""

    author: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    name: str
    url: str | None = None
    path: str | None = None
    """A glob, relative to the configuration's folder."""
    site: str | None = None
    link: str | None = None
    """Template of a document's link, joined to `site`: {slug}, {stem}, {published:%Y/%m/%d}."""
    kind: SourceKind | None = None
    author: str | None = None
    """Author of posts that name none."""
    language: str | None = None
    tags: tuple[str, ...] = ()
    full_text: bool | None = None
    """True: always read the article page; False: never; None: when the feed gives excerpts."""
    max_new: int | None = None
    """Of one reading, at most so many new posts are published: the newest. The others are kept, and held back."""
    pages: int = 1
    """On the first reading, so many pages of a list that goes on are read; 1 reads no further page."""
    distrust: tuple[Distrusted, ...] = ()
    """What the source says of its posts that is not to be believed."""
    override: Override = Override()
    include: tuple[Rule, ...] = ()
    exclude: tuple[Rule, ...] = ()
    selectors: Selectors | None = None
    split: Split | None = None
    headers: dict[str, str] = field(default_factory=dict)
    priority: int = 0
    """Higher is preferred as the original when copies cannot be told from it otherwise."""
    line: int = 0
    """Where sources.yaml states it."""

    @property
    def page(self) -> str:
        """Where people find the source, as far as sources.yaml tells; '' when it does not."""
        return self.site or without_login(self.url or "")

    @property
    def read_as(self) -> str:
        """Its kind, and a short text that differs when something else does of what it is said to be: with another, its
        posts are read anew. `-` where nothing is said, as of most."""
        said = self.language, self.author, self.tags, self.distrust, self.override, self.site, self.link
        found = said, self.selectors, self.split
        told = blake2b(repr(found).encode(), digest_size=8).hexdigest() if found != NOTHING_SAID else "-"
        return f"{self.kind or '-'} {told}"

    @property
    def allowance(self) -> int | None:
        """How many new posts of one reading are published; None: all of them."""
        return self.max_new if self.max_new is not None or self.path is not None else NEW_AT_ONCE


NOTHING_SAID = (None, None, (), (), Override(), None, None), None, None
"""Of a source, besides its kind."""


def host_of(source: Source) -> str:
    """What is visited by one source at a time: a host and port, or the disk."""
    return urlsplit(without_login(source.url)).netloc.lower() if source.url else ""


def without_login(text: str) -> str:
    """`text` without the names and passwords that addresses in it carry: they are shown nowhere."""
    return LOGIN.sub("://", text)
