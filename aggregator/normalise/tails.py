"""What software adds at the head and the end of a post: share prompts, related posts, "appeared first on", bylines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.normalise.text import fold, shows
from aggregator.normalise.tree import finding

if TYPE_CHECKING:
    from lxml.html import HtmlElement

CLUTTER = re.compile(
    r"(?:^|[\s_-])(?:sharedaddy|sd-sharing\w*|sd-block|jp-relatedposts|jp-post-flair|addtoany\w*|a2a_kit|addthis\w*|"
    r"share-?(?:buttons?|bar|links|icons|this|options|post)|social-?(?:share|sharing|links|icons)|entry-share|x-entry-share|"
    r"post-share|hs-social|related-?(?:posts|articles|content)|yarpp\w*|feedflare|wp-block-post-comments|disqus\w*|"
    r"comments-area|newsletter-?(?:form|signup|box)|mc4wp\w*|mailmunch\w*|wpcnt|subscription-widget)(?:$|[\s_-])",
    re.IGNORECASE,
)
APPEARED = re.compile(
    r"^(?:het bericht|dit bericht|the post|der beitrag|l['’]article)\b.{0,400}\b"
    r"(?:verscheen eerst op|verscheen als eerste op|appeared first on|erschien zuerst auf|est apparu en premier sur)"
    r"\b.{0,200}$|"
    r"^(?=.{1,300} on Medium, where people are ).{1,200} was originally published in ",
    re.IGNORECASE,
)
POST = r"(?:artikel|bericht|blog\w*|post|pagina|verhaal|stuk)"
PROMPT = re.compile(
    r"^\W*(?:"
    rf"(?:dit|deze)\s+(?:{POST}\s+)?delen(?:\s+(?:met\s+anderen|op|via))?|delen\s*:|"
    r"share\s+(?:(?:this|it)\b\s*)?(?:article|page|post|story)?\s*(?:on|via)?|"
    rf"(?:vond|vindt|vind)\s+(?:u|je|jij)\s+(?:dit|het|deze)\s+(?:{POST}\s+)?"
    rf"(?:(?:een\s+)?(?:interessant|leuk|nuttig|handig|goed|waardevol)e?(?:\s+{POST})?|de\s+moeite\s+waard)\s*\?"
    r"\s*(?:deel\s+(?:het|dit|deze)\b.{0,60})?|"
    rf"deel\s+(?:(?:het|dit|deze)(?:\s+{POST})?|{POST})(?:\s+(?:met|op|via)\b.{{0,50}})?|deel\s+(?:op|via)\b.{{0,30}}|"
    r"gerelateerde?(?:\s+(?:artikelen|berichten|posts|blogs|content))?\s*:?|related(?:\s+(?:posts|articles|content))?\s*:?|"
    r"lees\s+ook\s*(?::.{0,120})?|ook\s+interessant\s*:?|meer\s+lezen\s*\??|"
    r"\d+\s+(?:reacties?|comments?)|geef\s+een\s+reactie|laat\s+een\s+reactie\s+achter|leave\s+a\s+(?:comment|reply)|"
    r"schrijf\s+je\s+in\s+voor\s+.{0,60}nieuwsbrief.{0,40}|meld\s+je\s+aan\s+voor\s+.{0,60}nieuwsbrief.{0,40}|"
    r"subscribe\s+to\s+.{0,60}newsletter.{0,40}|like\s+this\s*:?|vind-ik-leuk\s*:?.{0,20}"
    r")\W*$",
    re.IGNORECASE,
)
BARE = re.compile(
    r"^\W*(?:deel|delen|share|tweet|print|e-?mail|facebook|twitter|linkedin|whatsapp|pinterest|reacties?|comments?|reageer)\W*$",
    re.IGNORECASE,
)
"""Words that are prompts where nothing but prompts follows, and else may be a heading of the author's."""
NETWORKS = re.compile(
    r"(?:^|\.)(?:facebook|twitter|x|linkedin|pinterest|reddit|tumblr|telegram|whatsapp|instagram|youtube|getpocket|buffer|"
    r"addtoany|addthis|wa|t|bsky|xing|vk|flipboard|pinboard|threads|mix|digg)\.\w+$"
)
READ_ON = re.compile(
    r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|(?:lees\s+(?:verder|meer)|verder\s+lezen|read\s+more|continue\s+reading)\s*[»→>….]*)\s*$",
    re.IGNORECASE,
)
BLOCKS = (
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "section",
    "aside",
    "footer",
    "center",
    "span",
    "table",
)
HOLD_BLOCKS = frozenset(("body", "div", "section", "aside", "footer", "center", "span"))
LABELLED = "descendant::*[@class or @id]"
BETWEEN_WORDS = re.compile(r"\W+")
TITLES = ("h1", "h2", "h3")
MOST_CLUTTER = 400
"""Words: an element that holds more is the post, whatever a theme calls it."""
LONGEST_PROMPT = 300
"""Characters: PROMPT and BARE find no more."""
LONG_BLOCK = 25
"""Words: a block this long after a prompt is the author's, so the prompt was one of the text."""


def drop_clutter(root: HtmlElement) -> None:
    """Take out what its class gives away."""
    for element in finding(LABELLED)(root):
        label = f"{element.get('class') or ''} {element.get('id') or ''}"
        if not CLUTTER.search(label) or element.getparent() is None:
            continue
        if len(element.text_content().split(None, MOST_CLUTTER)) < MOST_CLUTTER:
            element.drop_tree()


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


def is_prompt(text: str) -> bool:
    if APPEARED.match(text):
        return True
    return len(text) < LONGEST_PROMPT and bool(PROMPT.match(text) or BARE.match(text))


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
