"""How an issue is kept within what mail programs show: in stated steps, from the whole issue to ever fewer posts."""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Callable
from dataclasses import dataclass, replace

from aggregator.digest.page import Room

LARGEST = 90_000
"""Bytes of HTML: Gmail clips a mail at 102 KB (https://github.com/hteumeuleu/email-bugs/issues/41)."""
LARGEST_ENCODED = 102_400
"""Bytes of the same as it travels: a title in Greek takes three times the room in quoted-printable."""
STEPS = (
    (Room(), ""),
    (Room(pictures=False), "without pictures"),
    (Room(pictures=False, excerpt=90, lead_excerpt=160), "with shorter excerpts"),
    (Room(pictures=False, excerpt=0, lead_excerpt=0), "without excerpts"),
    (Room(pictures=False, excerpt=0, lead_excerpt=0, facts=False), "as titles only"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The HTML that fits, the room each post has in it, and what was given up; '' for nothing."""

    html: str
    room: Room
    given_up: str


def plan(html: Callable[[Room], str], posts: int, *, pictures: bool) -> Plan:
    """The first step that fits; the last one shows as many posts as fit.

    Raises ValueError when nothing fits: the template itself, or the editor's words, are too large.
    """
    for room, given_up in STEPS:
        if given_up == "without pictures" and not pictures:
            continue
        made = html(room)
        if fits(made):
            return Plan(made, room, given_up)
    # The number of posts that fit, by halving: the HTML grows with them.
    room, given_up = STEPS[-1]
    fewest, most, found = -1, posts, None
    while most - fewest > 1:
        middle = (fewest + most) // 2
        tried = replace(room, most=middle)
        made = html(tried)
        if fits(made):
            fewest = middle
            found = Plan(made, tried, f"{given_up}, the first {middle} of {posts}, with a link to the others")
        else:
            most = middle
    if found is None:
        size = len(html(replace(room, most=0)).encode(errors="replace"))
        raise ValueError(
            f"The mail takes {size} bytes with no post in it, and mail programs clip what is over {LARGEST}; "
            "make the template, the intro or the address shorter."
        )
    return found


def fits(html: str) -> bool:
    """Whether mail programs show it whole."""
    content = html.encode(errors="replace")
    if len(content) > LARGEST:
        return False
    encoded = b2a_qp(content, istext=True)
    return (
        len(encoded) + encoded.count(b"\n") <= LARGEST_ENCODED - 1_000
    )  # line ends are two bytes; room for a reader's link
