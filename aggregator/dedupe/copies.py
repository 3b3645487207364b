"""The same post on two blogs: a cheap sketch that finds candidates, and the texts themselves that decide.

Containment of three-word shingles decides, not resemblance: an excerpt stands wholly in its full text while the two
resemble each other little. Never by title alone: weekly columns share theirs.
"""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest
from urllib.parse import urlsplit
from zlib import crc32

from aggregator.model import Post, Verdict

SHINGLE = 3
"""Words."""
SHARED_AT_LEAST = 30
"""Shingles: fewer, and a teaser or a quotation would swallow posts."""
CONTAINED = 0.6
"""Share of the shorter text's shingles that stand in the longer one."""
SKETCH = 16
"""Hashes kept of a whole text, at most."""
OPENING = 50
"""Words at the start of a text. An excerpt is nearly always the start of its post, and far too short to share hashes of
the whole."""
OPENING_SKETCH = 8
"""Hashes kept of those words."""
SAMPLE = 128
"""Checksums of shingles that are kept of a whole text, at most."""

WORD = re.compile(r"\w+")


def shingles(text: str) -> set[str]:
    """Every three words in a row, case folded."""
    words = WORD.findall(text.casefold())
    return {" ".join(three) for three in zip(words, words[1:], words[2:], strict=False)}


def threes(text: str) -> set[tuple[str, str, str]]:
    """The same as `shingles`, for comparing two texts only: not put together, which takes most of the time."""
    words = WORD.findall(text.casefold())
    return set(zip(words, words[1:], words[2:], strict=False))


def hashed(shingle: bytes) -> int:
    """63 bits, the same on every machine."""
    return int.from_bytes(blake2b(shingle, digest_size=8).digest(), "big") >> 1


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text to find its copies by, and to rule out most of what is found without reading it."""

    fingerprint: tuple[int, ...]
    """A few hashes: texts that share many words share some."""
    sample: bytes
    """Checksums of its shingles, the smallest, ascending: what tells how much of two texts is shared."""


def sketch(text: str) -> Sketch:
    """The smallest hashes of the shingles of the text and of its opening, and a sample of them all.

    Bottom-k sketches (Broder 1997); of two lightly edited texts they share as large a part as the texts do. A checksum
    decides which shingles are taken, as it costs a fifth of a hash that never collides; those taken are hashed well.
    """
    words = " ".join(WORD.findall(text.casefold())).encode().split(b" ")
    first = [word + b" " for word in words]
    shingled = [one + two + three for one, two, three in zip(first, first[1:], words[2:], strict=False)]
    whole = dict(zip(map(crc32, shingled), shingled, strict=True))
    opening = dict(zip(map(crc32, shingled[: OPENING - SHINGLE + 1]), shingled, strict=False))
    sample = sorted(whole)[:SAMPLE]
    taken = {whole[number] for number in sample[:SKETCH]}
    taken |= {opening[number] for number in nsmallest(OPENING_SKETCH, opening)}
    return Sketch(tuple(sorted({hashed(shingle) for shingle in taken})), array("I", sample).tobytes())


def fingerprint(text: str) -> tuple[int, ...]:
    """The hashes by which copies of the text are looked up."""
    return sketch(text).fingerprint


def ruling_out(sample: bytes) -> Callable[[bytes], bool]:
    """A function that says of another text's sample whether one text may be a copy of the other.

    What is ruled out lies more than three standard deviations below what a copy would show; of short texts, whose
    samples hold all there is, nothing is left to chance.
    """
    own = array("I", sample)
    every = set(own)

    def may_be_same(sample: bytes) -> bool:
        other = array("I", sample)
        if len(own) < SAMPLE and len(other) < SAMPLE:
            needed = max(CONTAINED * min(len(own), len(other)), SHARED_AT_LEAST)
            return len(every.intersection(other)) >= needed
        highest = min(numbers[-1] for numbers in (own, other) if len(numbers) == SAMPLE)
        fewest = min(bisect_right(own, highest), bisect_right(other, highest))
        doubt = 3 * math.sqrt(CONTAINED * (1 - CONTAINED) * fewest)
        shared = len(every.intersection(other[: bisect_right(other, highest)]))
        return shared >= CONTAINED * fewest - doubt

    return may_be_same


def same_post(one: Post, other: Post, comparable_one: Sequence[str], comparable_other: Sequence[str]) -> Verdict | None:
    """Why `one` and `other`, of two sources, are the same post; None when they are not.

    `comparable_*` are the addresses of each in the form in which addresses are compared.
    """
    shared_address = sorted(set(comparable_one) & set(comparable_other))
    if shared_address:
        return Verdict("copy", f"Both give {shared_address[0]} as its address.")
    of_one, of_other = threes(one.text), threes(other.text)
    shared = len(of_one & of_other)
    if shared < SHARED_AT_LEAST:
        return None
    share = shared / min(len(of_one), len(of_other))
    if share < CONTAINED:
        return None
    return Verdict("copy", f"{share:.0%} of the words of the shorter text stand in the longer one.")


def preference(
    post: Post, stated: bool, priority: int, others: Sequence[Post], *, held: bool = False
) -> tuple[object, ...]:
    """Sorts the posts of one cluster so that the original comes first, whatever order they came in.

    A post that is held back comes last: a copy may stand for it. One that credits another, or says its true address is
    elsewhere, is the copy; then the earlier stated date wins, the higher priority, the longer text, and at last the
    source's name.
    """
    hosts = {urlsplit(other.link).hostname or "" for other in others}
    points_away = bool(post.via) or (post.canonical is not None and urlsplit(post.canonical).hostname in hosts)
    credited = bool(post.credits)
    date = post.published.timestamp() if stated and post.published else float("inf")
    return held, points_away, credited, -priority, date, -len(post.text), post.source, post.link
