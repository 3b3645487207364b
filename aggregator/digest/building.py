"""Building an issue: chosen by ledger, frozen in the store, written under out/digest/."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from aggregator.digest.page import heading_of, safe
from aggregator.digest.render import Rendered, render
from aggregator.digest.select import select
from aggregator.digest.window import month_before, months_due
from aggregator.digest.words import words_for, written
from aggregator.model import Issue
from aggregator.months import month_window
from aggregator.settings import Settings
from aggregator.store import Refused, Store, issues
from aggregator.store.posts import oldest_date

Write = Callable[[str, bytes], bool]
"""Writes a path under out/, and says whether its bytes differed."""
LONGEST_SUBJECT = 70


@dataclass(frozen=True, slots=True)
class Built:
    """One issue that was built, the paths under out/ that changed, and what its reader should know."""

    issue: Issue
    written: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def build_issue(
    settings: Settings, store: Store, name: str | None, now: datetime, write: Write, since: date | None = None
) -> Built:
    """Build the issue of the month `name` (the month before `now` where None), or build it anew.

    It holds every post dated before the month's end that never was in another issue; with `since`, the posts from
    that day until now. Raises ValueError when there is no such month, or nothing to put in it, and Refused when
    the issue is approved already.
    """
    zone = settings.publication.timezone
    if since is not None:
        name = name or f"{now.astimezone(ZoneInfo(zone)):%Y-%m}"
        start, end = datetime.combine(since, time(), ZoneInfo(zone)), now
    else:
        name = name or month_before(now, zone)
        start, end = month_window(name, zone)
    existing = issues.load(store, name)
    if existing is not None and existing.state not in ("built", "dropped"):
        raise Refused(
            f"Issue {name} is {existing.state}; it is not built again. `aggregator digest drop {name}` frees it."
        )
    entries = issues.eligible_entries(store, end, now, since=start if since else None, rebuilding=name)
    selection = select(entries, settings.digest)
    if len(selection.items) < settings.digest.min_posts:
        found = f"{len(selection.items)} new posts" if len(selection.items) != 1 else "1 new post"
        raise ValueError(
            f"Issue {name} is not built: there are {found}, and an issue needs {settings.digest.min_posts}."
        )
    draft = Issue(
        name=name,
        state="built",
        start=start,
        end=end,
        items=selection.items,
        left_out=selection.left_out,
        intro=settings.digest.intro,
        number=issues.next_number(store, name),
    )
    draft = replace(draft, subject=subject_of(draft, settings), preheader=preheader_of(draft))
    rendered = render(draft, settings)
    issue = replace(draft, html=rendered.html, text=rendered.text)
    issue = issues.save_built(store, replace(issue, hash=hash_of(issue)), now)
    if not settings.digest.approval:
        issues.approve(store, name, now)
        issue = replace(issue, state="approved")
    return Built(issue, put_out(issue, rendered, settings, write, now), rendered.warnings)


def build_due(settings: Settings, store: Store, now: datetime, write: Write) -> tuple[Built, ...]:
    """Build the issues that are due by the schedule of sources.yaml and were not built yet, oldest first."""
    digest, zone = settings.digest, settings.publication.timezone
    if digest.day is None:
        return ()
    oldest = oldest_date(store, now)
    built_before = [issue.name for issue in issues.list_issues(store)]
    if not built_before and oldest is None:
        return ()
    first = (
        month_window(max(built_before), zone)[1].date()
        if built_before
        else month_window(month_before(now, zone), zone)[0].date()
    )
    made = []
    for name in months_due(now, zone, digest.day, digest.hour, first):
        try:
            made.append(build_issue(settings, store, name, now, write))
        except ValueError:
            continue  # too few posts: they wait for the next month
    return tuple(made)


def subject_of(issue: Issue, settings: Settings) -> str:
    """`Blogoverzicht oktober: the best title`, within what a list of mails shows."""
    publication = settings.publication
    title = settings.digest.title or publication.title
    month = written(issue.start, "MMMM", publication.language, publication.timezone)
    best = safe(issue.items[0].title)
    subject = words_for(publication.language)["subject"].format(title=safe(title), month=month, best=best)
    if len(subject) <= LONGEST_SUBJECT:
        return subject
    return subject[: LONGEST_SUBJECT - 1].rsplit(None, 1)[0].rstrip(" ,;:-–—.") + "…"


def preheader_of(issue: Issue) -> str:
    """The line that a list of mails shows after the subject: the other leads' titles."""
    titles = [safe(item.title) for item in issue.items[1:4]] or [safe(issue.items[0].excerpt)]
    return " · ".join(titles)[:120]


def hash_of(issue: Issue) -> str:
    """SHA-256 of all that a reader gets."""
    parts = (
        issue.name,
        issue.subject,
        issue.preheader,
        issue.html,
        issue.text,
        *(item.post_id for item in issue.items),
    )
    return sha256("\n".join(parts).encode()).hexdigest()


def put_out(issue: Issue, rendered: Rendered, settings: Settings, write: Write, now: datetime) -> tuple[str, ...]:
    """Write the issue's files; the paths that changed."""
    from aggregator.digest.message import message_of

    folder = f"digest/{issue.name}"
    values = asdict(issue)
    for key in ("html", "text", "state"):
        del values[key]
    files = {
        "index.html": without_placeholder(issue.html, settings),
        "digest.txt": without_placeholder(issue.text, settings),
        "digest.mjml": rendered.mjml,
        "issue.json": json.dumps(values, ensure_ascii=False, indent=1, default=datetime.isoformat) + "\n",
    }
    paths = [f"{folder}/{name}" for name, text in files.items() if write(f"{folder}/{name}", text.encode())]
    if write(f"{folder}/message.eml", message_of(issue, settings, issue.end)):
        paths.append(f"{folder}/message.eml")
    return tuple(paths)


def without_placeholder(text: str, settings: Settings) -> str:
    """The public copy, in which nobody in particular can unsubscribe."""
    return text.replace("{{unsubscribe}}", settings.publication.url)


def title_of(issue: Issue, settings: Settings) -> str:
    return heading_of(issue, settings.publication, settings.digest)
