"""What the editor does with an issue: build it, look at it, approve it or give it up."""

from __future__ import annotations

from datetime import date, datetime

from aggregator.digest.building import Built
from aggregator.digest.building import build_issue as build_in
from aggregator.model import Issue
from aggregator.settings import Settings
from aggregator.store import Refused, issues, open_store, run_lock


def build(settings: Settings, name: str | None, now: datetime, since: date | None) -> Built:
    """Build the issue `name`; see digest.building.build_issue for what it holds and what it raises."""
    from aggregator.publish import writer

    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        return build_in(settings, store, name, now, writer(settings), since)


def every(settings: Settings) -> tuple[Issue, ...]:
    """The issues that were ever built, oldest first."""
    with open_store(settings.store, settings.folder) as store:
        return issues.list_issues(store)


def one(settings: Settings, name: str) -> Issue:
    """The issue `name`. Raises Refused when there is none."""
    with open_store(settings.store, settings.folder) as store:
        issue = issues.load(store, name)
    if issue is None:
        raise Refused(f"There is no issue {name}; `aggregator digest list` shows those there are.")
    return issue


def approve(settings: Settings, name: str, now: datetime) -> None:
    """Approve the built issue `name` for sending. Raises Refused when it cannot be."""
    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        issues.approve(store, name, now)


def drop(settings: Settings, name: str, now: datetime) -> None:
    """Give the issue `name` up; its posts are free for another. Raises Refused once it is being sent."""
    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        issues.drop(store, name, now)
