"""What on a page is furniture: known by its element, its class or its id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

NEVER_CONTENT = frozenset(
    "script style noscript-script template button input select textarea nav dialog menu object embed".split()
)
WHOLE_PAGE = 400
"""Words in an element that is labelled as furniture, or is a form, from which on it holds the page itself."""
CLUTTER = re.compile(
    r"(?:^|[\s_-])(?:"
    r"share|shares|sharing|sharedaddy|sharebar|share-\w+|addtoany|addthis|a2a_kit|social|socials|hs-social|"
    r"related|relatedposts|related-posts|jp-relatedposts|gerelateerd|yarpp|recommend\w*|read-?more|leesverder|"
    r"comment|comments|commentlist|comment-\w+|reactie|reacties|reactions|respond|disqus_thread|disqus|"
    r"newsletter|nieuwsbrief|subscribe|subscription|signup|sign-up|opt-?in|mailchimp|hs-form|"
    r"cookie|cookies|consent|gdpr|advert|advertisement|ads|adsense|sponsor|sponsored|promo|promotion|pro|upsell|cta|"
    r"author-box|author-bio|author-info|about-author|post-author-box|authorbox|bio-box|"
    r"sidebar|widget|widget-area|breadcrumb|breadcrumbs|pagination|pager|nav-links|post-navigation|navigation|"
    r"menu|toolbar|masthead|site-header|site-footer|colophon|entry-meta|entry-footer|post-meta|post-tags|tag-list|"
    r"popup|modal|overlay|screen-reader-text|visually-hidden|print-only|skip-link|jp-post-flair|sd-block|sd-title|"
    r"rating|ratings|likes?|votes?|follow|followus|print|permalink-box"
    r")(?:$|[\s_-])",
    re.IGNORECASE,
)
KEEP = re.compile(
    r"(?:^|[\s_-])(?:entry-content|post-content|article-body|articlebody|post-body|e-content|content-body)(?:$|[\s_-])",
    re.I,
)
QUOTED = re.compile(r"embed|tweet|widget|social", re.IGNORECASE)
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{1,2}|[^\s\u3040-\u30ff\u3400-\u9fff]+")
COMMENT_ANCHOR = re.compile(r"^(?:comments?|reacties?|respond|disqus_thread)$", re.IGNORECASE)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def label_of(element: HtmlElement) -> str:
    """Class and id, as one text."""
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def is_clutter(element: HtmlElement) -> bool:
    """Whether the element is furniture by its kind, class or id, or is hidden."""
    if not isinstance(element.tag, str):
        return False
    if element.tag in NEVER_CONTENT:
        return True
    if element.tag == "form":
        return len(words(element)) < WHOLE_PAGE  # some platforms wrap the whole page in one
    label = label_of(element)
    if CLUTTER.search(label) and not KEEP.search(label) and not quotes(element, label):
        return len(words(element)) < WHOLE_PAGE or element.tag in ("aside", "footer", "ul", "ol")
    return bool(HIDDEN.search(element.get("style") or "")) or (
        element.get("aria-hidden") == "true" and element.tag != "img"
    )


def quotes(element: HtmlElement, label: str) -> bool:
    """Whether the element quotes a message from elsewhere, such as a tweet: that is part of the text."""
    return element.tag == "blockquote" or (
        QUOTED.search(label) is not None and element.find(".//blockquote") is not None
    )


def words(element: HtmlElement) -> list[str]:
    """The words of its text; Chinese and Japanese put no spaces between them, so there two characters count as one."""
    return WORD.findall(str(element.text_content()))


def without_clutter(element: HtmlElement) -> None:
    """Take the furniture out of `element`, in place."""
    doomed = [child for child in element.iterdescendants() if isinstance(child.tag, str) and is_clutter(child)]
    for child in doomed:
        remove(child)
    cut_comments(element)
    for child in [item for item in element.iterdescendants() if not isinstance(item.tag, str)]:
        remove(child)


def drop_never_content(element: HtmlElement) -> None:
    """Take out what no label is needed for: scripts, menus, comments of HTML, and what is hidden."""
    for child in list(element.iterdescendants()):
        named = isinstance(child.tag, str)
        hidden = named and HIDDEN.search(child.get("style") or "") and len(words(child)) < WHOLE_PAGE
        if child.getparent() is not None and (not named or child.tag in NEVER_CONTENT or hidden):
            remove(child)


def cut_comments(element: HtmlElement) -> None:
    """Everything after a named anchor of the comments, and the anchor."""
    for anchor in element.iter("a"):
        if not COMMENT_ANCHOR.match(anchor.get("name") or anchor.get("id") or "") or anchor.get("href"):
            continue
        node = anchor
        while node is not element and node is not None:
            for sibling in list(node.itersiblings()):
                remove(sibling)
            node.tail = None
            node = node.getparent()
        remove(anchor)
        return


def remove(element: HtmlElement) -> None:
    """Take `element` out and leave the text behind it."""
    if element.getparent() is not None:
        element.drop_tree()


def ancestors(element: HtmlElement) -> Iterator[HtmlElement]:
    node = element.getparent()
    while node is not None:
        yield node
        node = node.getparent()
