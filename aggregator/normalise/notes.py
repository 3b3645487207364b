"""Footnotes: a link that leads to its note within the post, and back, wherever the post is shown."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aggregator.normalise.text import shows
from aggregator.normalise.tree import finding
from aggregator.normalise.urls import compare_key

if TYPE_CHECKING:
    from lxml.html import HtmlElement

CAN_BE_LED_TO = "descendant::*[@id or (self::a and @name)]"
VOID = ("br", "hr", "img", "source", "track", "wbr", "col")


def keep_anchors(root: HtmlElement) -> None:
    """Names of an anchor that holds nothing to see go to the element it stands in, which stays when it is dropped."""
    for node in root.iter("a", "span", "sup"):
        name = node.get("id") or node.get("name")
        parent = node.getparent()
        is_empty = not len(node) and not shows(node.text)
        if name and is_empty and parent is not None and parent is not root and not parent.get("id"):
            parent.set("id", name)


def number_notes(root: HtmlElement, page: str) -> None:
    """Give what a link in the post leads to an id of its own, and the link that address; every other id goes.

    Posts of many blogs stand on one page, on which an id must not be there twice: it is of the post's address and
    the note's place, so that nothing of what a blog chose is left in it.
    """
    targets: dict[str, HtmlElement] = {}
    for node in finding(CAN_BE_LED_TO)(root):
        for name in (node.attrib.pop("id", None), node.attrib.pop("name", None)):
            if name and node.tag not in VOID:
                targets.setdefault(name, node)
    if not targets:
        return
    own = compare_key(page)
    leading: dict[str, list[HtmlElement]] = {}
    for link in root.iter("a"):
        address, _, fragment = (link.get("href") or "").partition("#")
        name = fragment if fragment in targets else unquote(fragment)
        if name in targets and compare_key(address) == own:
            leading.setdefault(name, []).append(link)
    prefix = f"noot-{sha256(own.encode()).hexdigest()[:8]}"
    numbers: dict[HtmlElement, int] = {}
    for name, node in targets.items():
        if name in leading:
            identifier = f"{prefix}-{numbers.setdefault(node, len(numbers) + 1)}"
            node.set("id", identifier)
            for link in leading[name]:
                link.set("href", f"#{identifier}")
