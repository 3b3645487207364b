"""Posts that a page states to machines: JSON-LD of schema.org, microformats and microdata.

https://schema.org/Blog, https://schema.org/ItemList, https://microformats.org/wiki/h-entry,
https://html.spec.whatwg.org/multipage/microdata.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.model import Image, RawPost
from aggregator.parse.article import escaped
from aggregator.parse.discover import joined
from aggregator.parse.links import is_menu
from aggregator.parse.metadata import ARTICLE, people_of, picture_of, text_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_THINGS = 5_000
"""JSON-LD objects of one page that are looked at."""
LISTS = ("@graph", "blogPost", "blogPosts", "itemListElement", "item", "mainEntity", "hasPart")
NO_LIST = ("BreadcrumbList", "SiteNavigationElement", "FAQPage", "Product", "OfferCatalog", "WPHeader", "WPFooter")
ENTRY = re.compile(r"(?:^|\s)(?:h-entry|hentry)(?:\s|$)")
ENTRY_TYPE = re.compile(r"schema\.org/(?:\w*Article|\w*BlogPosting)/?$")
THING = re.compile(r"(?:^|\s)(?:h-(?:entry|card|cite|feed|adr)|hentry|vcard)(?:\s|$)")
CITED = re.compile(r"(?:^|\s)(?:h-cite|u-comment|p-comment|u-in-reply-to|comment)(?:\s|$)")


def json_ld_of(tree: HtmlElement) -> Iterator[Any]:
    """What each JSON-LD script of the page holds; one that is broken is passed over."""
    for script in tree.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().casefold() == "application/ld+json":
            try:
                yield json.loads(script.text or "", strict=False)
            except (ValueError, RecursionError):
                continue


def stated_posts(tree: HtmlElement, base: str, url: str) -> list[RawPost]:
    """The posts that JSON-LD on the page lists, in its order, each with the address it has on this site."""
    posts: dict[str, RawPost] = {}
    for thing in listed(list(json_ld_of(tree))):
        address = address_of(thing, base)
        if address and is_on_site(address, url) and address not in posts:
            picture = picture_of(thing)
            title, summary = text_of(thing.get("headline") or thing.get("name")), text_of(thing.get("description"))
            posts[address] = RawPost(
                link=address,
                title=escaped(title) if title else None,
                authors=people_of(thing),
                published=text_of(thing.get("datePublished")),
                updated=text_of(thing.get("dateModified")),
                summary=escaped(summary) if summary else None,
                whole=False,
                base=address,
                image=Image(joined(base, picture)) if picture else None,
            )
    return list(posts.values())


def listed(waiting: list[Any]) -> Iterator[dict[str, Any]]:
    """The articles and untyped list items in what JSON-LD says; menus, crumbs and wares are not looked into."""
    looked = 0
    while waiting and looked < MOST_THINGS:
        looked += 1
        thing = waiting.pop(0)
        if isinstance(thing, list):
            waiting[:0] = thing[:MOST_THINGS]
        if not isinstance(thing, dict):
            continue
        kinds = kinds_of(thing)
        if any(kind in NO_LIST for kind in kinds):
            continue
        if any(ARTICLE.search(kind) for kind in kinds) or (kinds == ["ListItem"] and "item" not in thing):
            yield thing
        elif kinds == ["ListItem"] and isinstance(thing["item"], str):
            yield thing | {"url": thing["item"]}
        else:
            waiting[:0] = [thing[key] for key in LISTS if key in thing]


def kinds_of(thing: dict[str, Any]) -> list[str]:
    kinds = thing.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return [re.split(r"[/#:]", str(kind))[-1] for kind in named if kind]


def address_of(thing: dict[str, Any], base: str) -> str:
    """The page of a post: its url, else what it is the main entity of, else an id that is an address."""
    for value in (thing.get("url"), thing.get("mainEntityOfPage"), thing.get("@id")):
        found = value.get("@id") or value.get("url") if isinstance(value, dict) else value
        if isinstance(found, str) and found.strip() and not found.startswith(("_:", "#")):
            return joined(base, found).split("#")[0]
    return ""


def is_on_site(address: str, url: str) -> bool:
    """A page of the site, or of a host under its name, that is not the page itself or its front."""
    try:
        parts, own = urlsplit(address), urlsplit(url)
    except ValueError:
        return False
    host, here = ((name or "").removeprefix("www.") for name in (parts.hostname, own.hostname))
    near = host == here or host.endswith(f".{here}") or here.endswith(f".{host}")
    path = parts.path.rstrip("/")
    return parts.scheme in ("http", "https") and bool(host) and near and path not in ("", own.path.rstrip("/"))


def entries_of(tree: HtmlElement) -> list[HtmlElement]:
    """The elements marked as an h-entry or an article of schema.org that stand in no other: those are its replies."""
    found = [
        node
        for node in tree.iter()
        if isinstance(node.tag, str)
        and (ENTRY.search(node.get("class") or "") or ENTRY_TYPE.search(node.get("itemtype") or ""))
        and not CITED.search(node.get("class") or "")
    ]
    chosen = set(found)
    return [node for node in found if not any(parent in chosen or is_menu(parent) for parent in node.iterancestors())]


def marked(block: HtmlElement, *names: str) -> Iterator[HtmlElement]:
    """What the block marks with one of the names, as a class or an itemprop; not what a thing inside it marks so."""
    for node in block.iterdescendants():
        if isinstance(node.tag, str):
            carried = f"{node.get('class') or ''} {node.get('itemprop') or ''}".split()
            if any(name in carried for name in names) and not is_of_another(node, block):
                yield node


def is_of_another(node: HtmlElement, block: HtmlElement) -> bool:
    """Whether another thing (h-*, itemscope) stands between the block and the node: the mark is about that."""
    for parent in node.iterancestors():
        if parent is block:
            return False
        if parent.get("itemscope") is not None or THING.search(parent.get("class") or ""):
            return True
    return False


def text_in(node: HtmlElement) -> str:
    """What a marked element says: its content attribute, else its words."""
    return str(node.get("content") or " ".join(node.text_content().split())).strip()


def marked_people(block: HtmlElement) -> tuple[str, ...]:
    """The authors that a post names in microformats or microdata; a card of a person gives its name alone."""
    names = []
    for node in marked(block, "p-author", "author"):
        inner = [one for one in node.iterdescendants() if isinstance(one.tag, str)]
        named = [
            one for one in inner if {"p-name", "name", "fn"} & {*(one.get("class") or "").split(), one.get("itemprop")}
        ]
        name = text_in(named[0]) if named else text_in(node)
        if 0 < len(name) < 60 and "://" not in name:
            names.append(name)
    return tuple(dict.fromkeys(names))


def marked_date(block: HtmlElement, *names: str) -> str | None:
    """When the post says in a mark that it appeared (or was changed): the attribute before the words."""
    for node in marked(block, *names):
        inner = node if node.get("datetime") or node.tag == "time" else next(node.iter("time", "abbr", "data"), node)
        stamp = inner.get("datetime") or inner.get("content") or inner.get("title") or inner.get("value")
        if found := stamp or text_in(inner):
            return str(found).strip()
    return None


def marked_address(block: HtmlElement, base: str) -> str:
    """The address that the post marks as its own."""
    for node in marked(block, "u-url", "url", "mainEntityOfPage"):
        found = node.get("href") or node.get("content") or node.get("itemid")
        if not found and (inner := next((one for one in node.iter("a") if one.get("href")), None)) is not None:
            found = inner.get("href")
        if found:
            return joined(base, found).split("#")[0]
    return joined(base, block.get("itemid") or "").split("#")[0] if block.get("itemid") else ""
