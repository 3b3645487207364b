"""Which issues are due by the schedule of sources.yaml, and how late one is built."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.digest.window import due_moment, month_before, months_due
from aggregator.months import month_window
from aggregator.settings import Settings
from aggregator.store import Store, issues

LATE = timedelta(days=1)


def months_to_build(settings: Settings, store: Store, now: datetime) -> list[str]:
    """The issues that are due by the schedule of sources.yaml and were not built yet, oldest first."""
    digest, zone = settings.digest, settings.publication.timezone
    if digest.day is None:
        return []
    decided = [*issues.states(store)]
    decided += [name for name, (_, final) in issues.list_put_off(store).items() if final]
    if decided:
        return months_due(now, zone, digest.day, digest.hour, month_window(max(decided), zone)[1].date())
    begun = issues.first_sight(store)
    if begun is None:
        return []
    # The first issue of all: the last that came due, were it a month ago, but none from before there was a program.
    last = month_before(now, zone)
    due = months_due(now, zone, digest.day, digest.hour, month_window(last, zone)[0].date() - timedelta(days=1))
    return [name for name in due[-1:] if name == last or due_moment(name, zone, digest.day, digest.hour) >= begun]


def lateness(settings: Settings, name: str, now: datetime) -> str:
    """A sentence about an issue that is built long after it was due; '' for one that is on time."""
    due = due_moment(name, settings.publication.timezone, settings.digest.day or 1, settings.digest.hour)
    if now - due < LATE:
        return ""
    return (
        f"Issue {name} was due on {due:%Y-%m-%d at %H:%M}; no run came by then, and it is built now, "
        f"{(now - due).days} days later. No post is lost by that."
    )
