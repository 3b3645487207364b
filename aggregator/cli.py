"""The commands: parse, call one function, print. No logic; each imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli_fleet import store, worker
from aggregator.cli_mailing import send
from aggregator.cli_newsletter import digest
from aggregator.cli_shared import as_json, check_names, clock, configured, plainly, settings_of, verbose
from aggregator.cli_sources import sources
from aggregator.cli_subscribers import subscribers

if TYPE_CHECKING:
    from aggregator.model import Report
    from aggregator.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="aggregator")
def main() -> None:
    """Many blogs in; one clean Atom feed, one page to read and one newsletter out."""


def report_run(report: Report, settings: Settings, meant: int, *, json_wanted: bool, verbose: bool) -> None:
    """Print what a run did, and end with the exit status that says how it went."""
    from aggregator import show
    from aggregator.run import exit_status

    if json_wanted:
        click.echo(show.as_json(report))
    elif verbose or sys.stdout.isatty():
        click.echo(show.summary(report, os.path.relpath(settings.out)))
    for line in show.problems(report, all_of_them=verbose or sys.stderr.isatty()):
        click.echo(line, err=True)
    sys.exit(exit_status(report, meant))


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
    report_run(report, settings, len(settings.sources), json_wanted=json_wanted, verbose=verbose)


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
    report_run(report, settings, len(names) or len(settings.sources), json_wanted=json_wanted, verbose=verbose)


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
    report_run(report, settings, len(settings.sources), json_wanted=json_wanted, verbose=verbose)


@main.command()
@configured
@as_json
@click.option("--fleet", is_flag=True, help="Only what waits to be read, and who is at work on it.")
def status(file: Path, json_wanted: bool, fleet: bool) -> None:
    """How every source fares, and since when; of a fleet also what waits and who is at work."""
    with plainly():
        from aggregator import show
        from aggregator.run import states_of

        settings = settings_of(file)
        parts = []
        if not fleet:
            states = states_of(settings)
            parts.append(
                show.as_json(states) if json_wanted else show.state_lines(states, settings.publication.timezone)
            )
        if fleet or (settings.store.startswith("postgresql://") and not json_wanted):
            from aggregator.figures import figures_of

            found = figures_of(settings, clock())
            parts.append(show.as_json(found.for_scripts()) if json_wanted else show.fleet_lines(found))
    click.echo("\n\n".join(parts))


@main.command()
@configured
@as_json
@click.argument("address", metavar="URL-or-NAME")
def explain(file: Path, json_wanted: bool, address: str) -> None:
    """Why a post is, or is not, in the feed or in an issue; or how the source of this name fares, and why."""
    with plainly():
        from aggregator import show
        from aggregator.explaining import explain as trail
        from aggregator.explaining import lines_of

        settings = settings_of(file)
        found = trail(settings, address, clock())
    click.echo(show.as_json(found) if json_wanted else "\n".join(lines_of(found)))


@main.command()
@configured
@verbose
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at; 0.0.0.0 for all.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 finds a free one.")
def serve(file: Path, verbose: bool, host: str, port: int) -> None:
    """Answer out/ over HTTP, for those without a web server, until stopped."""
    with plainly():
        from aggregator.serving import serve as answer

        settings = settings_of(file)
        log = (lambda line: click.echo(line, err=True)) if verbose else None
        answer(settings, host, port, lambda address: click.echo(f"Serving {settings.out} at {address}"), log)


for command in (sources, digest, send, subscribers, worker, store):
    main.add_command(command)
