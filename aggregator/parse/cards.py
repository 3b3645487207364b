"""The posts that a page shows as cards or rows: a title that links, and beside it a date, a name, a few words."""

from __future__ import annotations

import re
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.parse.boilerplate import label_of, words
from aggregator.parse.byline import WRITTEN_DATE, written_date
from aggregator.parse.discover import joined
from aggregator.parse.links import DATED, HEADINGS, MORE, is_article_address, is_menu, likeness

if TYPE_CHECKING:
    from lxml.html import HtmlElement

TITLE_LABEL = re.compile(r"(?:^|[\s_])(?:\w+[-_])*(?:title|headline|p-name)(?:$|\s)", re.IGNORECASE)
PERSON = re.compile(r"(?:^|[\s_-])(?:h-card|vcard|author|auteur|byline|writer|user-?name)s?(?:$|[\s_-])", re.IGNORECASE)
LIKELY = 1.0
"""Likeness that the cards of one kind have, on the average, when they are posts."""
LONGEST_DATE_LINE = 80
FEWEST_CARDS = 2
MOST_TITLES = 400


@dataclass(frozen=True, slots=True)
class Card:
    """One post on a list; `block` is all that belongs to it."""

    address: str
    title: str
    block: HtmlElement
    published: str | None
    kind: tuple[str, ...]
    """What cards of one list have in common."""

    @property
    def likeness(self) -> float:
        """How much it looks like a post: its address and title, a date, and words beside the title."""
        told = len(words(self.block)) - len(self.title.split())
        return likeness(self.address, self.title) + (1.5 if self.published else 0.0) + (0.5 if told >= 8 else 0.0)


def cards_of(tree: HtmlElement, base: str, url: str) -> list[Card]:
    """The cards that are posts; none where no two of a kind are."""
    kinds: dict[tuple[str, ...], list[Card]] = defaultdict(list)
    titles = titles_of(tree, base, url)
    for node, address in titles.items():
        card = card_of(node, address, titles)
        if not any(known.address == address for known in kinds[card.kind]):
            kinds[card.kind].append(card)
    lists = [cards for cards in kinds.values() if mean(cards) >= LIKELY]
    if any(mostly_dated(cards) for cards in lists):
        folders = {folder_of(card.address) for cards in lists if mostly_dated(cards) for card in cards}
        lists = [
            cards
            for cards in lists
            if mostly_dated(cards)
            or any(folder_of(card.address) in folders and folder_of(card.address) for card in cards)
        ]
    kept: dict[str, Card] = {}
    for card in (card for cards in lists for card in cards):
        kept.setdefault(card.address, card)
    return list(kept.values()) if len(kept) >= FEWEST_CARDS else []


def mean(cards: list[Card]) -> float:
    return sum(card.likeness for card in cards) / len(cards)


def mostly_dated(cards: list[Card]) -> bool:
    return sum(1 for card in cards if card.published or DATED.search(card.address)) * 2 > len(cards)


def folder_of(address: str) -> str:
    """The path that an article lies under, without its host and its own name; '' at the root."""
    return "/".join(address.split("/")[3:]).rstrip("/").rpartition("/")[0]


def titles_of(tree: HtmlElement, base: str, url: str) -> dict[HtmlElement, str]:
    """The elements that hold a title, with the address of the article each leads to."""
    found: dict[HtmlElement, str] = {}
    for node in tree.iter():
        if not isinstance(node.tag, str) or not (node.tag in HEADINGS or TITLE_LABEL.search(label_of(node))):
            continue
        parents = list(node.iterancestors())
        if any(parent in found or is_menu(parent) or PERSON.search(label_of(parent)) for parent in parents):
            continue
        text = " ".join(node.text_content().split())
        if not text or MORE.match(text) or len(text) > 300:
            continue
        inside = [one for one in node.iter("a") if one.get("href")]
        around = [one for one in parents if one.tag == "a" and one.get("href")]
        for anchor in [*inside, *around] or beside(node, base, url):
            address = joined(base, anchor.get("href") or "").split("#")[0]
            if is_article_address(address, url):
                found[node] = address
                break
        if len(found) == MOST_TITLES:
            break
    return found


def beside(heading: HtmlElement, base: str, url: str) -> list[HtmlElement]:
    """The link of a card whose heading is none: the first around it that is the only one of its card."""
    if heading.tag not in HEADINGS:
        return []
    for parent in heading.iterancestors():
        if parent.tag in ("body", "main") or len(list(islice(parent.iter(*HEADINGS), 2))) > 1:
            return []
        anchors = [one for one in parent.iter("a") if is_article_address(joined(base, one.get("href") or ""), url)]
        if len({joined(base, one.get("href") or "") for one in anchors}) == 1:
            return anchors
    return []


def card_of(title: HtmlElement, address: str, titles: dict[HtmlElement, str]) -> Card:
    """The largest element around a title that holds no other; else, in a flat list, the title and what follows it."""
    block, chain = title, [title.tag]
    for parent in title.iterancestors():
        if parent.tag in ("body", "html", "main"):
            break
        if any(one is not title and one in titles and titles[one] != address for one in parent.iter()):
            break
        block = parent
        chain.append(parent.tag)
    label = " ".join(sorted((block.get("class") or "").split())[:1]) if block is not title else ""
    kind = (title.tag, " ".join((title.get("class") or "").split()), block.tag, re.sub(r"\d+", "", label))
    if block.tag in (*HEADINGS, "dt"):
        block = with_what_follows(block, titles)
    text = " ".join(title.text_content().split())
    return Card(address, text, block, written_date(block) or bare_date(block), kind)


def with_what_follows(heading: HtmlElement, titles: dict[HtmlElement, str]) -> HtmlElement:
    """A copy of a heading with its siblings up to the next title."""
    holder = heading.makeelement("div")
    holder.append(deepcopy(heading))
    for sibling in heading.itersiblings():
        if not isinstance(sibling.tag, str):
            continue
        if sibling.tag == heading.tag or any(one in titles for one in sibling.iter()):
            break
        holder.append(deepcopy(sibling))
    return holder


def bare_date(block: HtmlElement) -> str | None:
    """A date written out in a short line that nothing marks."""
    for node in block.iter("p", "div", "span", "small", "li", "em", "i", "dd", "td"):
        text = " ".join(node.text_content().split())
        if 0 < len(text) <= LONGEST_DATE_LINE and (found := WRITTEN_DATE.search(text)):
            return found[1]
    return None


def bare_name(block: HtmlElement) -> tuple[str, ...]:
    """The name in the first element of a card that is labelled as a person."""
    for node in block.iter("a", "span", "div", "p", "li", "small", "cite", "address", "td"):
        if PERSON.search(label_of(node)):
            name = re.sub(r"^(?:door|by|van)\s+", "", " ".join(node.text_content().split()), flags=re.IGNORECASE)
            if 0 < len(name) < 60 and not re.search(r"[\d@/|]", name):
                return (name,)
    return ()
