"""What the commands share: the options they all have, the clock, and errors as messages with an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aggregator.settings import Settings

EXIT_USAGE = 2
EXIT_SOME_FAILED = 3
EXIT_ALL_FAILED = 4
EXIT_UNCERTAIN = 5
EXIT_BUSY = 75
EXIT_STOPPED = 130
FEW = 20
"""Names that are told at once."""

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


def settings_of(file: Path, *, without_sources: bool = False) -> Settings:
    """The settings in `file`, imported only when a command runs; `without_sources`, where it may hold none yet."""
    from aggregator.config import load

    settings = load(file, without_sources=without_sources)
    if settings.publication.withhold:
        from aggregator.withheld import check_withheld

        check_withheld(settings)
    return settings


def clock() -> datetime:
    """The one `now` of this run, in UTC: AGGREGATOR_NOW (RFC 3339) where it is set."""
    stated = os.environ.get("AGGREGATOR_NOW")
    if not stated:
        return believed(datetime.now(UTC))
    try:
        now = datetime.fromisoformat(stated)
    except ValueError:
        raise click.UsageError(f"AGGREGATOR_NOW is {stated!r}, which is no RFC 3339 time") from None
    if now.tzinfo is None:
        raise click.UsageError(f"AGGREGATOR_NOW is {stated!r}, which states no zone; add Z or +01:00")
    if not 1990 <= now.year <= 2999:
        raise click.UsageError(f"AGGREGATOR_NOW is {stated!r}, a time when nobody reads blogs")
    return now.astimezone(UTC)


def believed(now: datetime) -> datetime:
    """The same; raises UsageError where a machine began without knowing the time: whatever is published would be taken
    away, as it is dated later."""
    if now.year < 2024:
        raise click.UsageError(f"The clock of this machine says {now:%Y-%m-%d}: set it. Nothing was done.")
    return now


@contextmanager
def plainly() -> Iterator[None]:
    """Turns what a person can act on into one message and the exit status that belongs to it."""
    from aggregator.config import ConfigurationError
    from aggregator.store import Busy, Refused, StoreError
    from aggregator.store.database import Contradiction

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
    except StoreError as error:
        click.echo(f"aggregator: {error}", err=True)
        sys.exit(EXIT_ALL_FAILED)
    except BrokenPipeError:  # whoever read what is printed has gone: nothing is wrong
        raise
    except Contradiction as error:
        click.echo(f"aggregator: the program itself failed: {error}; please report this", err=True)
        sys.exit(EXIT_ALL_FAILED)
    except OSError as error:
        told = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else error
        click.echo(f"aggregator: {told}", err=True)
        sys.exit(EXIT_ALL_FAILED)
    except KeyboardInterrupt:
        click.echo("aggregator: stopped. What was done stands; say the same again to go on.", err=True)
        sys.exit(EXIT_STOPPED)
    except Exception as error:
        # the rooms that are not loaded cannot have raised theirs
        name = type(error).__name__
        if name not in ("PublishError", "TemplateMistakeError", "SendError", "UnsuitableError", "AddressError"):
            raise
        click.echo(f"aggregator: {error}", err=True)
        sys.exit(EXIT_USAGE if name == "UnsuitableError" else EXIT_ALL_FAILED)


def check_names(settings: Settings, names: tuple[str, ...]) -> None:
    """Refuse a name that no source has, and say which name was probably meant."""
    known = {source.name.casefold(): source.name for source in settings.sources}
    for name in names:
        if known.get(name.casefold()) != name:
            from difflib import get_close_matches

            near = get_close_matches(name.casefold(), known, n=1, cutoff=0.5)
            several = f"There are: {', '.join(known.values())}." if len(known) <= FEW else "`sources list` tells all."
            hint = f"Did you mean {known[near[0]]!r}?" if near else several
            raise click.UsageError(f"No source is called {name!r}. {hint}")
