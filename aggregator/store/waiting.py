"""The posts whose sketches wait for their place in the index, to be found in memory: some 300 bytes a post.

Knows nothing of the store. A hash and the place of its post are one number of eight bytes, and those are kept in one
sorted array, but for those of the latest posts.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

PLACES = 1 << 16
HASHES = 1 << 47
"""A hash is less than this."""
BUCKETS = 1 << 12
"""Parts of the sorted array, each of the hashes that begin alike: in one of them is looked for a hash."""
BUCKETS_AT_ONCE = 1 << 6
OF_A_BUCKET = HASHES // BUCKETS
LATEST = 2_000
GONE = -1
LOWEST = 0 if sys.byteorder == "little" else 3
"""Which two of the eight bytes of a number are its place."""


@dataclass(slots=True)
class Waiting:
    """References of posts, by the hashes they have."""

    references: list[int] = field(default_factory=list)
    sorted: array[int] = field(default_factory=lambda: array("Q"))
    """Of each hash of each post but the latest: the hash, and the post's place in `references`."""
    places: memoryview = field(default_factory=lambda: memoryview(array("H")))
    """The places alone of what is `sorted`, the same memory: to be taken out many at a time."""
    starts: list[int] = field(default_factory=lambda: [0] * (BUCKETS + 1))
    """Where each bucket begins, and where the last one ends."""
    latest: dict[int, list[int]] = field(default_factory=dict)
    """Places by hash."""
    of_latest: int = 0
    """How many posts are among the latest."""

    def __len__(self) -> int:
        return len(self.references)

    def add(self, reference: int, hashes: Iterable[int]) -> None:
        if self.of_latest == LATEST:
            self.sort()
        place = len(self.references)
        self.references.append(reference)
        self.of_latest += 1
        for value in hashes:
            if value in self.latest:
                self.latest[value].append(place)
            else:
                self.latest[value] = [place]

    def remove(self, reference: int) -> None:
        """Forget a post, if it is there."""
        for place in range(len(self.references)) if reference in self.references else ():
            if self.references[place] == reference:
                self.references[place] = GONE

    def sort(self) -> None:
        """Let the latest be among the others."""
        latest = sorted(value * PLACES + place for value, places in self.latest.items() for place in places)
        merged, done = array("Q"), 0
        for bucket in range(0, BUCKETS, BUCKETS_AT_ONCE):  # in parts, as Python's own numbers take four times the room
            end = bisect_left(latest, (bucket + BUCKETS_AT_ONCE) * OF_A_BUCKET * PLACES)
            others = self.sorted[self.starts[bucket] : self.starts[bucket + BUCKETS_AT_ONCE]]
            merged.extend(sorted([*others, *latest[done:end]]))  # two runs in order, which sorting only merges
            done = end
        self.sorted = merged
        self.places = memoryview(merged).cast("B").cast("H")[LOWEST::4] if merged else memoryview(array("H"))
        self.starts = [bisect_left(self.sorted, at * OF_A_BUCKET * PLACES) for at in range(BUCKETS)]
        self.starts.append(len(self.sorted))
        self.latest, self.of_latest = {}, 0

    def in_order(self) -> Iterator[tuple[int, int]]:
        """Every hash with the reference of each post that has it, in the order of the hashes."""
        self.sort()
        for number in self.sorted:
            reference = self.references[number % PLACES]
            if reference != GONE:
                yield number // PLACES, reference

    def sharing(self, hashes: Iterable[int], common: int, at_least: int) -> dict[int, int]:
        """References of the posts that have `at_least` so many of `hashes`, and how many.

        What more than `common` posts have is left out.
        """
        numbers, starts, latest, found = self.sorted, self.starts, self.latest, []
        for value in hashes:
            low, bucket = value * PLACES, value // OF_A_BUCKET
            start = bisect_left(numbers, low, starts[bucket], starts[bucket + 1])
            end = bisect_left(numbers, low + PLACES, start, min(start + common + 1, starts[bucket + 1]))
            places: list[int] = self.places[start:end].tolist()
            if value in latest:
                places += latest[value]
            if len(places) <= common:
                found += places
        counts = {self.references[place]: count for place, count in Counter(found).items() if count >= at_least}
        counts.pop(GONE, None)
        return counts
