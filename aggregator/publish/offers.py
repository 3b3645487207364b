"""The feeds that are published, by name and path: for the plan, the pages that offer them, and the list of sources."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aggregator.publish.plan import key_of
from aggregator.settings import Settings


@dataclass(frozen=True, slots=True)
class Offer:
    """One feed that people can subscribe to."""

    title: str
    path: str
    """Under out/."""
    media_type: str
    source: str | None = None
    """The source whose posts it holds; None where it holds those of all."""
    tag: str | None = None


def offers(settings: Settings) -> tuple[Offer, ...]:
    """Every feed, the combined ones first."""
    publication = settings.publication
    title, wanted = publication.title, publication.feeds
    names = [source.name for source in settings.sources if wanted.sources == "all" or source.name in wanted.sources]
    combined = (
        Offer(title, "atom.xml", "application/atom+xml"),
        Offer(title, "rss.xml", "application/rss+xml"),
        Offer(title, "feed.json", "application/feed+json"),
    )
    of_sources = (
        Offer(f"{title}: {name}", f"feeds/sources/{slug}.xml", "application/atom+xml", source=name)
        for name, slug in slugs(names)
    )
    of_tags = (
        Offer(f"{title}: {tag}", f"feeds/tags/{slug}.xml", "application/atom+xml", tag=tag)
        for tag, slug in slugs(wanted.tags)
    )
    return (*combined, *of_sources, *of_tags)


def slugs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each name with how it is spelt in a path; of two that would be spelt alike the first keeps the plain spelling."""
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
        if not slug or slug in taken:
            slug = f"{slug}-{key_of(name)[:8]}".strip("-")
        taken.add(slug)
        yield name, slug
