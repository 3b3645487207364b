"""Links on a page: which of them lead to articles, by address, by words and by where on the page they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.parse.boilerplate import CLUTTER, label_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_LINKS = 40
HEADINGS = ("h1", "h2", "h3", "h4")
MORE = re.compile(
    r"^(?:lees\s+(?:verder|meer).*|verder lezen.*|meer(?: lezen)?.*|read\s+(?:more|on|full|the).*|continue.*|»|>+|→)$",
    re.I,
)
NO_ARTICLE = re.compile(
    r"/(?:category|categorie|categories|tag|tags|author|auteur|page|pagina|search|zoeken|login|inloggen|signup|contact|"
    r"over|about|over-ons|about-us|privacy\w*|cookies?|disclaimer|voorwaarden|terms|feed|rss|wp-\w+|cart|shop|account|"
    r"archief|archive|abonneren|nieuwsbrief|newsletter|vacatures|diensten|services|faq|help|sitemap|users?|profile|"
    r"taxonomy|@[\w.-]+)(?:/|$|\.)",
    re.IGNORECASE,
)
NO_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|zip|mp[34]|docx?|xlsx?|pptx?|css|js|xml|json|rss|atom)$", re.IGNORECASE
)
DATED = re.compile(r"/(?:19|20)\d{2}/(?:0?[1-9]|1[0-2])/")
NAVIGATION = ("nav", "footer", "aside", "form")
MENU = re.compile(
    r"(?:^|[\s_-])(?:menu|nav|navbar|navigation|breadcrumb|footer|sidebar|widget|topbar)(?:$|[\s_-])",
    re.IGNORECASE,
)
RELATED = re.compile(
    r"(?:^|[\s_-])(?:\w*related\w*|gerelateerd|yarpp|recommend\w*|comments?|commentlist|reacties|respond)(?:$|[\s_-])",
    re.IGNORECASE,
)
HEADER = re.compile(r"(?:^|[\s_-])header(?:$|[\s_-])", re.IGNORECASE)


def is_article_address(address: str, url: str) -> bool:
    """A page of the same host that is not the page itself, a list, a file or a form."""
    try:
        parts, own = urlsplit(address), urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.hostname != own.hostname:
        return False
    path = parts.path.rstrip("/")
    return path not in ("", own.path.rstrip("/")) and not NO_PAGE.search(path) and not NO_ARTICLE.search(parts.path)


def likeness(address: str, text: str) -> float:
    """How much an address and the words of a link to it look like those of an article."""
    path = urlsplit(address).path
    slug = re.sub(r"\.\w{2,5}$", "", path.rstrip("/").rsplit("/", 1)[-1])
    total = 1.0 if len(text.split()) >= 3 else -0.5 if len(text.split()) == 2 else -1.0
    total += 1.0 if slug.count("-") + slug.count("_") >= 2 else 0.0
    return total + (1.5 if DATED.search(path) else 0.0)


def score(anchor: HtmlElement, address: str, text: str) -> float:
    """How much a link looks like one to an article; 1 and more is likely enough to look."""
    total = likeness(address, text)
    for parent in anchor.iterancestors():
        if parent.tag in HEADINGS:
            total += 1.0
        if is_menu(parent):
            total -= 3.0
            break
        if parent.tag not in ("body", "html") and CLUTTER.search(label_of(parent)):
            total -= 1.5
            break
    return total


def is_menu(node: HtmlElement) -> bool:
    """Whether the element is a menu, a side column, or the head or foot of a page, and not of a post.

    Themes write has-sidebar on the body and on the column that holds the posts: what holds them is no furniture.
    """
    if node.tag in ("body", "html", "main", "article"):
        return False
    label = label_of(node)
    if node.tag in NAVIGATION or node.get("role") in ("navigation", "complementary", "contentinfo"):
        return True
    if node.tag == "header" or HEADER.search(label):
        return not any(parent.tag in ("main", "article", "section", "li") for parent in node.iterancestors())
    return bool(MENU.search(label) or RELATED.search(label)) and next(node.iter("main"), None) is None
