"""What a reading of a source says of its health: a state, and one sentence an operator can act on."""

from __future__ import annotations

from aggregator.model import HealthState, Memory, Reading

FAILED: frozenset[HealthState] = frozenset(
    {"throttled", "blocked", "empty", "html-instead-of-feed", "unreachable", "gone"},
)
"""States in which the source could not be read: they make a run end with status 3."""


def health_of(reading: Reading, memory: Memory) -> tuple[HealthState, str]:
    """The state of the source after `reading`, and why."""
    if reading.problem is not None:
        return reading.problem.state, reading.problem.sentence
    if reading.unchanged or reading.feed is None:
        return "unchanged", ""
    feed = reading.feed
    if not feed.posts and memory.post_count:
        return "empty", "It was read and holds no posts, where it held some before; what was published stays."
    if not feed.posts:
        return "empty", "It was read and holds no posts" + (": " + " ".join(feed.remarks) if feed.remarks else ".")
    if reading.moved_to is not None:
        return "moved", f"It moved for good to {reading.moved_to}; put that address in sources.yaml."
    if feed.remarks:
        return "malformed-but-read", " ".join(feed.remarks)
    return "ok", ""
