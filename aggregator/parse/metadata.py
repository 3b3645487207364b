"""What a page says of its article: title, people, dates, picture, language, tags, by a stated order of trust.

JSON-LD of an article first, then Open Graph and article:* metas, then microformats and microdata, then the words
near the heading ("3 juli 2015 door ...").
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aggregator.model import Image
from aggregator.parse.boilerplate import label_of
from aggregator.parse.byline import authors_of, named, written_date

if TYPE_CHECKING:
    from lxml.html import HtmlElement

ARTICLE = re.compile(r"(?:Article|BlogPosting|Posting|Report|Review|Recipe|HowTo)$")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What was found; None or empty where the page says nothing."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    image: Image | None = None
    language: str | None = None
    canonical: str | None = None
    site_name: str | None = None
    tags: tuple[str, ...] = ()


def metadata_of(tree: HtmlElement) -> Metadata:
    """What the whole page says of its article."""
    metas = metas_of(tree)
    article = next(articles_in(tree), {})
    image = picture_of(article) or metas.get("og:image") or metas.get("twitter:image")
    return Metadata(
        title=text_of(article.get("headline") or article.get("name")) or metas.get("og:title") or heading_of(tree),
        authors=named(people_of(article)) or authors_of(tree, metas),
        published=text_of(article.get("datePublished"))
        or metas.get("article:published_time")
        or metas.get("dc.date")
        or written_date(tree),
        updated=text_of(article.get("dateModified")) or metas.get("article:modified_time"),
        image=Image(image, metas.get("og:image:alt", "")) if image else None,
        language=(
            tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or metas.get("og:locale") or ""
        )
        .replace("_", "-")
        .strip()
        or None,
        canonical=canonical_of(tree) or metas.get("og:url"),
        site_name=site_name_of(tree, metas),
        tags=tags_of(tree, article),
    )


def metas_of(tree: HtmlElement) -> dict[str, str]:
    """The first content of each named meta element, by its name in lower case."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").strip().casefold()
        content = " ".join((meta.get("content") or "").split())
        if name and content:
            found.setdefault(name, content)
    return found


def articles_in(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """The JSON-LD objects of the page that are an article (https://schema.org/Article), their authors beside them.

    WordPress's plug-ins for search engines often refer to the author, who stands elsewhere in the graph, by `@id`.
    """
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().casefold() != "application/ld+json":
            continue
        try:
            waiting: deque[Any] = deque([json.loads(script.text or "", strict=False)])
        except (ValueError, RecursionError):
            continue
        found: list[dict[str, Any]] = []
        known: dict[str, Any] = {}
        while waiting:
            thing = waiting.popleft()
            if isinstance(thing, list):
                waiting += thing
            elif isinstance(thing, dict):
                kinds = thing.get("@type")
                if any(ARTICLE.search(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
                    found.append(thing)
                if isinstance(thing.get("@id"), str) and "name" in thing:
                    known[thing["@id"]] = thing
                waiting += [thing[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in thing]
        for article in found:
            authors = article.get("author") or article.get("creator")
            listed = authors if isinstance(authors, list) else [authors]
            yield article | {"author": [known.get(reference_of(person), person) for person in listed]}


def reference_of(thing: Any) -> str:
    """The id of what is told by nothing else; '' of what has a name, or no id."""
    told = isinstance(thing, dict) and "name" not in thing and thing.get("@id")
    return told if isinstance(told, str) else ""


def text_of(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name") or value.get("url") or value.get("@value")
    return " ".join(value.split()) or None if isinstance(value, str) else None


def people_of(article: dict[str, Any]) -> tuple[str, ...]:
    authors = article.get("author") or article.get("creator")
    people = authors if isinstance(authors, list) else [authors]
    return tuple(dict.fromkeys(name for person in people if (name := text_of(person)) and "://" not in name))


def picture_of(article: dict[str, Any]) -> str | None:
    image = article.get("image") or article.get("thumbnailUrl")
    if isinstance(image, list):
        image = image[0] if image else None
    return text_of(image.get("url") if isinstance(image, dict) else image)


def heading_of(tree: HtmlElement) -> str | None:
    """The page's main heading, else its title element."""
    for name in ("h1", "title"):
        for element in tree.iter(name):
            text = " ".join(element.text_content().split())
            if text and "site-title" not in label_of(element):
                return text
    return None


def site_name_of(tree: HtmlElement, metas: dict[str, str]) -> str | None:
    """og:site_name, else the element that themes mark as the site's title, else the last part of the page's title."""
    if metas.get("og:site_name"):
        return metas["og:site_name"]
    for element in tree.iter("a", "h1", "p", "div", "span"):
        if re.search(r"(?:^|\s)(?:site-title|site-name|x-brand|brand)(?:\s|$)", element.get("class") or ""):
            return " ".join(element.text_content().split()) or None
    title = next((" ".join(element.text_content().split()) for element in tree.iter("title")), "")
    parts = re.split(r"\s+[|–—-]\s+", title)
    return parts[-1] if len(parts) > 1 else title or None


def canonical_of(tree: HtmlElement) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").casefold().split() and link.get("href"):
            return str(link.get("href"))
    return None


def tags_of(tree: HtmlElement, article: dict[str, Any]) -> tuple[str, ...]:
    """rel=tag links, article:tag metas and JSON-LD keywords; else the category links beside the byline."""
    found = [element.text_content() for element in tree.iter("a") if "tag" in (element.get("rel") or "").split()]
    metas = [meta.get("content") or "" for meta in tree.iter("meta") if meta.get("property") == "article:tag"]
    keywords = article.get("keywords")
    listed = keywords if isinstance(keywords, list) else str(keywords).split(",") if isinstance(keywords, str) else []
    found += metas + [str(item) for item in listed]
    if not found:
        found = [
            element.text_content()
            for element in tree.iter("a")
            if re.search(r"/(?:category|categorie|tag|topic|onderwerp)/", element.get("href") or "")
            and any("meta" in label_of(parent) for parent in element.iterancestors())
        ]
    return tuple(dict.fromkeys(tag for item in found if (tag := " ".join(item.split())) and len(tag) < 60))
