"""How reports look: lines for people, JSON for scripts, a progress bar on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aggregator.model import Outcome, Report, SourceState
from aggregator.settings import Source, without_login

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.figures import Figures
    from aggregator.looking import Finding, Move


def counted(number: int, one: str, many: str) -> str:
    """`1 post`, `2 posts`."""
    return f"{number} {one if number == 1 else many}"


def as_json(value: Any) -> str:
    """Any value of the model as indented JSON; times as RFC 3339, and no secrets of sources."""

    def plain(item: Any) -> Any:
        if is_dataclass(item) and not isinstance(item, type):
            return asdict(item, dict_factory=lambda told: {name: part for name, part in told if name != "headers"})
        return item.isoformat() if isinstance(item, datetime) else str(item)

    spelt = sys.stdout is None or sys.stdout.encoding.casefold() == "utf-8"
    return without_login(json.dumps(value, default=plain, ensure_ascii=not spelt, indent=2, sort_keys=True))


def problems(report: Report, *, all_of_them: bool) -> list[str]:
    """One line for each source whose trouble is new (or for every one in trouble), and each warning."""
    lines = [
        f"{one.source}: {one.state}: {one.sentence}"
        for one in report.outcomes
        if (one.failed or one.state in TOLD) and (one.changed or all_of_them)
    ]
    lines += [
        f"{one.source}: {counted(one.over_allowance, 'new post is', 'new posts are')} held back, more than it may "
        f"bring at once; `max_new: {one.new}` in sources.yaml publishes {'it' if one.over_allowance == 1 else 'them'}."
        for one in report.outcomes
        if one.over_allowance
    ]
    lines += [f"{one.source}: {one.told}" for one in report.outcomes if one.told]
    return [*lines, *report.warnings, *([f"aggregator: {report.stopped}"] if report.stopped else [])]


TOLD = ("moved", "silent-too-long")
"""States that are no failure, and that an operator should hear of once."""


def summary(report: Report, settings_out: str) -> str:
    """What a run did and where to look, for a person."""
    outcomes = report.outcomes
    new, edited, copies, held = (sum(getattr(outcome, key) for outcome in outcomes) for key in COUNTED)
    parts = [counted(new, "new post", "new posts")]
    if edited:
        parts.append(f"{edited} edited")
    if copies:
        parts.append(counted(copies, "copy recognised", "copies recognised"))
    if held:
        parts.append(f"{held} held back")
    lines = [f"Read {counted(len(outcomes), 'source', 'sources')}: {', '.join(parts)}."]
    width = max((len(outcome.source) for outcome in outcomes), default=0)
    for outcome in outcomes:
        what = f"{outcome.new} new" if outcome.new else "nothing new"
        what += f", {counted(outcome.copies, 'copy', 'copies')} recognised" if outcome.copies else ""
        lines.append(f"  {outcome.source:<{width}}  {outcome.state:<12}  {what}".rstrip())
    if report.stopped:
        return "\n".join(lines)
    if report.written:
        written = [path for path in report.written if not path.endswith(".gz")]
        lines.append(f"Written in {settings_out}: {', '.join(written)}")
    else:
        lines.append(f"Nothing changed in {settings_out}.")
    lines += [f"Built newsletter issue {name}." for name in report.issues]
    lines.append(f"Look at {settings_out}/index.html; people subscribe to {settings_out}/atom.xml.")
    return "\n".join(lines)


COUNTED = ("new", "edited", "copies", "held")


def state_lines(states: Iterable[SourceState], timezone: str) -> str:
    """The sources with their health, one a line and aligned, a reason below where there is one; days in `timezone`."""
    from zoneinfo import ZoneInfo

    local = ZoneInfo(timezone)
    rows = list(states)
    width = max((len(row.name) for row in rows), default=0)
    lines = []
    for row in rows:
        newest = f"newest {row.newest.astimezone(local):%Y-%m-%d}" if row.newest else "no posts yet"
        since = f"since {row.since.astimezone(local):%Y-%m-%d}" if row.since else ""
        count = counted(row.post_count, "post", "posts")
        state = row.state if row.since else "not read yet"
        lines.append(f"{row.name:<{width}}  {state:<20}  {since:<16}  {count:>9}, {newest}".rstrip())
        if row.sentence:
            lines.append(f"{'':<{width}}  {row.sentence}")
        if row.told_by_reason:
            lines.append(f"{'':<{width}}  {row.told_by_reason}")
    return "\n".join(lines)


def fleet_lines(found: Figures) -> str:
    """What waits, for how long, and who is at work on it."""
    jobs = [f"{count} {task} {state}" for (task, state), count in sorted(found.jobs.items())]
    return "\n".join(
        (
            f"workers alive: {found.workers}",
            f"jobs waiting: {found.waiting}" + (f" (all jobs: {', '.join(jobs)})" if jobs else ""),
            f"sources due: {found.due}, the oldest for {found.oldest_due_seconds:.0f} s",
        )
    )


def source_lines(sources: Iterable[Source]) -> str:
    """The configured sources, one a line."""
    rows = list(sources)
    width = max((len(row.name) for row in rows), default=0)
    return "\n".join(f"{row.name:<{width}}  {without_login(row.url or '') or row.path}" for row in rows)


def move_lines(moves: Iterable[Move], file: Path) -> str:
    """What was written into sources.yaml of sources that moved, one a line."""
    lines = [
        f"{one.source}: it has moved to {one.address}, which {one.read_by} reads; take one of the two out of {file}"
        if one.read_by
        else f"{one.source}: its address in {file} is now {one.address}"
        for one in moves
    ]
    return "\n".join(lines) or "No source has moved for good."


def finding(found: Finding) -> str:
    """What looking at a source showed: how it was found, what it is, its newest posts."""
    lines = [found.source.name, *(f"  {without_login(line)}" for line in found.reading.found)]
    problem = found.reading.problem
    if problem is not None:
        return "\n".join([*lines, f"  {problem.state}: {without_login(problem.sentence)}"])
    feed = found.reading.feed
    kind = feed.format if feed else "nothing"
    newest = "; the newest:" if found.posts else ""
    lines.append(f"  {found.title}: {kind}, {counted(found.count, 'post', 'posts')}{newest}")
    for post, judged in zip(found.posts, found.judged, strict=True):
        date = f"{post.published:%Y-%m-%d}" if post.published else "undated"
        by = f" by {', '.join(post.authors)}" if post.authors else ""
        lines.append(f"    {date:<10}  {post.title}{by}")
        lines.append(f"    {'':<10}  {post.link}")
        lines += [f"    {'':<10}    {line}" for line in judged]
    lines += [f"  note: {remark}" for remark in ((*feed.remarks, *feed.doubts) if feed else ())]
    return "\n".join(lines)


@contextmanager
def progress(total: int, wanted: bool) -> Iterator[Callable[[Outcome], None]]:
    """A bar on standard error while sources are read; nothing at all when not `wanted`."""
    if not wanted:
        yield lambda outcome: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("Reading", total=total)
        yield lambda outcome: bar.update(task, advance=1, description=outcome.source[:30])
