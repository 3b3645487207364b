"""A cheap sketch of a text: finds what may be its copies, and rules out nearly all that are none without reading them.

Three looks, each on what the one before let through: at shared hashes, at outlines, at samples. The second lets
everything through that the third would: it only knows less exactly how much two samples have in common.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from hashlib import blake2b
from struct import Struct
from zlib import crc32

from aggregator.dedupe.copies import OPENING, SHARED_AT_LEAST, SHINGLE, least_share, spaced
from aggregator.model import Post, Sketch

SKETCH = 16
"""Hashes kept of a whole text, at most."""
OPENING_SKETCH = 8
"""Hashes kept of its opening: an excerpt is far too short to share hashes of the whole."""
SAMPLE = 256
"""Checksums of shingles that are kept of a whole text, at most."""
FEW = 64
"""Of them, that rule out most posts at a quarter of the cost."""
BITS = 4096
"""Of an outline: each checksum sets one of them."""
ONE = ord("1")
STEP = 16
"""Of so many checksums, an outline holds one whole."""
HEAD = Struct(f"<?HHI{SAMPLE // STEP}I")
"""Of an outline: whether its post credits another; how many checksums its sample holds; how many set a bit that was set
already; how many words the text has; and every 16th checksum."""
FIRST, WHOLE = Struct("<?HHI"), Struct(f"<{SAMPLE // STEP}I")
"""What comes of those before the checksums, and those."""
ALL_OF_HEAD, ALL_OF_FIRST = (1 << HEAD.size * 8) - 1, (1 << FIRST.size * 8) - 1
"""The bits of an outline that are its head, and its first part."""
LAST = (HEAD.size - 4) * 8
"""Where the last of the checksums begins."""
TOLD = Struct("<?I")
"""Of a sample, before its checksums: whether its post credits another, and how many words the text has."""
DEVIATIONS = 3
ByOutline = Callable[[int], bool]
"""Whether one text may be a copy of another, by the outline of that: as a number, of which its first byte is the least.
In one number the bits that two share are counted without taking it apart."""
BySample = Callable[[bytes], bool]
"""The same by its sample."""


def sketch_of(post: Post) -> Sketch:
    """The sketch of the words of a post."""
    return sketch(post.text, credited=bool(post.credits or post.via))


def sketch(text: str, *, credited: bool = False) -> Sketch:
    """The smallest hashes of the shingles of the text and of its opening, and a sample of them all.

    Bottom-k sketches (Broder 1997); of two lightly edited texts they share as large a part as the texts do. A checksum
    decides which shingles are taken, as it costs a fifth of a hash that never collides; those taken are hashed well.
    """
    words = spaced(text).split()
    shingled = list(map(b" ".join, zip(words, words[1:], words[2:], strict=False)))
    checksums = list(map(crc32, shingled))
    whole = dict(zip(checksums, shingled, strict=True))
    opening = dict(zip(checksums[: OPENING - SHINGLE + 1], shingled, strict=False))
    sample = sorted(whole)[:SAMPLE]
    taken = {whole[number] for number in sample[:SKETCH]}
    taken |= {opening[number] for number in sorted(opening)[:OPENING_SKETCH]}
    fingerprint = tuple(sorted({hashed(shingle) for shingle in taken}))
    told = TOLD.pack(credited, len(words))
    return Sketch(fingerprint, outline(sample, len(words), credited), told + array("I", sample).tobytes())


def hashed(shingle: bytes) -> int:
    """47 bits, the same on every machine: with two bytes beside it, one fits in eight."""
    return int.from_bytes(blake2b(shingle, digest_size=8).digest(), "big") >> 17


def outline(sample: Sequence[int], words: int, credited: bool) -> bytes:
    """What `by_outline` needs to know of a text of so many words, and of the sample of its checksums."""
    marks = bytearray(b"0") * BITS  # binary digits, the last of which is the first bit
    for number in sample:
        marks[~(number % BITS)] = ONE
    bits = int(marks, 2).to_bytes(BITS // 8, "little")
    whole = [*sample[STEP - 1 :: STEP]]
    whole += [2**32 - 1] * (SAMPLE // STEP - len(whole))
    return HEAD.pack(credited, len(sample), len(sample) - marks.count(ONE), words, *whole) + bits


def ruling_out(sketch: Sketch) -> tuple[ByOutline, BySample]:
    """Functions that say of another text's outline, and of its sample, whether one text may be a copy of the other.

    What is ruled out lies more than three standard deviations below the least that a copy would show; of short texts,
    whose samples hold all there is, nothing is left to chance.
    """
    return by_outline(sketch.outline), by_sample(sketch.sample)


def by_outline(own: bytes) -> ByOutline:
    """Rules out by the bits that two samples share, which are as many as the checksums but for those of one bit."""
    own_head: tuple[int, ...] = HEAD.unpack_from(own)
    own_credited, own_size, own_doubled, own_words, *own_whole = own_head
    own_bits, own_last = without_head(int.from_bytes(own, "little")), own_whole[-1]

    def may_be_same(other: int) -> bool:  # asked of nearly all that is likely: so nothing is read but what tells
        head = other & ALL_OF_HEAD
        first = head & ALL_OF_FIRST
        size, doubled, words = first >> 8 & 0xFFFF, first >> 24 & 0xFFFF, first >> 40  # as FIRST packs them
        shared = (own_bits & other).bit_count() + (doubled if doubled < own_doubled else own_doubled)
        least = least_share(own_words, words, credited=bool(own_credited or first & 1))
        if own_size < SAMPLE and size < SAMPLE:
            if shared < SHARED_AT_LEAST:
                return own_size == size and own_bits == without_head(other)
            return shared >= least * (size if size < own_size else own_size)
        highest = min(head >> LAST, own_last)
        below = STEP * bisect_right(own_whole if own_last > highest else WHOLE.unpack(whole_of(head)), highest)
        return shared >= least * below - doubt(least, below, highest)  # below may be up to 15 more

    return may_be_same


def without_head(outline: int) -> int:
    return outline >> HEAD.size * 8 << HEAD.size * 8


def whole_of(head: int) -> bytes:
    """The checksums that a head holds whole."""
    return (head >> FIRST.size * 8).to_bytes(WHOLE.size, "little")


def by_sample(sample: bytes) -> BySample:
    """Rules out by the checksums that two samples share, looking at all of them only where a few let it through."""
    own_credited, own_words = TOLD.unpack_from(sample)
    own = array("I")
    firsts: list[tuple[int, array[int], frozenset[int]]] = []

    def may_be_same(others: bytes) -> bool:
        if not firsts:  # of most posts no sample is looked at
            own.frombytes(sample[TOLD.size :])
            firsts.extend((size, own[:size], frozenset(own[:size])) for size in (FEW, SAMPLE))
        credited, words = TOLD.unpack_from(others)
        other = array("I", others[TOLD.size :])
        least = least_share(own_words, words, credited=credited or own_credited)
        if len(own) < SAMPLE and len(other) < SAMPLE:
            needed = max(least * min(len(own), len(other)), SHARED_AT_LEAST)
            return own == other or len(firsts[-1][2].intersection(other)) >= needed
        return all(shares(least, size, first, every, other[:size]) for size, first, every in firsts)

    return may_be_same


def shares(least: float, size: int, own: Sequence[int], every: frozenset[int], other: Sequence[int]) -> bool:
    """Whether two texts may have `least` of the shorter one in common, by the first checksums of each, up to `size`."""
    highest = min(numbers[-1] for numbers in (own, other) if len(numbers) == size)
    below = min(bisect_right(own, highest), bisect_right(other, highest))
    return len(every.intersection(other)) >= least * below - doubt(least, below, highest)


def doubt(least: float, below: int, highest: int) -> float:
    """By how many checksums chance may have made fewer what two texts share, of `below` that are up to `highest`."""
    unseen = 1 - highest / 2**32  # of a text, as checksums are spread evenly
    return DEVIATIONS * math.sqrt(least * (1 - least) * below * unseen)
