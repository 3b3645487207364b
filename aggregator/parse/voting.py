"""The body of an article in the page's own markup, from the text that an extractor took for it.

trafilatura says which words are the article, and loses tables, code and pictures on the way; the page holds them all,
and much else. So a block of text on the page is kept when the extractor's text holds it, and what has no words of its
own is kept with the blocks around it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.parse.blocks import PROSE, text_blocks, words_of, wrap_loose_text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MEDIA = frozenset("img picture video audio iframe hr".split())
LOST = frozenset("pre table figcaption li dt dd blockquote h2 h3 h4".split())
"""What extractors lose although it belongs to the text it stands in."""
RUN = 4
"""Words in a row that are looked for."""
CONFIRMED = 0.5
NEARLY_ALL = 0.95
TWIN = 30
"""Words of a block from which on the same words again are a twin: themes repeat blocks for phones."""


@dataclass(frozen=True, slots=True)
class Extract:
    """The words that an extractor took for the article."""

    runs: frozenset[tuple[str, ...]]
    line: str

    def share(self, words: Sequence[str]) -> float:
        """The share of `words` that stand in it, in runs; of few words all or nothing."""
        if len(words) < 2 * RUN:
            return 1.0 if f" {' '.join(words)} " in self.line else 0.0
        runs = runs_of(words)
        return sum(run in self.runs for run in runs) / len(runs)


def extract_of(text: str) -> Extract:
    """`text` as the extractor gave it, ready to be compared with blocks of the page."""
    words = words_of(text)
    return Extract(frozenset(runs_of(words)), f" {' '.join(words)} ")


def runs_of(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]


def confirmed(body: HtmlElement, extract: Extract) -> HtmlElement | None:
    """The smallest element of `body` that holds the extract, without the blocks that the extractor left out.

    `body` is changed. None when nothing of the extract is found in it.
    """
    wrap_loose_text(body)
    blocks = {block: words_of(block.text_content()) for block in text_blocks(body)}
    sure = [block for block, words in blocks.items() if words and extract.share(words) >= CONFIRMED]
    root = smallest_holder(sure, blocks, extract)
    if root is None:
        return None
    inside = [block for block in blocks if block is root or root in block.iterancestors()]
    kept = with_neighbours(inside, without_twins([block for block in inside if block in set(sure)], blocks))
    drop_others(root, kept)
    return root


def left_out(marked: HtmlElement, extract: Extract) -> float:
    """The share of the prose in `marked`, in words, that the extractor left out; changes `marked`."""
    wrap_loose_text(marked)
    total = missed = 0
    for block in text_blocks(marked):
        words = words_of(block.text_content())
        if len(words) >= PROSE and linked_share(block, len(words)) < 0.3:
            total += len(words)
            missed += len(words) if extract.share(words) < CONFIRMED else 0
    return missed / total if total else 0.0


def linked_share(block: HtmlElement, count: int) -> float:
    return sum(len(words_of(link.text_content())) for link in block.iter("a")) / max(1, count)


def smallest_holder(
    sure: Sequence[HtmlElement], blocks: dict[HtmlElement, list[str]], extract: Extract
) -> HtmlElement | None:
    """The innermost element that holds nearly all that any element holds of the extract."""
    held: dict[HtmlElement, set[tuple[str, ...]]] = {}
    everything: set[tuple[str, ...]] = set()
    for block in sure:
        runs = set(runs_of(blocks[block])) & extract.runs
        everything |= runs
        for node in (block, *block.iterancestors()):
            held.setdefault(node, set()).update(runs)
    enough = [node for node, runs in held.items() if len(runs) >= NEARLY_ALL * len(everything)]
    return max(enough, key=depth, default=None)


def depth(node: HtmlElement) -> int:
    return sum(1 for _ in node.iterancestors())


def without_twins(found: Sequence[HtmlElement], blocks: dict[HtmlElement, list[str]]) -> list[HtmlElement]:
    seen: set[str] = set()
    once = []
    for block in found:
        line = " ".join(blocks[block])
        if line not in seen or len(blocks[block]) < TWIN:
            once.append(block)
        seen.add(line)
    return once


def with_neighbours(inside: Sequence[HtmlElement], kept: Sequence[HtmlElement]) -> set[HtmlElement]:
    """`kept`, and the blocks between them that extractors lose: captions, code, tables, and a short line or item."""
    sure = set(kept)
    found = set(sure)
    first, last = inside.index(kept[0]), inside.index(kept[-1])
    for at in range(first, last):
        block = inside[at]
        if block in sure:
            continue
        count = len(words_of(block.text_content()))
        around = (inside[at - 1], inside[at + 1])
        alike = all(one in sure and one.tag == block.tag for one in around)
        if linked_share(block, count) < 0.5 and (
            alike or block.tag in LOST or block.getparent().tag in ("li", "blockquote")
        ):
            found.add(block)
    return found


def drop_others(root: HtmlElement, kept: Collection[HtmlElement]) -> None:
    """Take out of `root` what is not in `kept`; pictures between the blocks that are kept stay."""
    holders = {node for block in kept for node in block.iterancestors()}
    places = {node: place for place, node in enumerate(root.iter())}
    spans = [places[block] for block in kept]
    waiting = [root] if root not in kept else []
    while waiting:
        for child in list(waiting.pop()):
            if child in holders:
                waiting.append(child)
            elif child not in kept and not is_picture(child, min(spans) < places[child] < max(spans)):
                child.drop_tree()


def is_picture(node: HtmlElement, between: bool) -> bool:
    """Whether a node without words is a picture of the article: it stands between its blocks, or in a figure."""
    if not isinstance(node.tag, str) or node.text_content().strip():
        return False
    return next(node.iter(*(MEDIA if between else ("figure",))), None) is not None
