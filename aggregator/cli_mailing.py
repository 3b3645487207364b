"""`aggregator send`: how an issue goes to its readers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aggregator.cli_shared import EXIT_UNCERTAIN, as_json, clock, configured, plainly, settings_of


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
@click.option(
    "--into",
    metavar="PLACE",
    help="Hand over instead of sending: maildir:FOLDER, eml:FOLDER, or listmonk for a draft campaign.",
)
def send(
    file: Path,
    json_wanted: bool,
    issue: str,
    address: str | None,
    dry_run: bool,
    limit: int | None,
    resolve: str | None,
    into: str | None,
) -> None:
    """Send an approved issue to every subscriber, or go on with it."""
    with plainly():
        from aggregator import mailing, show, show_newsletter

        if (dry_run or address) and (limit or resolve or into or (dry_run and address)):
            raise click.UsageError("--test ADDRESS and --dry-run stand alone: nothing else is done with them.")
        settings = settings_of(file)
        if dry_run:
            rehearsal = mailing.rehearse(settings, issue)
            click.echo(show.as_json(rehearsal) if json_wanted else show_newsletter.rehearsal(rehearsal))
            return
        if address:
            copy = mailing.test(settings, issue, address, clock())
            click.echo(show.as_json(copy) if json_wanted else f"Sent a copy to {address}: {copy.reply}")
            return
        if into == "listmonk":
            draft = mailing.draft(settings, issue, clock())
            click.echo(show.as_json(draft) if json_wanted else show_newsletter.handed_over(draft))
            return
        how = resolve.partition("=")[2] if resolve else None
        with show_newsletter.sending_progress(sys.stderr.isatty() and not json_wanted) as watch:
            sent = mailing.send(settings, issue, clock(), limit=limit, resolve=how, into=into, watch=watch)  # type: ignore[arg-type]  # of the choice
    click.echo(show.as_json(sent) if json_wanted else show_newsletter.sending(sent))
    for line in sent.problems:
        click.echo(line, err=True)
    if sent.uncertain or sent.refused or sent.stopped:
        sys.exit(EXIT_UNCERTAIN)
