"""The commands: parse, call one function, print. No logic; each imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from aggregator.model import Report
    from aggregator.settings import Settings
    from aggregator.store.subscribers import Added

EXIT_USAGE = 2
EXIT_SOME_FAILED = 3
EXIT_ALL_FAILED = 4
EXIT_UNCERTAIN = 5
EXIT_BUSY = 75

Command = TypeVar("Command", bound=Callable[..., Any])

configured = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    envvar="AGGREGATOR_CONFIG",
    default=Path("sources.yaml"),
    show_default=True,
    help="The configuration; its folder holds out/ and state/.",
)
as_json = click.option("--json", "json_wanted", is_flag=True, help="Report as JSON.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Say what was done, also when not on a terminal.")


def settings_of(file: Path) -> Settings:
    """The settings in `file`, imported only when a command runs."""
    from aggregator.config import load

    return load(file)


def clock() -> datetime:
    """The one `now` of this run, in UTC: AGGREGATOR_NOW (RFC 3339) where it is set."""
    stated = os.environ.get("AGGREGATOR_NOW")
    if not stated:
        return datetime.now(UTC)
    try:
        now = datetime.fromisoformat(stated)
    except ValueError:
        raise click.UsageError(f"AGGREGATOR_NOW is {stated!r}, which is no RFC 3339 time") from None
    if now.tzinfo is None:
        raise click.UsageError(f"AGGREGATOR_NOW is {stated!r}, which states no zone; add Z or +01:00")
    return now.astimezone(UTC)


@contextmanager
def plainly() -> Iterator[None]:
    """Turns what a person can act on into one message and the exit status that belongs to it."""
    from aggregator.config import ConfigurationError
    from aggregator.store import Busy, Refused, StoreError

    try:
        yield
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_USAGE)
    except Busy as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_BUSY)
    except Refused as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_USAGE)
    except (StoreError, OSError) as error:
        click.echo(f"aggregator: {error}", err=True)
        sys.exit(EXIT_ALL_FAILED)
    except Exception as error:
        # the rooms that are not loaded cannot have raised theirs
        if type(error).__name__ not in ("PublishError", "SendError"):
            raise
        click.echo(f"aggregator: {error}", err=True)
        sys.exit(EXIT_ALL_FAILED)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="aggregator")
def main() -> None:
    """Many blogs in; one clean Atom feed, one page to read and one newsletter out."""


def report_run(report: Report, settings: Settings, *, json_wanted: bool, verbose: bool) -> None:
    """Print what a run did, and end with the exit status that says how it went."""
    from aggregator import show
    from aggregator.run import exit_status

    if json_wanted:
        click.echo(show.as_json(report))
    elif verbose or sys.stdout.isatty():
        click.echo(show.summary(report, os.path.relpath(settings.out)))
    for line in show.problems(report, all_of_them=verbose or sys.stderr.isatty()):
        click.echo(line, err=True)
    sys.exit(exit_status(report))


@main.command()
@configured
@as_json
@verbose
@click.option("--all", "everything", is_flag=True, help="Read every source, also those that are not due yet.")
def run(file: Path, json_wanted: bool, verbose: bool, everything: bool) -> None:
    """Read what is due, publish it, and build the newsletter issue that is due."""
    with plainly():
        from aggregator import show
        from aggregator.run import run as whole_run

        settings = settings_of(file)
        with show.progress(len(settings.sources), sys.stderr.isatty() and not json_wanted) as watch:
            report = whole_run(settings, clock(), watch, everything=everything)
    report_run(report, settings, json_wanted=json_wanted, verbose=verbose)


@main.command()
@configured
@as_json
@verbose
@click.argument("names", nargs=-1, metavar="[NAME ...]")
def fetch(file: Path, json_wanted: bool, verbose: bool, names: tuple[str, ...]) -> None:
    """Read the sources, or only those named, and store what is new without publishing it."""
    with plainly():
        from aggregator import show
        from aggregator.run import fetch_only

        settings = settings_of(file)
        check_names(settings, names)
        with show.progress(len(names) or len(settings.sources), sys.stderr.isatty() and not json_wanted) as watch:
            report = fetch_only(settings, clock(), watch, names)
    report_run(report, settings, json_wanted=json_wanted, verbose=verbose)


@main.command()
@configured
@as_json
@verbose
def publish(file: Path, json_wanted: bool, verbose: bool) -> None:
    """Write out/ anew from what is stored; only what differs is replaced."""
    with plainly():
        from aggregator.run import publish_only

        settings = settings_of(file)
        report = publish_only(settings, clock())
    report_run(report, settings, json_wanted=json_wanted, verbose=verbose)


@main.command()
@configured
@as_json
def status(file: Path, json_wanted: bool) -> None:
    """How every source fares, and since when."""
    with plainly():
        from aggregator import show
        from aggregator.run import states_of

        settings = settings_of(file)
        states = states_of(settings)
        click.echo(show.as_json(states) if json_wanted else show.state_lines(states))


@main.command()
@configured
@click.argument("address", metavar="URL-or-id")
def explain(file: Path, address: str) -> None:
    """Why a post is, or is not, in the feed or in an issue."""
    with plainly():
        from aggregator.explaining import explain as trail

        settings = settings_of(file)
        lines = trail(settings, address)
    click.echo("\n".join(lines))


@main.group()
def sources() -> None:
    """The sources: list them, add one, look at what is found."""


@sources.command("list")
@configured
@as_json
def list_sources(file: Path, json_wanted: bool) -> None:
    """The sources of sources.yaml, in its order."""
    with plainly():
        from aggregator import show

        settings = settings_of(file)
        click.echo(show.as_json(settings.sources) if json_wanted else show.source_lines(settings.sources))


@sources.command("add")
@configured
@click.argument("url")
@click.option("--name", help="What the source is called; its own title where this is left out.")
def add_source(file: Path, url: str, name: str | None) -> None:
    """Find out what the blog at URL is, show it, and write it into sources.yaml."""
    with plainly():
        from aggregator import show
        from aggregator.looking import look
        from aggregator.settings import Source
        from aggregator.sources_file import add_source as write

        settings = settings_of(file)
        found = look(Source(name=name or url, url=url), settings, clock())
        click.echo(show.finding(found))
        if found.reading.problem is not None:
            sys.exit(EXIT_SOME_FAILED)
        lines = write(file, {"name": name or found.title, "url": url})
        click.echo(f"\nAdded to {file}:\n{lines}")


@sources.command("check")
@configured
@as_json
@click.option("--accept-moves", is_flag=True, help="Write the addresses that sources have moved to into sources.yaml.")
@click.argument("name", required=False)
def check_sources(file: Path, json_wanted: bool, accept_moves: bool, name: str | None) -> None:
    """Read a source, or all of them, and show what is found, without storing anything."""
    with plainly():
        from aggregator import show
        from aggregator.looking import accepted_moves, look

        settings = settings_of(file)
        check_names(settings, (name,) if name else ())
        if accept_moves:
            moves = accepted_moves(settings, name)
            for source, address in moves:
                click.echo(f"{source}: its address in {file} is now {address}")
            if not moves:
                click.echo("No source has moved for good.")
            return
        found = [look(one, settings, clock()) for one in settings.sources if name in (None, one.name)]
    click.echo(show.as_json(found) if json_wanted else "\n\n".join(show.finding(one) for one in found))
    if any(one.reading.problem is not None for one in found):
        sys.exit(EXIT_SOME_FAILED)


def check_names(settings: Settings, names: tuple[str, ...]) -> None:
    """Refuse a name that no source has, and say which name was probably meant."""
    known = [source.name for source in settings.sources]
    for name in names:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(known)}."
            raise click.UsageError(f"No source is called {name!r}.{hint}")


@main.group()
def digest() -> None:
    """The newsletter: build an issue, look at it, approve it."""


@digest.command("build")
@configured
@as_json
@click.argument("month", required=False, metavar="[YYYY-MM]")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Take the posts from this day until now instead.")
def build_digest(file: Path, json_wanted: bool, month: str | None, since: datetime | None) -> None:
    """Build the issue of a month, of the last one where none is named. Building twice gives the same bytes."""
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
    click.echo(show.as_json(built.issue) if json_wanted else show.built(built, where))


@digest.command("list")
@configured
@as_json
def list_digests(file: Path, json_wanted: bool) -> None:
    """The issues that were built, and how far each is."""
    with plainly():
        from aggregator import newsletter, show

        every = newsletter.every(settings_of(file))
    click.echo(show.as_json(every) if json_wanted else show.issue_lines(every))


@digest.command("show")
@configured
@as_json
@click.argument("issue")
def show_digest(file: Path, json_wanted: bool, issue: str) -> None:
    """What an issue holds, what it leaves out, and why."""
    with plainly():
        from aggregator import newsletter, show

        found = newsletter.one(settings_of(file), issue)
    click.echo(show.as_json(found) if json_wanted else show.issue(found))


@digest.command("approve")
@configured
@click.argument("issue")
def approve_digest(file: Path, issue: str) -> None:
    """Approve a built issue: it is not built again, and may be sent."""
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


@main.command()
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


@main.group()
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
