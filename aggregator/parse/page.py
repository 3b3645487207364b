"""Blogs without a feed whose page holds the posts themselves, whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from aggregator.model import RawFeed, RawPost
from aggregator.parse.article import cleared, drop_heading, escaped, inner_html
from aggregator.parse.boilerplate import words
from aggregator.parse.byline import authors_of, written_date
from aggregator.parse.decode import html_tree
from aggregator.parse.discover import base_of, joined
from aggregator.parse.links import HEADINGS
from aggregator.parse.metadata import metas_of, site_name_of
from aggregator.parse.next_page import next_of_page
from aggregator.parse.selecting import selected, text_selected
from aggregator.parse.stated import entries_of, marked, marked_address, marked_date, marked_people, text_in
from aggregator.settings import Selectors

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FEWEST_POSTS = 2
WHOLE = 120
"""Words that a post on a page has, in the median, when the posts on it are whole."""
BODY_LABEL = re.compile(
    r"(?:^|\s)(?:e-content|entry-content|post-content|article-content|post-body|entry-body|content)(?:\s|$)"
)
POST_LABEL = re.compile(r"(?:^|\s)(?:h-entry|hentry|blog-?post|post|entry|article)(?:\s|$)", re.IGNORECASE)
ENDS_WITH_MORE = re.compile(r"(?:lees (?:verder|meer)|read more|continue reading|verder lezen)\W*$", re.IGNORECASE)


def posts_on_page(body: bytes, url: str, content_type: str = "", selectors: Selectors | None = None) -> RawFeed | None:
    """The whole posts on the page, in its order; None when it holds none, or only their beginnings. Never raises."""
    tree = html_tree(body, content_type)
    base = base_of(tree, url)
    blocks = selected(tree, selectors.post) if selectors and selectors.post else blocks_of(tree)
    posts = [post for block in blocks if (post := post_of(block, base, url, selectors)) is not None]
    posts = [replace(post, position=position) for position, post in enumerate(unique(posts))]
    stated = [block for block in blocks if next(marked(block, "e-content"), None) is not None]
    if len(posts) < FEWEST_POSTS or (selectors is None and not whole(posts, stated=len(stated) * 2 > len(blocks))):
        return None
    return replace(site_of(tree, url), posts=tuple(posts), format="page")


def blocks_of(tree: HtmlElement) -> list[HtmlElement]:
    """The elements that each hold one post: marked as such, or article elements, that do not stand in one another."""
    stated = entries_of(tree)
    if len(stated) >= FEWEST_POSTS:
        return stated
    labelled = [
        node for node in tree.iter("div", "section", "li", "article") if POST_LABEL.search(node.get("class") or "")
    ]
    blocks = labelled if len(labelled) >= FEWEST_POSTS else list(tree.iter("article"))
    chosen = set(blocks)
    return [node for node in dict.fromkeys(blocks) if not any(parent in chosen for parent in node.iterancestors())]


def post_of(block: HtmlElement, base: str, url: str, selectors: Selectors | None) -> RawPost | None:
    """The post in a block: the link and words of its heading, and the body without furniture."""
    heading, address = heading_link(block, base, selectors)
    title = " ".join(heading.text_content().split(" ")).strip() if heading is not None else ""
    address = address or marked_address(block, base)
    if not title and not (address and next(marked(block, "e-content"), None) is not None):
        return None
    inner = next((node for node in block.iter("div", "section") if BODY_LABEL.search(node.get("class") or "")), block)
    if selectors and selectors.body:
        inner = next(iter(selected(block, selectors.body)), inner)
    content = cleared(inner)
    if title:
        drop_heading(content, title)
    if len(words(content)) == 0:
        return None
    author = text_selected(block, selectors.author) if selectors and selectors.author else None
    return RawPost(
        link=address or None,
        title=escaped(title) or None,
        authors=(author,) if author else marked_people(block) or authors_of(block, {}),
        published=text_selected(block, selectors.date)
        if selectors and selectors.date
        else marked_date(block, "dt-published", "datePublished", "published") or written_date(block),
        content=inner_html(content),
        base=address or url,
        tags=tuple(
            dict.fromkeys(
                " ".join(node.text_content().split())
                for node in block.iter("a")
                if "tag" in (node.get("rel") or "").split() or "/category/" in (node.get("href") or "")
            )
        ),
    )


def heading_link(block: HtmlElement, base: str, selectors: Selectors | None) -> tuple[HtmlElement | None, str]:
    """The heading of a block and the address it links to; '' when it links nowhere."""
    if selectors and selectors.title:
        heading = next(iter(selected(block, selectors.title)), None)
    else:
        heading = next((node for node in marked(block, "p-name", "headline", "entry-title") if text_in(node)), None)
        if heading is None:
            heading = next((node for node in block.iter(*HEADINGS) if node.text_content().strip()), None)
    anchors = list(heading.iter("a")) if heading is not None else []
    if heading is not None and heading.getparent() is not None and heading.getparent().tag == "a":
        anchors.append(heading.getparent())
    if selectors and selectors.link:
        anchors = selected(block, selectors.link)
    address = next((joined(base, node.get("href") or "") for node in anchors if node.get("href")), "")
    return heading, address


def unique(posts: Iterable[RawPost]) -> Iterable[RawPost]:
    """Each post once: themes repeat them for phones."""
    seen = set()
    for post in posts:
        if (post.link, post.title) not in seen:
            seen.add((post.link, post.title))
            yield post


def whole(posts: list[RawPost], *, stated: bool) -> bool:
    """Whether these are whole posts: long enough, or stated to be whole, and not ending in an invitation to read on."""
    texts = [" ".join(re.sub(r"<[^>]*>", " ", post.content or "").split()) for post in posts]
    invited = sum(1 for text in texts if ENDS_WITH_MORE.search(text) or text.endswith(("[…]", "[...]")))
    return (stated or median(len(text.split()) for text in texts) >= WHOLE) and invited * 2 < len(texts)


def site_of(tree: HtmlElement, url: str) -> RawFeed:
    """What the page says of the blog."""
    return RawFeed(
        title=site_name_of(tree, metas_of(tree)),
        link=url,
        language=tree.get("lang") or None,
        next_page=next_of_page(tree, base_of(tree, url), url),
    )
