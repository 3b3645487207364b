"""One entry of a feed, from feedparser's form to a RawPost: its strings stay as the feed spelt them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

from aggregator.model import RawPost
from aggregator.parse.excerpt import looks_cut
from aggregator.parse.feed_links import absolute, comments_of, external_and_own, via_of
from aggregator.parse.feed_media import enclosures_of, image_of

NO_TEXT = re.compile(r"(?:image|audio|video|font)/|application/(?:pdf|zip|gzip|x-)")


XHTML = "application/xhtml+xml"
VOID_END = re.compile(r"</(?:br|hr|img|wbr|col|source|track|input)>")
"""feedparser writes `<br></br>` for `<br/>`, in which HTML sees two line breaks."""


def stated(holder: Any, key: str) -> str | None:
    """The value as feedparser read it for this very key: it gives `published` when asked for `updated`."""
    value = dict.get(holder, key)
    return value.strip() or None if isinstance(value, str) else None


def post_of(
    entry: Any, identifier: str | None, position: int, version: str, channel: Any, url: str, home: str
) -> RawPost:
    """One entry, its strings as the feed spelt them."""
    content, content_base = longest_content(entry)
    summary = stated(entry, "summary")
    if any(summary == (item.get("value") or "").strip() for item in entry.get("content", ())):
        summary = None  # feedparser's own copy of the content
    if summary is not None and (entry.get("summary_detail") or {}).get("type") == XHTML:
        summary = VOID_END.sub("", summary)
    if content is not None and summary is not None and len(summary) > 2 * len(content):
        content, summary = summary, content  # a caption (media:description) took the place of the text
    published, updated = dates_of(entry, version)
    text = content if content is not None else summary
    links = dict.get(entry, "links") or []
    canonical = stated(entry, "feedburner_origlink")
    link, external = external_and_own(stated(entry, "link"), links, identifier, canonical, home)
    authors = people(entry) or people(entry.get("source") or {})
    return RawPost(
        id=identifier,
        link=link,
        title=title_of(entry, version),
        authors=authors,
        contributors=tuple(name for name in named(entry.get("contributors", ())) if name not in authors),
        published=published,
        updated=updated,
        content=content if content is not None else summary,
        summary=summary if content is not None else None,
        whole=text is not None and not looks_cut(text, has_own_element=content is not None),
        base=absolute(url, content_base) if content_base else link or home,
        language=language_of(entry),
        tags=tuple(dict.fromkeys(tags_of(entry))),
        image=image_of(entry),
        enclosures=tuple(enclosures_of(entry)),
        comments=stated(entry, "comments") or comments_of(links),
        rights=rights_of(entry),
        canonical=canonical,
        external=external,
        via=tuple(via_of(entry, links, channel)),
        position=position,
    )


def dates_of(entry: Any, version: str) -> tuple[str | None, str | None]:
    """Published and updated, as written. feedparser files dc:date, and in RSS nothing else says more, under updated."""
    published = stated(entry, "published") or stated(entry, "created")
    updated = stated(entry, "updated")
    if published is None and not version.startswith("atom"):
        return updated, None
    return published, updated


def tags_of(entry: Any) -> Iterable[str]:
    """Categories as people see them: the label before the term; the terms that are addresses are software's own."""
    for item in entry.get("tags", ()):
        tag = item.get("label") or item.get("term") or ""
        if tag.strip() and "://" not in tag:
            yield tag


def rights_of(holder: Any) -> str | None:
    """The rights as they are worded, and the address of the licence (Creative Commons, RFC 4946)."""
    licences = [
        str(item["href"]) for item in holder.get("links", ()) if item.get("rel") == "license" and "href" in item
    ]
    found = dict.fromkeys(part for part in (stated(holder, "rights"), stated(holder, "license"), *licences) if part)
    return " ".join(found) or None


def title_of(entry: Any, version: str) -> str | None:
    """The title as HTML: in Atom, what is plain text keeps its angle brackets (RFC 4287, 3.1.1.1)."""
    title = stated(entry, "title")
    plain = version == "atom10" and (entry.get("title_detail") or {}).get("type") == "text/plain"
    return html.escape(title, quote=False) if title and plain and "<" in title else title


def longest_content(entry: Any) -> tuple[str | None, str]:
    """The longest of the entry's contents as HTML, and its xml:base."""
    best, base = None, ""
    for item in entry.get("content", ()):
        value = item.get("value") or ""
        if NO_TEXT.match(item.get("type") or ""):
            continue
        if item.get("type") == XHTML:
            value = VOID_END.sub("", value)
        if item.get("type") == "text/plain":
            value = "".join(f"<p>{html.escape(part)}</p>" for part in value.split("\n\n") if part.strip())
        if value.strip() and (best is None or len(value) > len(best)):
            best, base = value, item.get("base") or ""
    return best, base or (entry.get("summary_detail") or {}).get("base") or ""


def language_of(entry: Any) -> str | None:
    """xml:lang of the content, else of the title."""
    for item in [*entry.get("content", ()), entry.get("summary_detail") or {}, entry.get("title_detail") or {}]:
        if item.get("language"):
            return str(item["language"])
    return None


def people(holder: Any) -> tuple[str, ...]:
    """Every author as the feed spells it: names, or the likes of `mail (name)`, to be cleaned later."""
    several = [item for item in holder.get("authors", ()) if item.get("name") or item.get("email")]
    single = stated(holder, "author")
    if single is not None and len(several) < 2:
        return (single,)  # feedparser takes `me@firm.example (Me)` apart in the wrong place; the whole string is right
    return named(several)


def named(several: Iterable[Any]) -> tuple[str, ...]:
    """The names, else the addresses, of people as feedparser gives them.

    Of `ed@x.example (Ed)` it takes `ed@x.exam` for the address, and leaves `ple (Ed` as the name.
    """
    names = (
        re.sub(r"^[a-z]{1,20}\s*\((?=[^)]*$)", "", str(item.get("name") or item.get("email") or "")) for item in several
    )
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
