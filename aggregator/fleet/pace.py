"""How often a worker shows that it lives, and how soon its work is taken over when it does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A job of a worker that was killed is taken over within `stalled_after` + `sweep_every` + `look_every`.

    A worker is blocked for as long as one source is matched and stored, so it is not given up too soon.
    """

    heartbeat_every: float = 5.0
    stalled_after: float = 25.0
    sweep_every: float = 15.0
    look_every: float = 3.0
    """For jobs that were put off, or given back; of new ones PostgreSQL tells at once."""
    drain_within: float = 60.0
    """What a worker has to end its jobs in when it is told to stop; then they are given up, and planned again."""
    plan: str = "* * * * *"
    """When what is due becomes jobs, as cron has it; with a sixth field for seconds."""
    publish_after: int = 20
    """From the first news to publishing, so that the news of many sources is published together."""
