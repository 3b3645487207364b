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
    from aggregator.settings import Settings

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
    from aggregator.store import Busy, StoreError

    try:
        yield
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_USAGE)
    except Busy as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_BUSY)
    except (StoreError, OSError) as error:
        click.echo(f"aggregator: {error}", err=True)
        sys.exit(EXIT_ALL_FAILED)
