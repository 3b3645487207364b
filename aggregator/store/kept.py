"""What one reading of one source changes in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aggregator.model import Reading, Sketch, SourceState, StoredPost, Verdict


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that one reading of one source changes."""

    state: SourceState
    reading: Reading
    posts: Sequence[StoredPost] = ()
    """New ones and edited ones."""
    text_hashes: Mapping[str, str] = field(default_factory=dict)
    """By post id."""
    sketches: Mapping[str, Sketch] = field(default_factory=dict)
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Comparable addresses of each post: its link, and what it calls canonical."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Further keys of posts of this source -> post id."""
    relations: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)
    """Post id -> the original it is a copy of, or None; and why. Also for posts of other sources."""
    verdicts: Sequence[tuple[str, Verdict]] = ()
    set_aside: Mapping[str, str] = field(default_factory=dict)
    response_seconds: float | None = None

    @property
    def has_news(self) -> bool:
        """Whether it says anything of posts."""
        return bool(self.posts or self.aliases or self.relations or self.verdicts)
