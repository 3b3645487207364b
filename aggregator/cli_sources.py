"""`aggregator sources ...`: list them, add one, look at what is found, exchange them with other readers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aggregator.cli_shared import EXIT_SOME_FAILED, as_json, check_names, clock, configured, plainly, settings_of


@click.group()
def sources() -> None:
    """The sources: list them, add one, look at what is found, exchange them with other readers."""


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
        from aggregator.exchanging import why_not, why_not_as_found
        from aggregator.looking import look
        from aggregator.settings import Source, without_login
        from aggregator.sources_file import add_source as write

        settings = settings_of(file, without_sources=True)
        if reason := why_not(settings, url, name):
            raise click.UsageError(reason)
        found = look(Source(name=name or without_login(url), url=url), settings, clock())
        click.echo(show.finding(found))
        if found.reading.problem is not None:
            click.echo(f"\nNot added to {file}.")
            sys.exit(EXIT_SOME_FAILED)
        called = name or found.title
        if reason := why_not_as_found(settings, found.reading, called):
            raise click.UsageError(reason)
        lines = write(file, {"name": called, "url": url})
        click.echo(f"\nAdded to {file}:\n{without_login(lines)}")


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
            click.echo(show.as_json(moves) if json_wanted else show.move_lines(moves, file))
            return
        found = []
        for wanted in (one for one in settings.sources if name in (None, one.name)):
            found.append(look(wanted, settings, clock()))
            if not json_wanted:
                click.echo(("\n" if len(found) > 1 else "") + show.finding(found[-1]))
    if json_wanted:
        click.echo(show.as_json(found))
    if any(one.reading.problem is not None for one in found):
        sys.exit(EXIT_SOME_FAILED)


@sources.command("import")
@configured
@as_json
@click.argument("opml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_sources(file: Path, json_wanted: bool, opml: Path) -> None:
    """Add the blogs of a list that another reader exported (OPML) to sources.yaml."""
    with plainly():
        from aggregator import show
        from aggregator.exchanging import import_sources as bring_in

        try:
            imported = bring_in(settings_of(file, without_sources=True), opml)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    if json_wanted:
        click.echo(show.as_json(imported))
        return
    for sentence in imported.left_out:
        click.echo(f"Left out: {sentence}", err=True)
    click.echo(f"Added {show.counted(len(imported.added), 'source', 'sources')} to {file}.")


@sources.command("export")
@configured
@click.argument("opml", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=False)
def export_sources(file: Path, opml: Path | None) -> None:
    """Write the sources as a list that other readers import (OPML): to a file, or to standard output."""
    with plainly():
        from aggregator.exchanging import export_sources as as_list

        listed = as_list(settings_of(file))
        if opml is not None:
            opml.write_bytes(listed)
    if opml is None:
        click.echo(listed, nl=False)
