"""The same post on two blogs: the texts themselves decide.

Containment of three-word shingles decides, not resemblance: an excerpt stands wholly in its full text while the two
resemble each other little. Never by title alone: weekly columns share theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from urllib.parse import urlsplit

from aggregator.model import Post, Verdict

SHINGLE = 3
"""Words."""
SHARED_AT_LEAST = 30
"""Shingles: fewer, and a teaser or a quotation would swallow posts."""
CONTAINED = 0.6
"""Share of the shorter text's shingles that stand in the longer one, where both are about as long."""
EXCERPT = 0.9
"""The same, where one is less than half as long. A remark with a long quotation shares much of itself as well, and is a
post of its own."""
MORE = 1.5
"""So many times as long, a text that does not begin like the other has much to say besides: an answer that quotes it
whole is no copy."""
CREDITED = 0.5
"""The same, where one of the two names the other's blog as where it comes from."""
EQUAL_AT_LEAST = 12
"""Words of a text that is the same to the word: fewer may be a greeting."""
OPENING = 50
"""Words at the start of a text. An excerpt is nearly always the start of its post."""

WORD = re.compile(r"\w+")
BETWEEN_WORDS = re.compile(r"[^\x00-\x7f\w]")
"""What is no part of a word, beyond ASCII."""
SPACED = bytes(code if code > 127 or WORD.match(chr(code)) else ord(" ") for code in range(256))
"""The bytes of UTF-8, those of ASCII that are no part of a word as spaces."""
Three = tuple[str, str, str]


def threes(text: str) -> Set[Three]:
    """Every three words in a row, case folded: its shingles, not put together, which would take most of the time."""
    return words_and_threes(text)[1]


def spaced(text: str) -> bytes:
    """A text case folded, in UTF-8, with spaces for what WORD finds no word in: half the cost of finding those."""
    return BETWEEN_WORDS.sub(" ", text.casefold()).encode().translate(SPACED)


def words_of(text: str) -> list[str]:
    """The words of a text, case folded."""
    return spaced(text).decode().split()


@lru_cache(maxsize=64)
def words_and_threes(text: str) -> tuple[list[str], frozenset[Three]]:
    """The words of a text, case folded, and every three in a row. Kept for a while: a text is compared with several."""
    words = words_of(text)
    return words, frozenset(threes_of(words))


def threes_of(words: Sequence[str]) -> Iterator[Three]:
    return zip(words, words[1:], words[2:], strict=False)


def least_share(one: int, other: int, *, credited: bool) -> float:
    """Of the shorter of two texts of `one` and `other` words, the share that a copy has in common with the longer."""
    if credited:
        return CREDITED
    return EXCERPT if one * 2 < other or other * 2 < one else CONTAINED


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
    has_more = len(shorter[0]) * MORE < len(longer[0]) and not credited
    enough = share >= least and (not has_more or begins_alike(shorter[0], longer[0], usual))
    return Verdict("copy", f"{share:.0%} of the words of the shorter text stand in the longer one.") if enough else None


def begins_alike(shorter: Sequence[str], longer: Sequence[str], usual: Set[Three]) -> bool:
    """Whether most of the first words of one text stand near the start of the other."""
    opening = set(threes_of(shorter[:OPENING])) - usual
    return len(opening.intersection(threes_of(longer[: 3 * OPENING]))) * 2 >= len(opening)


def names_origin(one: Post, other: Post) -> bool:
    """Whether `one` says that it comes from the blog of `other`."""
    if not one.credits and not one.via:
        return False
    host = (urlsplit(other.link).hostname or "").removeprefix("www.")
    named = {name.casefold().removeprefix("www.") for name in one.credits}
    named |= {(urlsplit(address).hostname or "").removeprefix("www.") for address in one.via}
    return bool({host, other.source.casefold()} & (named - {""}))


def names_others(post: Post) -> bool:
    """Whether a post names others as where it comes from, or as its true address: its preference hangs on who is the
    same."""
    return bool(post.credits or post.via) or post.canonical not in (None, post.link)


def preference(post: Post, stated: bool, priority: int, others: Sequence[Post]) -> tuple[object, ...]:
    """Sorts the posts of one cluster so that the original comes first, whatever order they came in.

    One that says its true address is elsewhere, or credits another, is the copy, most surely when it credits one of
    `others`; then the higher priority that the operator gave wins, the earlier stated date, the longer text, and at
    last the source's name.
    """
    elsewhere = urlsplit(post.canonical).hostname if post.canonical not in (None, post.link) else None
    points_away = elsewhere is not None and elsewhere in {urlsplit(other.link).hostname for other in others}
    names_other = any(names_origin(post, other) for other in others)
    credited = bool(post.credits or post.via)
    date = post.published.timestamp() if stated and post.published else float("inf")
    return points_away, names_other, credited, -priority, date, -len(post.text), post.source, post.link
