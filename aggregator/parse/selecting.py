"""CSS selectors from sources.yaml on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def selected(tree: HtmlElement, pattern: str) -> list[HtmlElement]:
    """The elements that the selector finds; none where it is no selector."""
    from cssselect import GenericTranslator, SelectorError

    try:
        path = GenericTranslator().css_to_xpath(pattern)
    except SelectorError:
        return []
    found = tree.xpath(path)
    return [node for node in found if isinstance(node.tag, str)] if isinstance(found, list) else []


def text_selected(tree: HtmlElement, pattern: str) -> str | None:
    """The text of the first element found, or its datetime or content attribute."""
    for node in selected(tree, pattern):
        return node.get("datetime") or node.get("content") or " ".join(node.text_content().split()) or None
    return None
