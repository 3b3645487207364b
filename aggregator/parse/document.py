"""Documents on disk: Markdown with front matter, HTML, and plain text as crawled."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import urljoin

from aggregator.model import Fetched, Image, RawPost
from aggregator.parse.decode import decode_text
from aggregator.parse.front_matter import Matter, split_front_matter
from aggregator.parse.markdown import markdown
from aggregator.parse.plain_text import as_html, signed_by, title_and_body, told_apart
from aggregator.settings import Source

DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
DAY_IN_DATE = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})|"
    r"\b(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<last>\d{4})"
)
FIRST_HEADING = re.compile(
    r"\A\s*(?:#{1,6}[^\S\n]+(?P<marked>.+?)[^\S\n]*#*|(?P<underlined>\S.*)\n=+)[^\S\n]*(?:\n|\Z)"
)
NAMING = ("name", "path", "url", "src", "image")
SUFFIXES = re.compile(r"(\.(?:html?|md|markdown|txt|text))+$", re.IGNORECASE)


def parse_document(fetched: Fetched, source: Source) -> tuple[tuple[RawPost, ...], tuple[str, ...]]:
    """The posts of a Markdown or text document, and what was wrong with it. Never raises."""
    path = PurePosixPath(fetched.document_path or fetched.url)
    text = decode_text(fetched.body, fetched.content_type)
    is_markdown = path.suffix.lower() in (".md", ".markdown")
    found, body, remark = split_front_matter(text, by_line=is_markdown)
    remarks: tuple[str, ...] = (f"{path}: {remark}",) if remark else ()
    if found is not None or is_markdown:
        matter = found or {}
        if is_kept_back(matter) or not (body.strip() or word(matter, "title")):
            return (), remarks  # an empty file is being written, or waits to be
        post = markdown_post(path, matter, body, source)
        if source.link and "#" in (post.link or "") and not given_link(matter):
            remarks += (f"{path}: `link` cannot be filled in, as it states no date like 2015-07-03.",)
        return (post,), remarks
    parts = told_apart(body, source.split)
    several = len(parts) > 1
    return tuple(text_post(path, part, position, several, source) for position, part in enumerate(parts)), remarks


def is_kept_back(matter: Matter) -> bool:
    """Whether it is not to be published: as Hugo says it, as Jekyll and Obsidian do, and as Pelican does."""
    said = {key: (word(matter, key) or "").casefold() for key in ("draft", "published", "publish", "status")}
    return (
        said["draft"] in ("true", "yes", "1")
        or not {said["published"], said["publish"]}.isdisjoint(("false", "no", "0"))
        or said["status"] in ("draft", "private", "hidden")
    )


def markdown_post(path: PurePosixPath, matter: Matter, body: str, source: Source) -> RawPost:
    """The post of one Markdown file."""
    title = word(matter, "title")
    if title is None and (heading := FIRST_HEADING.match(body)):
        title, body = heading["marked"] or heading["underlined"], body[heading.end() :]
    stem = stem_of(path)
    stated = [word(matter, key) or "" for key in ("date", "published", "pubdate", "created")]
    in_name = DAY.match(stem)
    published = next((one for one in stated if any(map(str.isdigit, one))), in_name[0] if in_name else None)
    slug = word(matter, "slug") or slug_of(title or stem)
    link = given_link(matter) or link_from(source, slug, stem, published)
    image = word(matter, "image", "cover", "thumbnail")
    link = urljoin(source.site or "", link)
    return RawPost(
        id=str(path),
        link=link or None,
        title=title or (undated(stem) or stem).replace("-", " ").replace("_", " "),
        authors=tuple(words(matter, "author", "authors")),
        published=published,
        updated=word(matter, "updated", "modified", "lastmod", "last_modified_at"),
        content=markdown(body),
        summary=word(matter, "summary", "description", "excerpt"),
        base=link or source.site or "",
        language=word(matter, "language", "lang"),
        tags=tuple(words(matter, "tags", "tag", "categories", "category", "keywords")),
        image=Image(image, word(matter, "image_alt", "alt") or alt_in(matter)) if image else None,
        canonical=word(matter, "canonical", "canonical_url"),
    )


def text_post(path: PurePosixPath, text: str, position: int, several: bool, source: Source) -> RawPost:
    """One post of a text document; its id is the file, and the title too where the file holds several."""
    title, body = title_and_body(text)
    slug = slug_of(title)
    stem = stem_of(path)
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


def given_link(matter: Matter) -> str | None:
    return word(matter, "permalink", "url", "link")


def link_from(source: Source, slug: str, stem: str, published: str | None) -> str:
    """The source's template filled in; without one, a fragment of the site that tells its posts apart."""
    if source.link is None:
        return f"#{slug}"
    found = DAY_IN_DATE.search(published or "") or DAY_IN_DATE.match(stem)
    try:
        day = None
        if found:
            year, month, number = found.group("year", "month", "day") if found["year"] else found.group(6, 5, 4)
            day = date(int(year), int(month), int(number))
        return source.link.format(slug=slug, stem=undated(stem), published=day or "")
    except (ValueError, KeyError, IndexError):
        return f"#{slug}"


def stem_of(path: PurePosixPath) -> str:
    """The name of the file without its endings; of the index of a folder, the folder's."""
    stem = SUFFIXES.sub("", path.name)
    return path.parent.name if stem == "index" and path.parent.name else stem


def undated(stem: str) -> str:
    return DAY.sub("", stem, count=1).lstrip("-_") if DAY.match(stem) else stem


def slug_of(title: str) -> str:
    """The title as part of an address: lower case letters and digits of ASCII, and hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "post"


def word(matter: Matter, *keys: str) -> str | None:
    """The first of these keys that holds text; of a picture or person that is described, its address or name."""
    for key in keys:
        value = matter.get(key)
        values = [value.get(name) for name in NAMING] if isinstance(value, dict) else [value]
        for one in values:
            if isinstance(one, str) and one.strip():
                return one.strip()
    return None


def words(matter: Matter, *keys: str) -> list[str]:
    """All that these keys hold, as a list or as text with commas."""
    found: list[str] = []
    for key in keys:
        value = matter.get(key)
        parts = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else [value]
        found += [text for part in parts if (text := word({"": part}, "")) is not None]
    return list(dict.fromkeys(found))


def alt_in(matter: Matter) -> str:
    """The words for a picture that is described."""
    described = next((one for key in ("image", "cover", "thumbnail") if isinstance(one := matter.get(key), dict)), {})
    return word(described, "alt") or ""
