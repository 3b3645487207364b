"""The reading of an address that has nothing new: found out without anything that parses."""

from __future__ import annotations

from aggregator.model import Memory, Reading, Resource, Unchanged, Validators
from aggregator.settings import Source


def remembered_url(source: Source, memory: Memory) -> str | None:
    """The address that discovery settled on before, while sources.yaml names the one it started from."""
    return memory.resolved_url if memory.configured_url in (None, source.url) else None


def unchanged(url: str, memory: Memory, answer: Unchanged) -> Reading:
    """What a 304, or the same bytes again, says of the source at `url`."""
    known = memory.resources.get(url)
    doubtful = answer.body_hash and known is not None and not known.validators
    resource = Resource(url, Validators() if doubtful else answer.validators, answer.body_hash)
    moved_to = answer.permanent_url if answer.permanent_url != url else None
    return Reading(unchanged=True, resources=(resource,), moved_to=moved_to, fresh_for=answer.fresh_for)
