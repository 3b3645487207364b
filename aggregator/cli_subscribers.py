"""`aggregator subscribers ...`: who gets the newsletter."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli_shared import EXIT_USAGE, as_json, clock, configured, plainly, settings_of

if TYPE_CHECKING:
    from aggregator.store.subscribers import Added


@click.group()
def subscribers() -> None:
    """Who gets the newsletter."""


@subscribers.command("list")
@configured
@as_json
def list_subscribers(file: Path, json_wanted: bool) -> None:
    """The subscribers, one a line."""
    with plainly():
        from aggregator import readership, show

        rows = readership.every(settings_of(file))
    click.echo(show.as_json(rows) if json_wanted else "\n".join(f"{row.address}  {row.state}" for row in rows))


@subscribers.command("add")
@configured
@as_json
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS ...")
@click.option("--consent", default="added by the editor", show_default=True, help="How they agreed, in words.")
def add_subscribers(file: Path, json_wanted: bool, addresses: tuple[str, ...], consent: str) -> None:
    """Add subscribers who agreed to get the newsletter."""
    with plainly():
        from aggregator import readership
        from aggregator.store.subscribers import Newcomer

        newcomers = [Newcomer(address, consent=consent) for address in addresses]
        report_added(readership.add(settings_of(file), newcomers, clock()), json_wanted=json_wanted)


@subscribers.command("invite")
@configured
@as_json
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS ...")
def invite_subscribers(file: Path, json_wanted: bool, addresses: tuple[str, ...]) -> None:
    """Ask people by mail whether they want the newsletter; it goes to them once they have confirmed."""
    with plainly():
        from aggregator import readership

        report_added(readership.invite(settings_of(file), addresses, clock()), json_wanted=json_wanted)


@subscribers.command("import")
@configured
@as_json
@click.argument("table", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="CSV")
def import_subscribers(file: Path, json_wanted: bool, table: Path) -> None:
    """Add the subscribers of a CSV file; every row that is refused is named with its line."""
    with plainly():
        from aggregator import readership

        report_added(readership.import_table(settings_of(file), table, clock()), json_wanted=json_wanted)


@subscribers.command("export")
@configured
def export_subscribers(file: Path) -> None:
    """The subscribers as CSV."""
    with plainly():
        from aggregator import readership, subscriber_table

        click.echo(subscriber_table.written(readership.every(settings_of(file))), nl=False)


@subscribers.command("remove")
@configured
@click.argument("address")
def remove_subscriber(file: Path, address: str) -> None:
    """End a subscription for good: no import brings it back."""
    with plainly():
        from aggregator import readership

        was = readership.remove(settings_of(file), address, clock())
    click.echo(
        f"{address} gets nothing any more." if was else f"{address} was no subscriber; it stays out from now on."
    )


@subscribers.command("allow")
@configured
@click.argument("address")
def allow_subscriber(file: Path, address: str) -> None:
    """Let somebody subscribe again who had left, because they asked for it."""
    with plainly():
        from aggregator import readership

        was = readership.allow(settings_of(file), address)
    click.echo(f"{address} may subscribe again." if was else f"{address} was not kept out.")


@subscribers.command("process")
@configured
@as_json
@click.argument(
    "maildir", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False, metavar="[MAILDIR]"
)
def process_mailbox(file: Path, json_wanted: bool, maildir: Path | None) -> None:
    """See to mails that came back, and to those of readers who leave or confirm.

    Without MAILDIR they are read over IMAP, from the mailbox that AGGREGATOR_IMAP names.
    """
    with plainly():
        from aggregator import answering, show

        processed = answering.process(settings_of(file), maildir, clock())
    if json_wanted:
        click.echo(show.as_json(processed))
        return
    for line in processed.lines:
        click.echo(line)
    if processed.left:
        click.echo(f"{processed.left} left as they are: they say nothing of a subscription.", err=True)


@subscribers.command("show")
@configured
@click.argument("address")
def show_subscriber(file: Path, address: str) -> None:
    """Everything that is kept of one person, as JSON."""
    with plainly():
        from aggregator import readership, show

        found = readership.known_of(settings_of(file), address)
    click.echo(show.as_json(found))


@subscribers.command("erase")
@configured
@click.argument("address")
def erase_subscriber(file: Path, address: str) -> None:
    """Forget one person; a hash of the address stays, so that nothing is sent there again."""
    with plainly():
        from aggregator import readership

        was = readership.erase(settings_of(file), address, clock())
    click.echo(f"{address} is forgotten." if was else f"Nothing was known of {address}; it stays out from now on.")


def report_added(added: tuple[Added, ...], *, json_wanted: bool) -> None:
    """Say what came of each address; end with status 2 when one was refused."""
    from aggregator import show

    outcomes = Counter(one.outcome for one in added)
    if json_wanted:
        click.echo(show.as_json(added))
    else:
        for one in added:
            click.echo(one.sentence, err=one.outcome == "refused")
        if len(added) != 1:
            counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
            click.echo(f"{counts or 'Nobody is in it'}.")
    if outcomes["refused"]:
        sys.exit(EXIT_USAGE)
