"""The same post on two blogs: a cheap sketch that finds candidates, and the texts themselves that decide.

Containment of three-word shingles decides, not resemblance: an excerpt stands wholly in its full text while the two
resemble each other little. Never by title alone: weekly columns share theirs.
"""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlsplit
from zlib import crc32

from aggregator.model import Post, Verdict

SHINGLE = 3
"""Words."""
SHARED_AT_LEAST = 30
"""Shingles: fewer, and a teaser or a quotation would swallow posts."""
CONTAINED = 0.6
"""Share of the shorter text's shingles that stand in the longer one, where both are about as long."""
EXCERPT = 0.9
"""The same, where one is less than half as long: then it must begin like the other too. A remark with a long quotation
shares much of itself as well, and is a post of its own."""
CREDITED = 0.5
"""The same, where one of the two names the other's blog as where it comes from."""
EQUAL_AT_LEAST = 12
"""Words of a text that is the same to the word: fewer may be a greeting."""
SKETCH = 16
"""Hashes kept of a whole text, at most."""
OPENING = 50
"""Words at the start of a text. An excerpt is nearly always the start of its post, and far too short to share hashes of
the whole."""
OPENING_SKETCH = 8
"""Hashes kept of those words."""
SAMPLE = 256
"""Checksums of shingles that are kept of a whole text, at most."""
FEW = 64
"""Of them, that rule out most posts at a quarter of the cost."""
DEVIATIONS = 3
DOUBT = 1.3
"""A ratio of two lengths that are estimated from samples is hardly ever wrong by more."""

WORD = re.compile(r"\w+")
BETWEEN_WORDS = re.compile(r"[^\w\x00-\x7f]")
"""What is no part of a word, beyond ASCII."""
SPACED = bytes(code if code > 127 or WORD.match(chr(code)) else ord(" ") for code in range(256))
"""The bytes of UTF-8, those of ASCII that are no part of a word as spaces."""
Three = tuple[str, str, str]


def threes(text: str) -> Set[Three]:
    """Every three words in a row, case folded: its shingles, not put together, which would take most of the time."""
    return words_and_threes(text)[1]


@lru_cache(maxsize=256)
def words_and_threes(text: str) -> tuple[tuple[str, ...], frozenset[Three]]:
    """The words of a text, case folded, and every three in a row. Kept for a while: a text is compared with several."""
    words = tuple(WORD.findall(text.casefold()))
    return words, frozenset(threes_of(words))


def threes_of(words: Sequence[str]) -> Iterator[Three]:
    return zip(words, words[1:], words[2:], strict=False)


def hashed(shingle: bytes) -> int:
    """63 bits, the same on every machine."""
    return int.from_bytes(blake2b(shingle, digest_size=8).digest(), "big") >> 1


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text to find its copies by, and to rule out most of what is found without reading it."""

    fingerprint: tuple[int, ...]
    """A few hashes: texts that share many words share some."""
    sample: bytes
    """Whether its post credits another (1 or 0), and checksums of its shingles, the smallest, ascending: what tells how
    much of two texts is shared."""


def sketch_of(post: Post) -> Sketch:
    """The sketch of the words of a post."""
    return sketch(post.text, credited=bool(post.credits or post.via))


def sketch(text: str, *, credited: bool = False) -> Sketch:
    """The smallest hashes of the shingles of the text and of its opening, and a sample of them all.

    Bottom-k sketches (Broder 1997); of two lightly edited texts they share as large a part as the texts do. A checksum
    decides which shingles are taken, as it costs a fifth of a hash that never collides; those taken are hashed well.
    """
    words = words_in(text)
    shingled = list(map(b" ".join, zip(words, words[1:], words[2:], strict=False)))
    whole = dict(zip(map(crc32, shingled), shingled, strict=True))
    opening = dict(zip(map(crc32, shingled[: OPENING - SHINGLE + 1]), shingled, strict=False))
    sample = sorted(whole)[:SAMPLE]
    taken = {whole[number] for number in sample[:SKETCH]}
    taken |= {opening[number] for number in sorted(opening)[:OPENING_SKETCH]}
    fingerprint = tuple(sorted({hashed(shingle) for shingle in taken}))
    return Sketch(fingerprint, bytes([credited]) + array("I", sample).tobytes())


def words_in(text: str) -> list[bytes]:
    """The words of a text, case folded, in UTF-8: those that WORD finds, at half its cost."""
    return BETWEEN_WORDS.sub(" ", text.casefold()).encode().translate(SPACED).split()


def ruling_out(sample: bytes) -> Callable[[bytes], bool]:
    """A function that says of another text's sample whether one text may be a copy of the other.

    What is ruled out lies more than three standard deviations below the least that a copy would show; of short texts,
    whose samples hold all there is, nothing is left to chance.
    """
    own = array("I", sample[1:])
    firsts = [(size, own[:size], frozenset(own[:size])) for size in (FEW, SAMPLE)]

    def may_be_same(others: bytes) -> bool:
        other = array("I", others[1:])
        lengths, credited = (length_of(own), length_of(other)), bool(sample[0] or others[0])
        if len(own) < SAMPLE and len(other) < SAMPLE:
            needed = least_share(*lengths, credited=credited) * min(lengths)
            return own == other or len(firsts[-1][2].intersection(other)) >= max(needed, SHARED_AT_LEAST)
        least = least_share(*lengths, credited=credited, doubt=DOUBT)
        return all(shares(least, size, first, every, other[:size]) for size, first, every in firsts)

    return may_be_same


def shares(least: float, size: int, own: Sequence[int], every: frozenset[int], other: Sequence[int]) -> bool:
    """Whether two texts may have `least` of the shorter one in common, by the first checksums of each, up to `size`."""
    highest = min(numbers[-1] for numbers in (own, other) if len(numbers) == size)
    below = bisect_right(own, highest), bisect_right(other, highest)
    unseen = 1 - highest / 2**32  # of a text, as checksums are spread evenly
    doubt = DEVIATIONS * math.sqrt(least * (1 - least) * min(below) * unseen)
    return len(every.intersection(other[: below[1]])) >= least * min(below) - doubt


def length_of(sample: Sequence[int]) -> float:
    """How many different shingles the text has that a sample was taken of."""
    return len(sample) if len(sample) < SAMPLE else SAMPLE * 2**32 / (sample[-1] + 1)


def least_share(one: float, other: float, *, credited: bool, doubt: float = 1.0) -> float:
    """Of the shorter of two texts of `one` and `other` shingles, the share that a copy has in common with the longer.

    Where their lengths are estimated, `doubt` is by what factor their ratio may be wrong.
    """
    if credited:
        return CREDITED
    return EXCERPT if min(one, other) * 2 * doubt < max(one, other) else CONTAINED


def same_post(
    one: Post,
    other: Post,
    comparable_one: Sequence[str],
    comparable_other: Sequence[str],
    usual: Set[Three] = frozenset(),
) -> Verdict | None:
    """Why `one` and `other`, of two sources, are the same post; None when they are not.

    `comparable_*` are the addresses of each in the form in which addresses are compared. `usual` are shingles that
    tell nothing, because one of the sources has them under every post.
    """
    shared_address = sorted(set(comparable_one) & set(comparable_other))
    if shared_address:
        return Verdict("copy", f"Both give {shared_address[0]} as its address.")
    shorter, longer = sorted((words_and_threes(post.text) for post in (one, other)), key=lambda text: len(text[0]))
    if shorter[0] == longer[0] and len(shorter[0]) >= EQUAL_AT_LEAST and not shorter[1] <= usual:
        return Verdict("copy", "Both have the same words.")
    of_shorter, of_longer = (text[1] - usual if usual else text[1] for text in (shorter, longer))
    shared = len(of_shorter & of_longer)
    if shared < SHARED_AT_LEAST:
        return None
    share = shared / min(len(of_shorter), len(of_longer))
    credited = names_origin(one, other) or names_origin(other, one)
    least = least_share(len(shorter[0]), len(longer[0]), credited=credited)
    enough = share >= least and (least != EXCERPT or begins_alike(shorter[0], longer[0], usual))
    return Verdict("copy", f"{share:.0%} of the words of the shorter text stand in the longer one.") if enough else None


def begins_alike(shorter: Sequence[str], longer: Sequence[str], usual: Set[Three]) -> bool:
    """Whether most of the first words of one text stand near the start of the other."""
    opening = set(threes_of(shorter[:OPENING])) - usual
    return len(opening.intersection(threes_of(longer[: 3 * OPENING]))) * 2 >= len(opening)


def names_origin(one: Post, other: Post) -> bool:
    """Whether `one` says that it comes from the blog of `other`."""
    host = (urlsplit(other.link).hostname or "").removeprefix("www.")
    named = {name.casefold().removeprefix("www.") for name in one.credits}
    named |= {(urlsplit(address).hostname or "").removeprefix("www.") for address in one.via}
    return bool({host, other.source.casefold()} & (named - {""}))


def preference(
    post: Post, stated: bool, priority: int, others: Sequence[Post], *, held: bool = False
) -> tuple[object, ...]:
    """Sorts the posts of one cluster so that the original comes first, whatever order they came in.

    A post that is held back comes last: a copy may stand for it. One that says its true address is elsewhere, or
    credits another, is the copy, most surely when it credits one of `others`; then the higher priority that the
    operator gave wins, the earlier stated date, the longer text, and at last the source's name.
    """
    hosts = {urlsplit(other.link).hostname or "" for other in others}
    points_away = post.canonical is not None and urlsplit(post.canonical).hostname in hosts
    names_other = any(names_origin(post, other) for other in others)
    credited = bool(post.credits or post.via)
    date = post.published.timestamp() if stated and post.published else float("inf")
    return held, points_away, names_other, credited, -priority, date, -len(post.text), post.source, post.link
