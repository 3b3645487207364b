"""The commands of those who outgrew one machine: another worker, and moving the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli_shared import clock, configured, plainly, settings_of, verbose

if TYPE_CHECKING:
    from aggregator.model import Outcome


@click.command()
@configured
@verbose
@click.option(
    "--concurrency",
    type=click.IntRange(1, 200),
    default=50,
    show_default=True,
    help="Hosts that are read from at the same time.",
)
def worker(file: Path, concurrency: int, verbose: bool) -> None:
    """Do the jobs of a fleet, on a store in PostgreSQL, until told to stop.

    SIGTERM ends it once the jobs it began are done. It may be killed: others take its jobs over.
    """
    with plainly():
        settings = settings_of(file)
        try:
            from aggregator.fleet.worker import work
        except ImportError as error:
            from aggregator.store import FLEET, StoreError

            raise StoreError(f"A worker needs Procrastinate and psycopg ({error}): say {FLEET}") from None

        def say(text: str) -> None:
            click.echo(f"aggregator: {text}", err=True)

        def watch(outcome: Outcome) -> None:
            if verbose:
                click.echo(f"{outcome.source}: {outcome.state}, {outcome.new} new, {outcome.edited} edited")

        work(settings, clock, say, watch, concurrency)


@click.group()
def store() -> None:
    """The store itself."""


@store.command()
@configured
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(file: Path, source: str, target: str) -> None:
    """Copy a publication whole from one store to another, empty one: sqlite:///PATH or postgresql://HOST/DB."""
    with plainly():
        from aggregator.store.copying import copy_store

        folder = file.parent
        for table, rows in copy_store(source, target, folder):
            click.echo(f"{table}: {rows}")
    click.echo(f"Copied, and compared row by row. Write `store: {target}` in {file} to use it.")
