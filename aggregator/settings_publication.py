"""What sources.yaml says of the publication: who publishes what, where, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Feeds that are published beside the combined one."""

    sources: Literal["all"] | tuple[str, ...] = ()
    """Names of the sources that get a feed of their own."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Posts that are in nothing that is published, because somebody asked: one, or all of an author or a source."""

    post: str | None = None
    """Its address."""
    author: str | None = None
    """As the posts name the author, whatever the case."""
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    title: str
    url: str
    """Where out/ is served, with a trailing slash: atom:id and self links derive from it."""
    language: str = "nl"
    timezone: str = "Europe/Amsterdam"
    author: Person
    subtitle: str | None = None
    hub: str | None = None
    """Address of a WebSub hub that is told what changed."""
    feeds: Feeds = Feeds()
    withhold: tuple[Withheld, ...] = ()
    noindex: bool = False
    """Whether search engines are asked to leave the pages alone."""
