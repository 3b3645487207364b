"""An entry as feeds can hold it: no forbidden character, no field of a wrong type, none that is over-long.

Posts are clean when they are stored. This is the last door all the same: a store is older than the program that reads
it, and one character that XML forbids would cost every subscriber the whole feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

from aggregator.model import Enclosure, Entry, Image, Post, StoredPost
from aggregator.settings import Publication

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
"""What XML 1.0 forbids, what it discourages, and half surrogates, which no encoding holds."""
MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,63}/[A-Za-z0-9!#$&^_.+-]{1,63}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
IRI = re.compile(r"(?!(?i:javascript|vbscript|data):)[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]{1,1000}")
PLAIN = re.compile(r"https?://[A-Za-z0-9.-]*[A-Za-z0-9](?:/[\w.~!#$%&'()*+,/:;=?@-]*)?", re.ASCII)
"""An address of which nothing has to be looked at more closely."""
TITLE, NAME, EXCERPT, RIGHTS, ADDRESS = 1_000, 200, 2_000, 1_000, 4_000
"""The longest of each, in characters."""
CONTENT = 500_000
"""Characters of HTML, a thick book; of a longer post feeds hold the excerpt, and the link leads to the rest."""
MANY = 50
"""Authors, tags, enclosures, copies of one entry."""


def presentable(entry: Entry, publication: Publication) -> Entry:
    """`entry` with every field such that each format can hold it; one that is so already stays as it is.

    A copy at the entry's own address appeared nowhere else: two sources name it, or one that has another name by now.
    """
    stored = presentable_post(entry.stored, address(entry.source_link) or publication.url)
    copies = (presentable_post(copy, "") for copy in entry.copies[:MANY])
    return replace(
        entry,
        id=iri(entry.id),
        stored=stored,
        source_title=line(entry.source_title, NAME) or publication.title,
        source_link=address(entry.source_link),
        copies=tuple(copy for copy in copies if copy.post.link not in ("", stored.post.link)),
    )


def presentable_post(stored: StoredPost, link: str) -> StoredPost:
    """A post whose link is `link` where it has none that can be followed."""
    post = stored.post
    link = address(post.link) or link
    excerpt = line(post.excerpt, EXCERPT)
    return replace(
        stored,
        date=moment(stored.date),
        first_seen=moment(stored.first_seen),
        revised=moment(stored.revised) if stored.revised else None,
        post=Post(
            source=line(post.source, NAME),
            key=post.key,
            link=link,
            title=line(post.title, TITLE) or link,
            authors=lines(post.authors),
            contributors=lines(post.contributors),
            published=moment(post.published) if post.published else None,
            updated=moment(post.updated) if post.updated else None,
            content=FORBIDDEN.sub("", post.content) if len(post.content) <= CONTENT else "",
            excerpt=excerpt,
            language=post.language if LANGUAGE.fullmatch(post.language) else "und",
            tags=lines(post.tags),
            image=Image(address(post.image.url), line(post.image.alt, EXCERPT)) if post.image else None,
            reading_minutes=post.reading_minutes,
            enclosures=tuple(enclosure(item) for item in post.enclosures[:MANY] if address(item.url)),
            comments=address(post.comments or "") or None,
            rights=line(post.rights or "", RIGHTS) or None,
            external=address(post.external or "") or None,
            via=tuple(found for item in post.via[:MANY] if (found := address(item))),
        ),
    )


def line(text: str, longest: int) -> str:
    """`text` as one line of at most `longest` characters; '' when nothing is left of it."""
    is_one = text.isprintable() and "  " not in text and text.strip() == text  # as most are: a look costs a tenth
    folded = text if is_one else " ".join(FORBIDDEN.sub(" ", text).split())
    return folded if len(folded) <= longest else folded[: longest - 1].rstrip() + "…"


def lines(texts: Iterable[str]) -> tuple[str, ...]:
    """Each of `texts` as one line, those that say something, once each."""
    return tuple(dict.fromkeys(found for text in texts if (found := line(text, NAME))))[:MANY]


def enclosure(item: Enclosure) -> Enclosure:
    length = item.length if item.length is not None and 0 < item.length < 1 << 63 else None
    return Enclosure(address(item.url), item.media_type if MEDIA_TYPE.fullmatch(item.media_type) else "", length)


@lru_cache(maxsize=1024)  # most entries have none for this or that, and share that of their source
def address(text: str) -> str:
    """`text` as an absolute http(s) address of printable ASCII; '' when it is none."""
    if PLAIN.fullmatch(text) and len(text) <= ADDRESS:
        return text
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or not host.isascii() or FORBIDDEN.search(text):
        return ""
    found = quote(text.strip(), safe="!#$%&'()*+,/:;=?@[]~")
    return found if len(found) <= ADDRESS else ""


def iri(text: str) -> str:
    """`text` where it can be an id in Atom (RFC 4287, 4.2.6), and does nothing where it is followed; '' where not."""
    return text if IRI.fullmatch(text) else ""


def moment(value: datetime) -> datetime:
    """An aware time whose offset RFC 3339 can spell: whole minutes."""
    offset = value.utcoffset()
    if offset is None:
        return value.replace(tzinfo=UTC)
    return value.astimezone(UTC) if offset.total_seconds() % 60 else value
