"""Ordinary HTML taken apart at its tags: what is known here is read by every parser in the same way."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.normalise.text import fold, shows

TAG = re.compile(r"<([^<>]*)>")
ENTITY = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|nbsp|hellip|[nm]dash|[lr][sd]quo|euro|[aeiou](?:acute|grave|uml|circ)|"
    r"#(?:0?3[489]|160|82(?:1[126-9]|2[0-26]|30)|8364));)"
)
"""What is none of those that are read here."""
ATTRIBUTES = re.compile(r'(?: [a-z][a-z-]*="[^"\n\t]*")* ?/?')
DEEPEST = 20
"""Levels."""
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
BLOCKS = HEADINGS | {"p", "ul", "ol"}
VOID = frozenset(("br", "hr", "img"))
WORDS = frozenset("a b br code em i img s small strong sub sup u".split())
HOLDING_WORDS = (HEADINGS | WORDS | {"", "p", "li", "figcaption"}) - VOID
HOLDS = dict.fromkeys(HOLDING_WORDS, WORDS) | {
    "": BLOCKS | WORDS | {"blockquote", "figure", "hr"},
    "ul": frozenset(("li",)),
    "ol": frozenset(("li",)),
    "blockquote": frozenset(("p",)),
    "figure": frozenset(("a", "img", "figcaption")),
}
"""What may stand in what; '' is the post."""


class Declined(Exception):  # noqa: N818  (no error: it is cleaned the long way)
    """The post holds something that is not known here, or that is to be taken out."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A post in pieces: a text, a tag, a text, a tag, ..., a text."""

    texts: Sequence[str]
    tags: list[str]
    """What stands between the angle brackets."""
    names: Sequence[str]
    """Of the element that each tag opens or closes."""
    blocks: Sequence[tuple[int, int]]
    """Places of the tags that open and close a paragraph, heading or list."""
    links: Sequence[tuple[int, int]]

    def text(self, span: tuple[int, int]) -> str:
        return fold(html.unescape("".join(self.texts[span[0] + 1 : span[1] + 1])))

    def links_in(self, block: tuple[int, int]) -> list[str]:
        """The texts of the links in a block."""
        first, last = (bisect_left(self.links, (place,)) for place in block)
        return [self.text(span) for span in self.links[first:last]]


def parts_of(markup: str) -> Parts:
    """The pieces of a post of which every element stands in its place, is closed, and holds something.

    Raises Declined for any other.
    """
    pieces = TAG.split(markup)
    texts, tags = pieces[0::2], pieces[1::2]
    if markup.count("<") != len(tags) or markup.count(">") != len(tags):
        raise Declined
    if ENTITY.search(markup) or not markup.replace("\n", "").replace("\xa0", "").replace("\t", "").isprintable():
        raise Declined
    names: list[str] = []
    blocks, links = [], []
    inside = [("", -1)]
    for place, (tag, before) in enumerate(zip(tags, texts, strict=False)):
        holder, opened = inside[-1]
        if holder not in HOLDING_WORDS and before.strip(" \n\t"):
            raise Declined
        first = opened == place - 1
        if tag[:1] == "/":
            name = tag[1:]
            if name != holder or (first and is_blank(before)):
                raise Declined
            names.append(name)
            inside.pop()
            if name in BLOCKS:
                blocks.append((opened, place))
            elif name == "a":
                links.append((opened, place))
            continue
        name = tag if tag in HOLDS else tag.partition(" ")[0].removesuffix("/")
        names.append(name)
        if name not in HOLDS[holder] or (len(tag) > len(name) and not ATTRIBUTES.fullmatch(tag, len(name))):
            raise Declined
        if tag[-1] == "/" and name not in VOID:
            raise Declined
        if name == "br" and (first or names[place - 1] == "br") and is_blank(before):
            raise Declined  # one that may only space things out
        if name not in VOID:
            if len(inside) > DEEPEST or (name == "a" and any(around == "a" for around, _ in inside)):
                raise Declined
            inside.append((name, place))
    if len(inside) > 1 or not tags:
        raise Declined
    return Parts(texts, tags, names, blocks, links)


def is_blank(text: str) -> bool:
    return not (text[:1].isalnum() or shows(html.unescape(text)))
