"""What the editor does with an issue: build it, look at it, check it, approve it or give it up."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from aggregator.digest.building import Built
from aggregator.model import Issue
from aggregator.settings import Settings
from aggregator.store import Refused, Store, issues, open_store, run_lock

if TYPE_CHECKING:
    from aggregator.digest.checking import Checked


def build(settings: Settings, name: str | None, now: datetime, since: date | None) -> Built:
    """Build the issue `name`; see digest.building for what it holds and what is raised."""
    from aggregator import issuing

    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        return issuing.build(settings, store, name, now, since)


def every(settings: Settings) -> tuple[tuple[Issue, ...], dict[str, tuple[str, bool]]]:
    """The issues that were ever built, oldest first; and by name, why others that were due were not."""
    with open_store(settings.store, settings.folder) as store:
        return issues.list_issues(store), issues.list_put_off(store)


def one(settings: Settings, name: str | None, now: datetime) -> Issue:
    """The issue `name`, the newest where None; what it would be now, as a draft, where it was never built.

    Raises Refused for what is no month, or would hold too little.
    """
    from aggregator import issuing

    with open_store(settings.store, settings.folder) as store:
        issue = find(store, name)
        if issue is not None:
            return issue
        if name is None:
            raise Refused("No issue was built yet; `aggregator digest build` makes one.")
        try:
            return issuing.draft(settings, store, name, now)
        except ValueError as error:
            raise Refused(str(error)) from None


def find(store: Store, name: str | None) -> Issue | None:
    if name is None:
        name = max((one for one, state in issues.states(store).items() if state != "dropped"), default="")
    return issues.load(store, name)


def check(settings: Settings, name: str | None) -> tuple[str, tuple[Checked, ...]]:
    """The name of the issue, the newest where None, and what each checker says of it as a mail."""
    from aggregator.checkers import Mail, checks_of
    from aggregator.digest.checking import checked
    from aggregator.digest.files import without_placeholder
    from aggregator.digest.message import message_of

    with open_store(settings.store, settings.folder) as store:
        issue = find(store, name)
    if issue is None:
        raise Refused(f"There is no issue {name or 'yet'}; `aggregator digest list` shows those there are.")
    mail = Mail(without_placeholder(issue.html, settings), message_of(issue, settings, issue.end))
    return issue.name, (checked(issue, settings), *checks_of(mail))


def approve(settings: Settings, name: str, now: datetime) -> None:
    """Approve the built issue `name` for sending. Raises Refused when it cannot be, or was edited since."""
    from aggregator import issuing

    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        issuing.refuse_edited(settings, store, name)
        issues.approve(store, name, now)
        issuing.publish_list(settings, store, now)


def drop(settings: Settings, name: str, now: datetime) -> None:
    """Give the issue `name` up; its posts are free for another. Raises Refused once it is being sent."""
    from aggregator import issuing

    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        issues.drop(store, name, now)
        issuing.take_away(settings, name)
        issuing.publish_list(settings, store, now)
