"""How reports look: lines for people, JSON for scripts, a progress bar on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aggregator.model import Issue, Outcome, Report, SourceState
from aggregator.settings import Source

if TYPE_CHECKING:
    from aggregator.digest.building import Built
    from aggregator.digest.checking import Checked
    from aggregator.figures import Figures
    from aggregator.looking import Finding
    from aggregator.send.sending import Sent


def counted(number: int, one: str, many: str) -> str:
    """`1 post`, `2 posts`."""
    return f"{number} {one if number == 1 else many}"


def as_json(value: Any) -> str:
    """Any value of the model as indented JSON; times as RFC 3339."""

    def plain(item: Any) -> Any:
        if is_dataclass(item) and not isinstance(item, type):
            return asdict(item)
        return item.isoformat() if isinstance(item, datetime) else str(item)

    return json.dumps(value, default=plain, ensure_ascii=False, indent=2, sort_keys=True)


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
    return lines + list(report.warnings)


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
    if report.written:
        written = [path for path in report.written if not path.endswith(".gz")]
        lines.append(f"Written in {settings_out}: {', '.join(written)}")
    else:
        lines.append(f"Nothing changed in {settings_out}.")
    lines += [f"Built newsletter issue {name}." for name in report.issues]
    lines.append(f"Look at {settings_out}/index.html; people subscribe to {settings_out}/atom.xml.")
    return "\n".join(lines)


COUNTED = ("new", "edited", "copies", "held")


def state_lines(states: Iterable[SourceState]) -> str:
    """The sources with their health, one a line and aligned, the reason below those that need one."""
    rows = list(states)
    width = max((len(row.name) for row in rows), default=0)
    lines = []
    for row in rows:
        newest = f"newest {row.newest:%Y-%m-%d}" if row.newest else "no posts yet"
        since = f"since {row.since:%Y-%m-%d}" if row.since else "never read"
        count = counted(row.post_count, "post", "posts")
        lines.append(f"{row.name:<{width}}  {row.state:<20}  {since:<16}  {count:>9}, {newest}".rstrip())
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
    return "\n".join(f"{row.name:<{width}}  {row.url or row.path}" for row in rows)


def finding(found: Finding) -> str:
    """What looking at a source showed: how it was found, what it is, its newest posts."""
    lines = [found.source.name, *(f"  {line}" for line in found.reading.found)]
    problem = found.reading.problem
    if problem is not None:
        return "\n".join([*lines, f"  {problem.state}: {problem.sentence}"])
    feed = found.reading.feed
    kind = feed.format if feed else "nothing"
    lines.append(f"  {found.title}: {kind}, {counted(found.count, 'post', 'posts')}; the newest:")
    for post, judged in zip(found.posts, found.judged, strict=True):
        date = f"{post.published:%Y-%m-%d}" if post.published else "undated"
        by = f" by {', '.join(post.authors)}" if post.authors else ""
        lines.append(f"    {date:<10}  {post.title}{by}")
        lines.append(f"    {'':<10}  {post.link}")
        lines += [f"    {'':<10}    {line}" for line in judged]
    lines += [f"  note: {remark}" for remark in ((*feed.remarks, *feed.doubts) if feed else ())]
    return "\n".join(lines)


def built(made: Built, where: str, editing: str) -> str:
    """What was built, how it differs from the build before, where to look at it, and where to change it."""
    issue = made.issue
    lines = [
        f"Built issue {issue.name}: {counted(len(issue.items), 'post', 'posts')}, "
        f"{len(issue.html.encode())} bytes of HTML.",
        f"  subject: {issue.subject}",
    ]
    if issue.left_out:
        lines.append(f"  {len(issue.left_out)} left out; `aggregator digest show {issue.name}` says why")
    lines += past_lines(issue)
    if made.changes:
        lines += ["Since the build before:", *(f"  {change}" for change in made.changes)]
    lines.append(f"Look at {where}/mail.html and {where}/digest.txt; change things in {editing} and build again.")
    if issue.state == "built":
        lines.append(f"Then `aggregator digest approve {issue.name}`.")
    return "\n".join(lines)


def past_lines(issue: Issue) -> list[str]:
    """Of whole archives that no issue takes: how much, and how it can be taken all the same."""
    if not issue.past:
        return []
    number = sum(count for _, count in issue.past)
    named = ", ".join(f"{source} {count}" for source, count in issue.past)
    return [
        f"  {counted(number, 'older post is', 'older posts are')} not taken by itself, from before its source was "
        f"followed ({named}); `--since DATE` takes what is dated from then on"
    ]


def issue_lines(issues: Iterable[Issue], put_off: Mapping[str, tuple[str, bool]]) -> str:
    """The issues, one a line, and those that were due and were not built."""
    rows = {
        one.name: f"{one.name}  {one.state:<9} {counted(len(one.items), 'post', 'posts'):>9}  {one.subject}"
        for one in issues
    }
    for name, (sentence, final) in put_off.items():
        rows[name] = f"{name}  {'skipped' if final else 'waits':<9} {'':>9}  {sentence.splitlines()[0]}"
    lines = [rows[name] for name in sorted(rows)]
    return "\n".join(lines) or "No issue was built yet; `aggregator digest build` makes one."


def issue(one: Issue) -> str:
    """All that an issue holds, what it leaves out, and why."""
    lines = [
        f"{one.name}  {one.state}  number {one.number}  {one.hash[:12]}".rstrip(),
        f"  subject: {one.subject}",
        f"  from {one.start:%Y-%m-%d %H:%M} until {one.end:%Y-%m-%d %H:%M}, and what came late",
    ]
    for item in one.items:
        lines.append(f"  {'lead' if item.lead else '    '}  {item.date:%Y-%m-%d}  {item.source}: {item.title}")
        lines.append(f"  {'':<4}  {'':<10}  {item.link}")
    for item in one.left_out:
        lines.append(f"  out   {item.date:%Y-%m-%d}  {item.source}: {item.title}: {item.left_out}")
    lines += past_lines(one)
    lines += [f"  new on the list: {name}" for name, _ in one.newcomers]
    return "\n".join(lines)


def checked(name: str, checks: Sequence[Checked]) -> str:
    """What each checker found in an issue, and how it stands by that."""
    width = max(len(one.name) for one in checks)
    lines = []
    for one in checks:
        lines.append(f"{one.name:{width}}  {one.figure or f'Not asked. {one.missing}'}")
        lines += [f"{'':{width}}  {fault}" for fault in one.faults]
    faults = sum(len(one.faults) for one in checks)
    unasked = sum(bool(one.missing) for one in checks)
    told = f"has {counted(faults, 'fault', 'faults')}" if faults else "is well"
    if unasked:
        told += f" as far as was asked: {unasked} of {len(checks)} checkers said nothing"
    return "\n".join([f"Issue {name} {told}.", *(f"  {line}" for line in lines)])


def sending(sent: Sent) -> str:
    """How a sending went, in numbers that add up to all recipients."""
    counts = (
        (sent.accepted, "accepted"), (sent.refused, "refused"), (sent.deferred, "to be tried again"),
        (sent.uncertain, "uncertain"), (sent.pending, "still to be sent"), (sent.skipped, "skipped"),
    )  # fmt: skip
    shown = ", ".join(f"{number} {what}" for number, what in counts if number) or "nobody to send to"
    lines = [f"Issue {sent.issue}: {shown}."]
    if sent.uncertain:
        lines.append(
            f"Of {sent.uncertain} it is not known whether they arrived. Decide with "
            f"`aggregator send {sent.issue} --resolve uncertain=resend` or `uncertain=skip`."
        )
    return "\n".join(lines)


@contextmanager
def progress(total: int, wanted: bool) -> Iterator[Callable[[Outcome], None]]:
    """A bar on standard error while sources are read; nothing at all when not `wanted`."""
    if not wanted:
        yield lambda outcome: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("Reading", total=total)
        yield lambda outcome: bar.update(task, advance=1, description=outcome.source[:30])


@contextmanager
def sending_progress(wanted: bool) -> Iterator[Callable[[int, int], Callable[[int], None]]]:
    """A bar with the mails a second, on standard error while mails go out; nothing at all when not `wanted`."""
    if not wanted:
        yield lambda done, total: lambda more: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or 0:.0f} mails/s")

    columns = TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None)

        def watch(done: int, total: int) -> Callable[[int], None]:
            bar.update(task, completed=done, total=total)
            return lambda more: bar.update(task, advance=more)

        yield watch
