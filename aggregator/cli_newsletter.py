"""`aggregator digest ...`, `send` and `subscribers ...`: what the editor does."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli_shared import EXIT_UNCERTAIN, EXIT_USAGE, as_json, clock, configured, plainly, settings_of

if TYPE_CHECKING:
    from aggregator.store.subscribers import Added


@click.group()
def digest() -> None:
    """The newsletter: build an issue, look at it, approve it."""


@digest.command("build")
@configured
@as_json
@click.argument("month", required=False, metavar="[YYYY-MM]")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Take what is dated from this day on, old posts too.")
def build_digest(file: Path, json_wanted: bool, month: str | None, since: datetime | None) -> None:
    """Build the issue of a month, of the last one where none is named, as newsletters/YYYY-MM.yaml says.

    Building twice gives the same bytes; what differs from the build before is listed.
    """
    with plainly():
        from aggregator import newsletter, show

        settings = settings_of(file)
        try:
            built = newsletter.build(settings, month, clock(), since.date() if since else None)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    for warning in built.warnings:
        click.echo(warning, err=True)
    where = os.path.relpath(settings.out / "digest" / built.issue.name)
    editing = os.path.relpath(settings.folder / "newsletters" / f"{built.issue.name}.yaml")
    click.echo(show.as_json(built.issue) if json_wanted else show.built(built, where, editing))


@digest.command("list")
@configured
@as_json
def list_digests(file: Path, json_wanted: bool) -> None:
    """The issues that were built, and how far each is."""
    with plainly():
        from aggregator import newsletter, show

        every, put_off = newsletter.every(settings_of(file))
    click.echo(show.as_json(every) if json_wanted else show.issue_lines(every, put_off))


@digest.command("show")
@configured
@as_json
@click.argument("issue", required=False)
def show_digest(file: Path, json_wanted: bool, issue: str | None) -> None:
    """What an issue holds, what it leaves out, and why; the newest where none is named.

    Of a month whose issue was not built it shows what it would hold now.
    """
    with plainly():
        from aggregator import newsletter, show

        found = newsletter.one(settings_of(file), issue, clock())
    click.echo(show.as_json(found) if json_wanted else show.issue(found))


@digest.command("check")
@configured
@as_json
@click.argument("issue", required=False)
def check_digest(file: Path, json_wanted: bool, issue: str | None) -> None:
    """Whether an issue, the newest where none is named, is a mail that arrives whole and that everybody can read.

    Ends with status 2 when it is not.
    """
    with plainly():
        from aggregator import newsletter, show

        name, faults = newsletter.check(settings_of(file), issue)
    click.echo(show.as_json({"issue": name, "faults": faults}) if json_wanted else show.checked(name, faults))
    if faults:
        sys.exit(EXIT_USAGE)


@digest.command("approve")
@configured
@click.argument("issue")
def approve_digest(file: Path, issue: str) -> None:
    """Approve a built issue: it is not built again, may be sent, and is shown in the list and the feed of issues."""
    with plainly():
        from aggregator import newsletter

        newsletter.approve(settings_of(file), issue, clock())
    click.echo(f"Issue {issue} is approved.")


@digest.command("drop")
@configured
@click.argument("issue")
def drop_digest(file: Path, issue: str) -> None:
    """Give an issue up; its posts are free for another."""
    with plainly():
        from aggregator import newsletter

        newsletter.drop(settings_of(file), issue, clock())
    click.echo(f"Issue {issue} is dropped; its posts are free for another.")


@click.command()
@configured
@as_json
@click.argument("issue")
@click.option("--test", "address", metavar="ADDRESS", help="Send one copy to this address only.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and change nothing.")
@click.option("--limit", type=click.IntRange(min=1), help="Send to at most so many recipients now.")
@click.option(
    "--resolve",
    type=click.Choice(["uncertain=resend", "uncertain=skip"]),
    help="What to do with mails of which it is not known whether they arrived.",
)
def send(
    file: Path,
    json_wanted: bool,
    issue: str,
    address: str | None,
    dry_run: bool,
    limit: int | None,
    resolve: str | None,
) -> None:
    """Send an approved issue to every subscriber, or go on with it."""
    with plainly():
        from aggregator import mailing, show

        settings = settings_of(file)
        if dry_run:
            recipients, size = mailing.rehearse(settings, issue)
            click.echo(f"Issue {issue} would go to {recipients} recipients, {size} bytes each; nothing was changed.")
            return
        if address:
            click.echo(f"Sent a copy to {address}: {mailing.test(settings, issue, address, clock())}")
            return
        how = resolve.partition("=")[2] if resolve else None
        sent = mailing.send(settings, issue, clock(), limit=limit, resolve=how)  # type: ignore[arg-type]  # of the choice
    click.echo(show.as_json(sent) if json_wanted else show.sending(sent))
    for line in sent.problems:
        click.echo(line, err=True)
    if sent.uncertain or sent.refused:
        sys.exit(EXIT_UNCERTAIN)


@click.group()
def subscribers() -> None:
    """Who gets the newsletter."""


@subscribers.command("list")
@configured
@as_json
def list_subscribers(file: Path, json_wanted: bool) -> None:
    """The subscribers, one a line."""
    with plainly():
        from aggregator import mailing, show

        rows = mailing.every(settings_of(file))
    click.echo(show.as_json(rows) if json_wanted else "\n".join(f"{row.address}  {row.state}" for row in rows))


@subscribers.command("add")
@configured
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS ...")
@click.option("--consent", default="added by the editor", show_default=True, help="How they agreed, in words.")
def add_subscribers(file: Path, addresses: tuple[str, ...], consent: str) -> None:
    """Add subscribers who agreed to get the newsletter."""
    with plainly():
        from aggregator import mailing
        from aggregator.store.subscribers import Newcomer

        newcomers = [Newcomer(address, consent=consent) for address in addresses]
        report_added(mailing.add(settings_of(file), newcomers, clock()))


@subscribers.command("import")
@configured
@click.argument("table", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="CSV")
def import_subscribers(file: Path, table: Path) -> None:
    """Add the subscribers of a CSV file; every row that is refused is named."""
    with plainly():
        from aggregator import mailing

        report_added(mailing.add(settings_of(file), mailing.read_csv(table), clock()))


@subscribers.command("export")
@configured
def export_subscribers(file: Path) -> None:
    """The subscribers as CSV."""
    with plainly():
        from aggregator import mailing

        click.echo(mailing.as_csv(mailing.every(settings_of(file))), nl=False)


@subscribers.command("remove")
@configured
@click.argument("address")
def remove_subscriber(file: Path, address: str) -> None:
    """End a subscription for good: no import brings it back."""
    with plainly():
        from aggregator import mailing

        was = mailing.remove(settings_of(file), address, clock())
    click.echo(
        f"{address} gets nothing any more." if was else f"{address} was no subscriber; it stays out from now on."
    )


def report_added(added: tuple[Added, ...]) -> None:
    """Say what came of each address; end with status 2 when one was refused."""
    for one in added:
        click.echo(one.sentence, err=one.outcome == "refused")
    if any(one.outcome == "refused" for one in added):
        sys.exit(EXIT_USAGE)
