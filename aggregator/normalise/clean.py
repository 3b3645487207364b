"""From a raw post to a clean one: the steps, in their order. Sanitising comes last, whatever the source."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.model import Enclosure, Post, RawFeed, RawPost
from aggregator.normalise.credits import credits_of
from aggregator.normalise.dates import read_date
from aggregator.normalise.excerpts import excerpt_for
from aggregator.normalise.html import clean_html
from aggregator.normalise.language import language_of
from aggregator.normalise.lead_picture import pictured
from aggregator.normalise.people import people_of
from aggregator.normalise.text import fold, harmless, reading_minutes
from aggregator.normalise.titles import calmed, made_title, title_of
from aggregator.normalise.urls import clean_url, compare_key
from aggregator.settings import Publication, Source

FEWEST_ALIKE = 3
"""Posts of a feed from which on it says something that all bear one date."""
NO_TAG = re.compile(
    r"^(?:geen categorie|ongecategoriseerd|uncategori[sz]ed|non classé|allgemein|zonder categorie)$", re.IGNORECASE
)
LONGEST_TAG = 80
COUNTED = re.compile(
    r"https?://(?:feeds\d*\.feedburner\.com|feedproxy\.google\.com|feeds\.feedblitz\.com|rss\.feedsportal\.com)/", re.I
)
"""Addresses that only count visits and lead on: the post's own is given beside them."""


def clean(raw: RawPost, feed: RawFeed, source: Source, publication: Publication, now: datetime) -> Post:
    """The clean post that `raw` is. Whatever `raw` holds, the post is whole, safe for HTML and XML, and has a link."""
    raw = believed(raw, source)
    link = link_of(raw, feed, source, publication)
    base = raw.base or link
    authors = authors_of(raw, feed, source)
    title = title_of(raw.title, (feed.title, source.name))
    cleaned = clean_html(raw.content or raw.summary or "", base, title, authors, whole=raw.whole)
    text = cleaned.text
    image, content = pictured(raw, base, cleaned)
    dates = dates_of(raw, feed, publication, source, now)
    return Post(
        source=source.name,
        key=key_of(raw, link, title),
        link=link,
        title=calmed(title, text) or made_title(text, link),
        authors=authors,
        contributors=tuple(name for name in people_of(raw.contributors) if name not in authors),
        published=dates[0],
        updated=dates[1],
        content=content,
        text=text,
        excerpt=excerpt_for(raw, base, cleaned),
        whole=raw.whole,
        language=source.override.language or language_of((source.language, raw.language, feed.language), text),
        tags=tags_of(raw, source),
        image=image,
        enclosures=tuple(
            Enclosure(address, fold(item.media_type)[:100], item.length)
            for item in raw.enclosures
            if (address := clean_url(item.url, base))
        ),
        comments=clean_url(raw.comments, base),
        rights=fold(raw.rights)[:500] if raw.rights else None,
        canonical=clean_url(raw.canonical, base),
        external=clean_url(raw.external, base),
        via=tuple(dict.fromkeys(address for item in raw.via if (address := clean_url(item, base)))),
        credits=credits_of(text),
        reading_minutes=reading_minutes(text),
        position=raw.position,
        raw_id=harmless(raw.id) if raw.id else None,
        remarks=cleaned.remarks + dates[2],
    )


def believed(raw: RawPost, source: Source) -> RawPost:
    """`raw` without what sources.yaml says is not to be believed of this source."""
    for field in source.distrust:
        if field == "dates":
            raw = replace(raw, published=None, updated=None)
        elif field == "ids" and raw.link:
            raw = replace(raw, id=None)
        elif field == "titles":
            raw = replace(raw, title=None)
        elif field == "authors":
            raw = replace(raw, authors=())
        elif field == "tags":
            raw = replace(raw, tags=())
        elif field == "language":
            raw = replace(raw, language=None)
        elif field == "images":
            raw = replace(raw, image=None)
        elif field == "summaries" and raw.content:
            raw = replace(raw, summary=None)
    return raw


def link_of(raw: RawPost, feed: RawFeed, source: Source, publication: Publication) -> str:
    """The post's address: its link, else what it calls canonical, else its id where that is one, else the blog's."""
    base = feed.link or source.url or source.site or publication.url
    identifier = raw.id if raw.id and raw.id.startswith(("http://", "https://")) else None
    counted = raw.link is not None and COUNTED.match(raw.link) is not None
    for address in (None if counted and raw.canonical else raw.link, raw.canonical, identifier):
        clean_address = clean_url(address, base)
        if clean_address is not None:
            return clean_address
    return clean_url(base) or publication.url


def key_of(raw: RawPost, link: str, title: str) -> str:
    """What the post is known by within its source: the source's id, else its address, else its title."""
    if raw.id and raw.id.strip():
        return harmless(raw.id.strip())[:500]
    if raw.link:
        return compare_key(link)
    return f"title:{title.casefold()}"


def authors_of(raw: RawPost, feed: RawFeed, source: Source) -> tuple[str, ...]:
    """The people of the post; else the author that sources.yaml names; else the feed's."""
    if source.override.author:
        return (fold(source.override.author),)
    blog = (feed.title, source.name)
    people = people_of(raw.authors, blog)
    if people:
        return people
    if source.author:
        return (fold(source.author),)
    return people_of(feed.authors, blog) or people_of(raw.authors) or people_of(feed.authors)


def dates_of(
    raw: RawPost, feed: RawFeed, publication: Publication, source: Source, now: datetime
) -> tuple[datetime | None, datetime | None, tuple[str, ...]]:
    """Published, updated, and what could not be read."""
    languages = [source.language or "", raw.language or "", feed.language or "", publication.language]
    read: list[datetime | None] = []
    remarks = []
    for written in (raw.published, raw.updated):
        date = read_date(written, languages=languages, timezone=publication.timezone, now=now) if written else None
        if written and date is None:
            remarks.append(f"Its date could not be read: {fold(written)[:80]!r}.")
        read.append(date)
    if read[0] is not None and is_moment_of_making(raw, feed, read[0], now):
        remarks.append("All its posts bear the moment at which the feed was made, so that is no date of a post.")
        read = [None, None]
    return read[0], read[1], tuple(remarks)


def is_moment_of_making(raw: RawPost, feed: RawFeed, date: datetime, now: datetime) -> bool:
    """Whether every post of the feed bears the same moment, of just now: software that dates all it lists today."""
    same = len(feed.posts) >= FEWEST_ALIKE and all(post.published == raw.published for post in feed.posts)
    return same and abs(now - date) < timedelta(days=1)


def tags_of(raw: RawPost, source: Source) -> tuple[str, ...]:
    """The post's tags and those that sources.yaml adds, each once whatever its case."""
    found: dict[str, str] = {}
    for tag in (*raw.tags, *source.tags):
        name = title_of(tag, ())[:LONGEST_TAG]
        if name and not NO_TAG.match(name):
            found.setdefault(name.casefold(), name)
    return tuple(found.values())
