"""What software adds at the head and the end of a post: share prompts, related posts, "appeared first on", bylines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.normalise.prompts import BARE, BUTTON, CLUTTER, NETWORKS, OFFERS, READ_ON, is_prompt
from aggregator.normalise.text import fold, shows
from aggregator.normalise.tree import finding

if TYPE_CHECKING:
    from lxml.html import HtmlElement

BLOCKS = tuple("p div h1 h2 h3 h4 h5 h6 ul ol section aside footer center span table".split())
HOLD_BLOCKS = frozenset(("body", "div", "section", "aside", "footer", "center", "span"))
LABELLED = "descendant::*[@class or @id]"
BETWEEN_WORDS = re.compile(r"\W+")
TITLES = ("h1", "h2", "h3")
MOST_CLUTTER = 400
"""Words: an element that holds more is the post, whatever a theme calls it."""
LONG_BLOCK = 25
"""Words: a block this long after a prompt is the author's, so the prompt was one of the text."""


def drop_clutter(root: HtmlElement) -> None:
    """Take out what its class gives away."""
    for element in finding(LABELLED)(root):
        label = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.getparent() is None or not (CLUTTER.search(label) or (BUTTON.search(label) and offers(element))):
            continue
        if len(element.text_content().split(None, MOST_CLUTTER)) < MOST_CLUTTER:
            element.drop_tree()


def offers(button: HtmlElement) -> bool:
    """Whether a button leads to subscribing, sharing or commenting."""
    return any(OFFERS.search(link.get("href") or "") for link in button.iter("a"))


def drop_tail(root: HtmlElement, authors: Sequence[str], home: str) -> None:
    """Take the prompts off the end, from the first one that no text of the author follows; then a bare signature.

    `home` is an address on the blog: a list of links that lead elsewhere is of the author's, too.
    """
    blocks = leaves(root)
    cut = len(blocks)
    only_prompts = True
    for index in range(len(blocks) - 1, looked_at(len(blocks)) - 1, -1):
        text = text_in(blocks[index])
        if not text and not has_picture(blocks[index]):
            continue
        if is_prompt(text) and (only_prompts or not BARE.match(text)):
            cut = index
        elif is_long(blocks[index], text) or leads_away(blocks[index], text, home):
            break
        elif only_prompts:
            only_prompts = is_linked(blocks[index], text)
    if has_text_before(blocks, cut):
        for block in blocks[cut:]:
            text = text_in(block)
            if not text or is_prompt(text) or is_linked(block, text):
                drop(block, root)
        blocks = leaves(root)
    names = {name.casefold() for name in authors}
    while names and (signature := last_of_several(blocks)) is not None:
        if text_in(signature).strip(" .,-–—").casefold() not in names:
            break
        drop(signature, root)
        blocks = leaves(root)


def looked_at(blocks: int) -> int:
    """The place of the first of so many blocks that may be of the tail."""
    return max(0, blocks * 2 // 3 - 7)


def last_of_several(blocks: Sequence[HtmlElement]) -> HtmlElement | None:
    """The last block with anything to see in it; None where it is the only one."""
    showing = (block for block in reversed(blocks) if shows(block.text_content()) or has_picture(block))
    last = next(showing, None)
    return last if next(showing, None) is not None else None


def text_in(block: HtmlElement) -> str:
    return fold(block.text_content() if len(block) else block.text or "")


def is_long(block: HtmlElement, text: str) -> bool:
    return len(text.split(None, LONG_BLOCK)) >= LONG_BLOCK and not is_linked(block, text)


def is_linked(block: HtmlElement, text: str) -> bool:
    """Whether nearly all of `text`, that of the block, is links."""
    return sum(len(text_in(link)) for link in block.iter("a")) * 10 >= len(text) * 8


def leads_away(block: HtmlElement, text: str, home: str) -> bool:
    """Whether the block is a list of links of which all lead to other sites, none to a network that one shares on."""
    if block.tag not in ("ul", "ol") or not is_linked(block, text):
        return False
    own = site_of(home)
    sites = [site_of(link.get("href") or "") for link in block.iter("a")]
    return all(site and site != own and not NETWORKS.search(site) for site in sites)


def site_of(address: str) -> str:
    """The last two labels of the host, which stand for its owner; '' of what is no address."""
    try:
        return ".".join((urlsplit(address).hostname or "").split(".")[-2:])
    except ValueError:
        return ""


def has_text_before(blocks: Sequence[HtmlElement], cut: int) -> bool:
    return cut < len(blocks) and any(shows(block.text_content()) for block in blocks[:cut])


def drop_head(root: HtmlElement, title: str) -> None:
    """Take off the first heading or line when it only repeats the title."""
    wanted = squeezed(title)
    if not wanted or next(root.iter(*TITLES), None) is None:
        return
    for block in leaves(root)[:2]:
        if has_picture(block):
            continue
        if block.tag in TITLES and squeezed(block.text_content()) == wanted:
            drop(block, root)
        return


def drop_read_on(root: HtmlElement) -> None:
    """Take a link to the rest of the post, or the mark of a cut, off the end of an excerpt."""
    for block in reversed(leaves(root)):
        text = text_in(block)
        if not text:
            continue
        if READ_ON.fullmatch(text):
            drop(block, root)
            continue
        for link in list(block.iter("a")):
            if READ_ON.fullmatch(" " + fold(link.text_content())):
                link.drop_tree()
        return


def leaves(root: HtmlElement) -> list[HtmlElement]:
    """The innermost blocks of the post, in order."""
    found = list(root.iterdescendants(*BLOCKS))
    if next(root.iter("span"), None) is not None:
        found = [node for node in found if node.tag != "span" or stands_alone(node)]
    holders: set[HtmlElement] = set()
    for node in found:
        parent = node.getparent()
        while parent is not None and parent not in holders:
            holders.add(parent)
            parent = parent.getparent()
    return [node for node in found if node not in holders or node.tag in ("ul", "ol", "table")]


def stands_alone(span: HtmlElement) -> bool:
    """Whether a span is a block among blocks, and no words within a sentence."""
    parent = span.getparent()
    before = span.getprevious()
    around = (span.tail, parent.text if before is None else before.tail)
    return parent.tag in HOLD_BLOCKS and not any(map(shows, around))


def has_picture(block: HtmlElement) -> bool:
    return next(block.iter("img", "video", "audio", "iframe"), None) is not None


def drop(block: HtmlElement, root: HtmlElement) -> None:
    """Take `block` out, and the blocks around it that hold nothing else."""
    while block.getparent() is not None and block is not root:
        parent = block.getparent()
        block.drop_tree()
        if parent is root or shows(parent.text_content()) or has_picture(parent):
            return
        block = parent


def squeezed(text: str) -> str:
    return BETWEEN_WORDS.sub("", text).casefold()
