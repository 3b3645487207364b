"""The same post on two blogs: a cheap sketch that finds candidates, and the texts themselves that decide.

Containment of three-word shingles decides, not resemblance: an excerpt stands wholly in its full text while the two
resemble each other little. Never by title alone: weekly columns share theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from urllib.parse import urlsplit

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

WORD = re.compile(r"\w+")


def shingles(text: str) -> set[str]:
    """Every three words in a row, case folded."""
    return shingled(WORD.findall(text.casefold()))


def shingled(words: Sequence[str]) -> set[str]:
    return {" ".join(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1)}


def hashed(shingle: str) -> int:
    """63 bits, the same on every machine."""
    return int.from_bytes(blake2b(shingle.encode(), digest_size=8).digest(), "big") >> 1


def fingerprint(text: str) -> tuple[int, ...]:
    """The smallest hashes of the shingles of the text and of its opening: texts that share many words share some.

    Bottom-k sketches (Broder 1997); of two lightly edited texts they share as large a part as the texts do.
    """
    words = WORD.findall(text.casefold())
    opening = sorted({hashed(shingle) for shingle in shingled(words[:OPENING])})[:OPENING_SKETCH]
    whole = sorted({hashed(shingle) for shingle in shingled(words)})[:SKETCH]
    return tuple(sorted({*opening, *whole}))


def same_post(one: Post, other: Post, comparable_one: Sequence[str], comparable_other: Sequence[str]) -> Verdict | None:
    """Why `one` and `other`, of two sources, are the same post; None when they are not.

    `comparable_*` are the addresses of each in the form in which addresses are compared.
    """
    shared_address = sorted(set(comparable_one) & set(comparable_other))
    if shared_address:
        return Verdict("copy", f"Both give {shared_address[0]} as its address.")
    of_one, of_other = shingles(one.text), shingles(other.text)
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
