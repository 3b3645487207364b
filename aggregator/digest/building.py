"""Building an issue: chosen by ledger, frozen in the store, written under out/digest/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from aggregator.digest.differences import differences
from aggregator.digest.editing import EditingFile, mark_of, named_links, settled
from aggregator.digest.files import put_out
from aggregator.digest.plain import safe
from aggregator.digest.render import render
from aggregator.digest.select import select
from aggregator.digest.window import month_before
from aggregator.digest.words import words_for
from aggregator.model import Issue, IssueState
from aggregator.months import month_window
from aggregator.settings import Settings
from aggregator.store import Refused, Store, eligibility, issues
from aggregator.store.posts import find

Write = Callable[[str, bytes], bool]
"""Writes a path under out/, and says whether its bytes differed."""
Illustrate = Callable[[Issue, Issue | None], tuple[Issue, tuple[str, ...]]]
"""Gives the posts of an issue their pictures, those of the build before where they are the same; and warnings."""
LONGEST_SUBJECT = 70


@dataclass(frozen=True, slots=True)
class Built:
    """One issue that was built, the paths under out/ that changed, and what its reader should know."""

    issue: Issue
    written: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    """How it differs from the build before, a line each."""


def name_of(settings: Settings, name: str | None, now: datetime, since: date | None) -> str:
    """The month that is meant: the one named, else the one that `since` runs to, else the last."""
    zone = settings.publication.timezone
    if name is None and since is not None:
        return f"{now.astimezone(ZoneInfo(zone)):%Y-%m}"
    return name or month_before(now, zone)


def draft_of(
    settings: Settings, store: Store, name: str, now: datetime, file: EditingFile, since: date | None = None
) -> Issue:
    """What issue `name` would be if it were built at `now`, without HTML and text.

    It holds every post dated before the month's end that never was in another issue; with `since`, the posts from
    that day until the month's end or now. An issue that was built with `since` keeps its window when it is built anew
    without.
    Raises ValueError when there is no such month yet, or too little to put in it, ConfigurationError for a mistake in
    the editing file, and Refused when the issue is approved already.
    """
    zone = settings.publication.timezone
    start, end = month_window(name, zone)
    if start >= now:
        raise ValueError(f"Issue {name} is not built: that month has not begun yet.")
    begin = None
    existing = issues.load(store, name)
    if existing is not None and existing.state not in ("built", "dropped"):
        raise Refused(
            f"Issue {name} is {existing.state}; it is not built again. `aggregator digest drop {name}` frees it."
        )
    if since is not None:
        if since.year < 1990:
            raise ValueError(f"Issue {name} cannot begin on {since}: no post is dated before 1990.")
        start = begin = datetime.combine(since, time(), ZoneInfo(zone))
        end = min(end, now)
        if start >= end:
            raise ValueError(f"Issue {name} cannot begin on {since}: it ends on {end:%Y-%m-%d}.")
    elif existing is not None and existing.state == "built" and existing.since is not None:
        start, begin, end = existing.start, existing.since, existing.end
    entries = eligibility.eligible_entries(store, end, now, since=begin, rebuilding=name)
    known = {entry.stored.post.link for entry in entries}
    edits = settled(file, entries, elsewhere(store, [link for link in named_links(file.edits) if link not in known]))
    selection = select(entries, settings.digest, edits)
    past = () if begin else eligibility.past_counts(store, end, now, name)
    wanted = max(1, settings.digest.min_posts)  # an issue with nothing in it is never made
    if len(selection.items) < wanted:
        raise ValueError(too_few(name, len(selection.items), wanted, sum(dict(past).values())))
    draft = Issue(
        name=name,
        state="draft",
        start=start,
        end=end,
        items=selection.items,
        left_out=selection.left_out,
        intro=edits.intro or settings.digest.intro,
        number=issues.next_number(store, name),
        since=begin,
        past=past,
        newcomers=newcomers_since(store, name, end),
        edited=mark_of(file.edits),
    )
    subject = safe(edits.subject) or subject_of(draft, settings)
    return replace(draft, subject=subject, preheader=safe(edits.preheader) or preheader_of(draft))


def newcomers_since(store: Store, name: str, end: datetime) -> tuple[tuple[str, str], ...]:
    """Name and link of the sources that are new since the issue before; none where the program itself is."""
    before = [one.end for one in issues.list_issues(store) if one.name < name and one.state != "dropped"]
    begun = issues.first_sight(store)
    if not before or begun is None or begun >= max(before):
        return ()
    return eligibility.newcomers(store, name, end)


def too_few(name: str, found: int, wanted: int, past: int) -> str:
    """Why there is no issue; and, for whoever has just begun, how there can be one."""
    counted = f"are {found} new posts" if found > 1 else "is 1 new post" if found else "is no new post"
    sentence = f"Issue {name} is not built: there {counted}, and an issue needs {wanted}."
    if past:
        sentence += (
            f" {past} posts were old when their source was first read, and are not taken by themselves: "
            f"`aggregator digest build {name} --since DATE` takes what is dated from DATE on."
        )
    return sentence


def elsewhere(store: Store, links: list[str]) -> Mapping[str, str]:
    """Why posts that the issue may not hold cannot be in it, by link."""
    found = {link: stored for link in links if (stored := find(store, link)) is not None}
    placed = issues.placed(store, [stored.id for stored in found.values()])
    reasons = {}
    for link, stored in found.items():
        issue, why = placed.get(stored.id, ("", ""))
        if issue and not why:
            reasons[link] = f"is in issue {issue}; a post is in one issue only"
        elif stored.held:
            reasons[link] = f"is held back: {stored.held}"
        else:
            reasons[link] = f"cannot be in this issue; `aggregator explain {stored.id}` says why"
    return reasons


def build_issue(
    settings: Settings,
    store: Store,
    name: str,
    now: datetime,
    write: Write,
    since: date | None = None,
    file: EditingFile | None = None,
    illustrate: Illustrate | None = None,
) -> Built:
    """Build the issue of the month `name`, or build it anew; see draft_of for what it holds and what it raises."""
    draft = draft_of(settings, store, name, now, file or EditingFile(Path(f"{name}.yaml")), since)
    before = issues.load(store, name)
    warnings: tuple[str, ...] = ()
    if illustrate is not None:
        draft, warnings = illustrate(draft, before)
    if now < draft.end:
        warnings += (f"Issue {name} is built before its month is over: what still comes is for a build after this.",)
    rendered = render(replace(draft, state="built"), settings)
    state: IssueState = "built" if settings.digest.approval else "approved"
    issue = replace(draft, state=state, html=rendered.html, text=rendered.text)
    issue = issues.save_built(store, replace(issue, hash=hash_of(issue)), now)
    changes = differences(before, issue) if before is not None and before.state == "built" else ()
    return Built(issue, put_out(issue, rendered, settings, write), (*warnings, *rendered.warnings), changes)


def subject_of(issue: Issue, settings: Settings) -> str:
    """`Blogoverzicht oktober: the best title`, within what a list of mails shows."""
    publication = settings.publication
    words = words_for(publication.language, settings.folder)
    title = settings.digest.title or publication.title
    month = words.date(month_window(issue.name, publication.timezone)[0], "MMMM", publication.timezone)
    subject = words("subject", title=safe(title), month=month, best=safe(issue.items[0].title))
    if len(subject) <= LONGEST_SUBJECT:
        return subject
    return subject[: LONGEST_SUBJECT - 1].rsplit(None, 1)[0].rstrip(" ,;:-–—.") + "…"


def preheader_of(issue: Issue) -> str:
    """The line that a list of mails shows after the subject: the titles that follow the first."""
    titles = [safe(item.title) for item in issue.items[1:4]] or [safe(issue.items[0].excerpt)]
    return " · ".join(titles)[:120]


def hash_of(issue: Issue) -> str:
    """SHA-256 of all that a reader gets."""
    posts = (item.post_id for item in issue.items)
    parts = (issue.name, issue.subject, issue.preheader, issue.html, issue.text, *posts)
    return sha256("\n".join(parts).encode()).hexdigest()
