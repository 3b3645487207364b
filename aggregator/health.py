"""What a reading of a source says of its health: a state, and one sentence an operator can act on."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from aggregator.model import HealthState, Memory, Reading, SourceState
from aggregator.settings import without_login

UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
"""What would move the cursor of a terminal, or the words of a sentence."""
LONGEST = 1_000
"""Characters of a sentence: a redirect may lead to an address of a hundred thousand."""
FAILED: frozenset[HealthState] = frozenset(
    {"throttled", "blocked", "empty", "html-instead-of-feed", "unreachable", "gone"},
)
"""States in which the source could not be read: they make a run end with status 3."""

LASTING: frozenset[HealthState] = frozenset({"empty", "malformed-but-read"})
"""States of a body, which the same body has again."""

MOVE_HELD = timedelta(days=7)
"""A permanent redirect is proposed after it held so long: a stolen or mistaken one does not."""
SILENT = timedelta(days=60)
SILENT_RHYTHMS = 8
"""Silent too long: no post for eight times the usual gap, and for two months at least."""


def health_of(reading: Reading, memory: Memory, before: SourceState, now: datetime) -> tuple[HealthState, str]:
    """The state of the source after `reading`, and why, with nothing in it that servers or secrets should not say.

    `before` is what was known of it, with what follows from the posts that the reading brought.
    """
    state, sentence = found(reading, memory, before, now)
    plain = UNSEEN.sub(" ", without_login(sentence))
    return state, plain if len(plain) <= LONGEST else f"{plain[:LONGEST]} ..."


def found(reading: Reading, memory: Memory, before: SourceState, now: datetime) -> tuple[HealthState, str]:
    if reading.problem is not None:
        return reading.problem.state, reading.problem.sentence
    moved = moved_sentence(reading, before, now)
    if reading.feed is not None and not reading.feed.posts:
        return "empty", empty_sentence(reading, memory)
    if moved:
        return "moved", moved
    if reading.feed is None and before.state in LASTING and not before.failures:
        return before.state, before.sentence  # after a failure, the body from before it is back
    if reading.feed is not None and reading.feed.remarks:
        return "malformed-but-read", " ".join(reading.feed.remarks)
    silent = silent_sentence(before, now)
    if silent:
        return "silent-too-long", silent
    if reading.feed is None:
        return "unchanged", before.sentence if before.state in ("ok", "unchanged") else ""
    return "ok", " ".join(reading.feed.doubts)


def empty_sentence(reading: Reading, memory: Memory) -> str:
    if memory.post_count:
        return f"It holds no posts now, where it gave {memory.post_count}; what was published stays."
    remarks = " ".join(reading.feed.remarks) if reading.feed else ""
    return f"It was read and holds no posts. {remarks}".strip()


def moved_sentence(reading: Reading, before: SourceState, now: datetime) -> str:
    """The proposal to put another address into sources.yaml; '' while the move is young or there is none."""
    target = reading.moved_to
    if target is None or before.moved_since is None or target != before.moved_to:
        return ""
    if now - before.moved_since < MOVE_HELD:
        return ""
    return (
        f"It has answered from {target} since {before.moved_since:%Y-%m-%d}; "
        "`aggregator sources check --accept-moves` puts that address into sources.yaml."
    )


def silent_sentence(before: SourceState, now: datetime) -> str:
    """That nothing has come for much longer than usual; '' when that is not so, or the rhythm is not known."""
    if before.newest is None or before.rhythm is None:
        return ""
    quiet = now - before.newest
    if quiet < max(SILENT, timedelta(seconds=before.rhythm * SILENT_RHYTHMS)):
        return ""
    days = max(1, round(before.rhythm / 86_400))
    usual = "day" if days == 1 else f"{days} days"
    return (
        f"It can be read, and its newest post is of {before.newest:%Y-%m-%d}, "
        f"while it used to post every {usual}; look whether the blog goes on elsewhere."
    )
