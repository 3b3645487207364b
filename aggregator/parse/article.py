"""One article page: its body without the page's furniture, and what the page says of it.

The body is taken from where the page marks it; trafilatura is asked where nothing does, since it costs 0.3 s to load.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from aggregator.model import Image, RawPost
from aggregator.parse.boilerplate import drop_never_content, label_of, remove, without_clutter, words
from aggregator.parse.byline import is_stamp
from aggregator.parse.decode import html_tree
from aggregator.parse.discover import base_of
from aggregator.parse.metadata import metadata_of
from aggregator.parse.selecting import selected, text_selected
from aggregator.parse.voting import confirmed, extract_of, left_out
from aggregator.settings import Selectors

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FEWEST_WORDS = 40
MARKED = (
    ".//*[@itemprop='articleBody']",
    ".//*[contains(concat(' ', normalize-space(@class), ' '), ' e-content ')]",
    ".//*[contains(concat(' ', normalize-space(@class), ' '), ' entry-content ')]",
    ".//*[contains(concat(' ', normalize-space(@class), ' '), ' post-content ')]",
    ".//*[contains(concat(' ', normalize-space(@class), ' '), ' article-content ')]",
    ".//*[contains(concat(' ', normalize-space(@class), ' '), ' article-body ')]",
    ".//*[contains(concat(' ', normalize-space(@class), ' '), ' post-body ')]",
    ".//article",
    ".//main",
)
"""Where pages say their article is, the clearest marks first."""
MOST_LEFT_OUT = 0.5
FEATURED = re.compile(r"featured|hero|lead|wp-post-image|entry-image|post-thumbnail", re.IGNORECASE)
BYLINE_LABEL = re.compile(r"(?:^|[\s_-])(?:meta|byline|p-meta|post-info|entry-meta)(?:$|[\s_-])")
LAZY = ("data-lazy-src", "data-src", "data-original", "data-orig-file", "data-large-file", "src")


def extract_article(
    body: bytes,
    url: str,
    content_type: str = "",
    selectors: Selectors | None = None,
    title_hint: str | None = None,
) -> RawPost | None:
    """The article on the page; None when there is none: too few words. Never raises."""
    tree = html_tree(body, content_type)
    facts = metadata_of(tree)
    title = title_hint or (text_selected(tree, selectors.title) if selectors and selectors.title else None)
    title = title or without_site(facts.title, facts.site_name)
    picture = facts.image or featured_image(tree)
    if selectors and selectors.image and (chosen := selected(tree, selectors.image)):
        picture = Image(chosen[0].get("src") or chosen[0].get("data-src") or "", chosen[0].get("alt") or "")
    node = selected_body(tree, selectors) if selectors and selectors.body else best_body(tree, title)
    if node is None or len(words(node)) < FEWEST_WORDS:
        return None
    drop_heading(node, title)
    return RawPost(
        link=url,
        title=escaped(title),
        authors=(named,)
        if selectors and selectors.author and (named := text_selected(tree, selectors.author))
        else facts.authors,
        published=text_selected(tree, selectors.date) if selectors and selectors.date else facts.published,
        updated=facts.updated,
        content=inner_html(node),
        base=base_of(tree, url),
        language=facts.language,
        tags=facts.tags,
        image=picture,
        canonical=facts.canonical,
    )


def selected_body(tree: HtmlElement, selectors: Selectors) -> HtmlElement | None:
    """What the configured selector finds, without what `remove` names."""
    found = selected(tree, selectors.body or "")
    if not found:
        return None
    node = deepcopy(found[0])
    for pattern in selectors.remove:
        for child in selected(node, pattern):
            remove(child)
    without_clutter(node)
    return node


def best_body(tree: HtmlElement, title: str | None) -> HtmlElement | None:
    """The blocks of the page that the extractor confirms; the marked body where that holds far more than it took."""
    marked = marked_body(tree)
    extract = extract_of(extracted_text(tree))
    if len(extract.runs) < FEWEST_WORDS:
        return marked if marked is not None else column(tree, title)
    if marked is not None and marked.tag != "main" and left_out(deepcopy(marked), extract) > MOST_LEFT_OUT:
        return marked
    body = deepcopy(next(tree.iter("body"), tree))
    drop_never_content(body)
    found = confirmed(body, extract)
    if found is not None:
        without_clutter(found)
    return found


def marked_body(tree: HtmlElement) -> HtmlElement | None:
    """The body with most words of those that the page marks in the clearest way it does, without furniture."""
    for path in MARKED:
        cleaned = [cleared(node) for node in tree.xpath(path) if node.tag not in ("html", "body")]
        best = max(cleaned, key=lambda node: len(words(node)), default=None)
        if best is not None and len(words(best)) >= FEWEST_WORDS:
            return best
    return None


def cleared(node: HtmlElement) -> HtmlElement:
    copy = deepcopy(node)
    copy.tail = None
    without_clutter(copy)
    return copy


def column(tree: HtmlElement, title: str | None) -> HtmlElement | None:
    """The nearest block around the main heading that holds a substantial text."""
    heading = next(
        (node for node in tree.iter("h1", "h2") if title and squeezed(node.text_content()) == squeezed(title)), None
    )
    for block in heading.iterancestors() if heading is not None else ():
        if block.tag in ("body", "html"):
            break
        copy = cleared(block)
        if len(words(copy)) >= FEWEST_WORDS:
            return copy
    return None


def extracted_text(tree: HtmlElement) -> str:
    """The text that trafilatura takes for the article; '' when it finds none or stumbles."""
    import trafilatura
    from lxml import etree

    copy = deepcopy(tree)
    etree.strip_tags(copy, etree.Comment)  # text on both sides of a comment is lost otherwise
    try:
        return trafilatura.extract(copy, include_comments=False, favor_precision=True) or ""
    except (ValueError, TypeError, AttributeError, RecursionError, KeyError, IndexError):
        return ""


def drop_heading(node: HtmlElement, title: str | None) -> None:
    """Remove headings that repeat the title; the entry has its own."""
    for heading in list(node.iter("h1", "h2")):
        if title and squeezed(heading.text_content()) == squeezed(title):
            remove(heading)
    for header in list(node.iter("header")):
        if len(words(header)) < 60:
            remove(header)
    for line in list(node.iter("p", "div")):
        if (BYLINE_LABEL.search(label_of(line)) and len(words(line)) < 40) or is_stamp(line):
            remove(line)


def featured_image(tree: HtmlElement) -> Image | None:
    """The picture that the theme marks as the article's own, also when it is loaded lazily."""
    for image in tree.iter("img"):
        holders = [image, *list(image.iterancestors())[:3]]
        if any(FEATURED.search(label_of(holder)) for holder in holders):
            for attribute in LAZY:
                address = image.get(attribute) or ""
                if address and not address.startswith("data:"):
                    return Image(address, image.get("alt") or "")
    return None


def inner_html(node: HtmlElement) -> str:
    """The element's content as HTML, without the element."""
    from lxml import etree

    head = escaped(node.text) or ""
    return head + "".join(etree.tostring(child, encoding="unicode", method="html") for child in node)


def without_site(title: str | None, site: str | None) -> str | None:
    """The title without ` - Site` or ` | Site` behind it."""
    if not title or not site:
        return title
    cut = re.sub(rf"\s+[|–—·:-]\s+{re.escape(site)}\s*$", "", title)
    return cut or title


def squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def escaped(text: str | None) -> str | None:
    return None if text is None else text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
