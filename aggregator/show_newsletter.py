"""How reports of the newsletter look: issues, what checkers found in one, and how a sending went."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aggregator.model import Issue
from aggregator.show import counted

if TYPE_CHECKING:
    from aggregator.digest.building import Built
    from aggregator.digest.checking import Checked
    from aggregator.mailing import Draft, Rehearsal
    from aggregator.send.sending import Sent


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
    whose, left = ("its blog was", "is") if number == 1 else ("their blogs were", "are")
    return [
        f"  {counted(number, 'older post', 'older posts')}, from before {whose} followed ({named}), {left} not taken; "
        "`--since DATE` takes what is dated from then on"
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


def rehearsal(found: Rehearsal) -> str:
    """What a sending would come to."""
    readers = counted(found.recipients, "recipient", "recipients")
    told = f"Issue {found.issue}, which is {found.state}, would go to {readers}, {found.bytes_each} bytes each"
    if found.in_doubt:
        told += f"; of {found.in_doubt} others it is not known whether they got it"
    if found.state == "built":
        told += f", once `aggregator digest approve {found.issue}` was given"
    return f"{told}; nothing was changed."


def handed_over(draft: Draft) -> str:
    """Where an issue went that listmonk sends."""
    return (
        f"Issue {draft.issue} is a draft campaign of listmonk, number {draft.campaign}: start it there. "
        "It is not sent from here."
    )


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
    if sent.deferred or sent.pending:
        lines.append(
            f"`aggregator send {sent.issue}` goes on with it, later on: who was put off has to wait for a while."
        )
    return "\n".join(lines)


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
