"""The tree of a post's HTML, and what is put in order on it whatever the post says."""

from __future__ import annotations

import html as entities
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, cast

from aggregator.normalise.text import shows

if TYPE_CHECKING:
    from lxml.etree import HTMLParser
    from lxml.html import HtmlElement

DROPPED = (
    "script style form template svg math object embed link meta title head base button input select textarea".split()
)
LONG_FORM = 150
"""Words: some software puts the whole post into one."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS_UNKNOWN = "section article aside header footer nav center main address fieldset legend hgroup".split()
EMPTIABLE = "p div span strong em b i h1 h2 h3 h4 h5 h6 li ul ol figure a".split()


@cache
def parser() -> HTMLParser:
    """Elements are of one class whatever their name: lxml's own parser of HTML asks Python for the class of each."""
    from lxml import etree, html

    made = etree.HTMLParser(encoding="utf-8", recover=True, huge_tree=True)
    made.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement, comment=html.HtmlComment))
    return made


def tree_of(markup: str) -> HtmlElement:
    """The markup as the content of one element."""
    from lxml import html

    document = html.document_fromstring(f"<html><body>{markup}</body></html>".encode("utf-8", "ignore"), parser())
    return next(document.iter("body"), document)


@cache
def finding(path: str) -> Callable[[HtmlElement], list[HtmlElement]]:
    """A function that gives the elements at an XPath, which is compiled once."""
    from lxml import etree

    return cast("Callable[[HtmlElement], list[HtmlElement]]", etree.XPath(path))


def inner(root: HtmlElement) -> str:
    """The content of `root` as HTML."""
    from lxml import etree

    whole = etree.tostring(root, encoding="unicode", method="html", with_tail=False)
    if root.tag == "body" and not root.attrib:
        return whole[len("<body>") : -len("</body>")]
    text = entities.escape(root.text or "", quote=False)
    return text + "".join(etree.tostring(child, encoding="unicode", method="html") for child in root)


def drop_comments_and_scripts(root: HtmlElement) -> None:
    """Out with what is never content."""
    from lxml import etree

    for node in list(root.iterdescendants(etree.Comment, etree.ProcessingInstruction, etree.Entity, *DROPPED)):
        if node.tag == "form" and len(node.text_content().split(None, LONG_FORM)) >= LONG_FORM:
            node.drop_tag()
        elif node.getparent() is not None:
            node.drop_tree()


def drop_empty(root: HtmlElement) -> None:
    """Out with elements that hold nothing to see, innermost first, and breaks that only space things out."""
    for node in reversed(list(root.iterdescendants(*EMPTIABLE))):
        if not len(node) and not shows(node.text) and node.getparent() is not None:
            keep_space = bool(node.text) and node.tag not in ("p", "div", "li", "ul", "ol", "figure")
            if keep_space:
                node.drop_tag()
            else:
                node.drop_tree()
    if next(root.iter("br"), None) is not None:
        drop_breaks(root)


def drop_breaks(root: HtmlElement) -> None:
    """Out with paragraphs of breaks alone, and with the third break in a row and those after it."""
    for node in list(root.iter("p", "div")):
        children = list(node)
        if children and all(child.tag == "br" and not shows(child.tail) for child in children) and not shows(node.text):
            node.drop_tree()
    for node in list(root.iter("br")):
        following = node.getnext()
        while following is not None and following.tag == "br" and not shows(node.tail):
            third = following.getnext()
            if third is None or third.tag != "br" or shows(following.tail):
                break
            following.drop_tree()
            following = third


def part_words(root: HtmlElement) -> None:
    """Blocks that the allow-list does not know as divisions, where their words would run into what is beside them."""
    for node in root.iter(*BLOCKS_UNKNOWN):
        if shows(node.text) or any(shows(child.tail) for child in node):
            node.tag = "div"


def fit_headings(root: HtmlElement) -> None:
    """Headings under the post's own, which is an h2: the highest becomes h3, and no level is left out."""
    headings = list(root.iter(*HEADINGS))
    levels = sorted({int(node.tag[1]) for node in headings})
    fitted = {level: min(6, 3 + place) for place, level in enumerate(levels)}
    for node in headings:
        node.tag = f"h{fitted[int(node.tag[1])]}"
