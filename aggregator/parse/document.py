"""Documents on disk: Markdown with front matter, HTML, and plain text as crawled."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin

from aggregator.model import Fetched, Image, RawPost
from aggregator.parse.decode import decode_text
from aggregator.parse.front_matter import split_front_matter
from aggregator.parse.plain_text import as_html, signed_by, title_and_body, told_apart
from aggregator.settings import Source

DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
FIRST_HEADING = re.compile(r"\A\s*#{1,6}[^\S\n]+(.+?)[^\S\n]*#*[^\S\n]*(?:\n|\Z)")
SUFFIXES = re.compile(r"(\.(?:html?|md|markdown|txt|text))+$", re.IGNORECASE)


def parse_document(fetched: Fetched, source: Source) -> tuple[tuple[RawPost, ...], tuple[str, ...]]:
    """The posts of a Markdown or text document, and what was wrong with it. Never raises."""
    path = PurePosixPath(fetched.document_path or fetched.url)
    text = decode_text(fetched.body, fetched.content_type)
    matter, body, remark = split_front_matter(text)
    remarks = (f"{path}: {remark}",) if remark else ()
    if matter is not None or path.suffix.lower() in (".md", ".markdown"):
        post = markdown_post(path, matter or {}, body, source)
        return (post,) if post is not None else (), remarks
    parts = told_apart(body, source.split)
    several = len(parts) > 1
    return tuple(text_post(path, part, position, several, source) for position, part in enumerate(parts)), remarks


def markdown_post(path: PurePosixPath, matter: dict[str, Any], body: str, source: Source) -> RawPost | None:
    """The post of one Markdown file; None for a draft."""
    if str(matter.get("draft", "")).casefold() in ("true", "yes", "1"):
        return None
    title = word(matter, "title")
    if title is None and (heading := FIRST_HEADING.match(body)):
        title, body = heading[1], body[heading.end() :]
    stem = SUFFIXES.sub("", path.name)
    published = word(matter, "date", "published", "pubdate", "created") or (
        found[0] if (found := DAY.match(stem)) else None
    )
    slug = word(matter, "slug") or slug_of(title or stem)
    link = word(matter, "permalink", "url", "link") or link_from(source, slug, stem, published)
    image = word(matter, "image", "cover", "thumbnail")
    link = urljoin(source.site or "", link)
    return RawPost(
        id=str(path),
        link=link or None,
        title=title or stem.replace("-", " ").replace("_", " "),
        authors=tuple(words(matter, "author", "authors")),
        published=published,
        updated=word(matter, "updated", "modified", "lastmod", "last_modified_at"),
        content=markdown(body),
        summary=word(matter, "summary", "description", "excerpt"),
        base=link or source.site or "",
        language=word(matter, "language", "lang"),
        tags=tuple(words(matter, "tags", "tag", "categories", "category", "keywords")),
        image=Image(image, word(matter, "image_alt", "alt") or "") if image else None,
        canonical=word(matter, "canonical", "canonical_url"),
    )


def text_post(path: PurePosixPath, text: str, position: int, several: bool, source: Source) -> RawPost:
    """One post of a text document; its id is the file, and the title too where the file holds several."""
    title, body = title_and_body(text)
    slug = slug_of(title)
    stem = SUFFIXES.sub("", path.name)
    author = None if source.author else signed_by(body)
    link = urljoin(source.site or "", link_from(source, slug, stem, None))
    return RawPost(
        id=f"{path}#{slug}" if several else str(path),
        link=link or None,
        title=title.replace("&", "&amp;").replace("<", "&lt;"),
        authors=(author,) if author else (),
        content=as_html(body),
        base=link or source.site or "",
        position=position,
    )


def link_from(source: Source, slug: str, stem: str, published: str | None) -> str:
    """The source's template filled in; without one, a fragment of the site that tells its posts apart."""
    if source.link is None:
        return f"#{slug}"
    found = DAY.search(published or "") or DAY.match(stem)
    try:
        day = date(int(found[1]), int(found[2]), int(found[3])) if found else None
        undated = DAY.sub("", stem, count=1).lstrip("-_") if DAY.match(stem) else stem
        return source.link.format(slug=slug, stem=undated, published=day or "")
    except (ValueError, KeyError, IndexError):
        return f"#{slug}"


def slug_of(title: str) -> str:
    """The title as part of an address: lower case letters and digits of ASCII, and hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "post"


def markdown(text: str) -> str:
    """CommonMark with tables, strike-through and footnotes, as HTML."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    reader = MarkdownIt("commonmark", {"html": True, "maxNesting": 50}).enable(["table", "strikethrough"])
    return str(reader.use(footnote_plugin).render(text))


def word(matter: dict[str, Any], *keys: str) -> str | None:
    """The first of these keys that holds text."""
    for key in keys:
        value = matter.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def words(matter: dict[str, Any], *keys: str) -> list[str]:
    """All that these keys hold, as a list or as text with commas."""
    found: list[str] = []
    for key in keys:
        value = matter.get(key)
        parts = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else []
        found += [str(part).strip() for part in parts if isinstance(part, str) and part.strip()]
    return list(dict.fromkeys(found))
