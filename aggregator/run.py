"""The program, top to bottom: read what is due, keep what is new, publish it, build the issue that is due."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.health import FAILED
from aggregator.model import Make, Outcome, Report, SourceState
from aggregator.opening import opened
from aggregator.schedule import is_due
from aggregator.settings import Settings, Source, host_of
from aggregator.store import Refused, Store, StoreError, open_store
from aggregator.store import sources as stored_sources
from aggregator.telling import tell_hub
from aggregator.visiting import Watch, follow_all

if TYPE_CHECKING:
    from aggregator.workers import Workers


def run(settings: Settings, now: datetime, watch: Watch, *, everything: bool = False) -> Report:
    """One whole run at the instant `now`, over the sources that are due, or over every one.

    Raises Busy when another run holds the lock, and StoreError when the disk does before anything was read.
    """
    from aggregator.loading import loading_for_news

    with opened(settings) as (store, workers):
        due = settings.sources if everything else due_sources(settings, store, now)
        with loading_for_news(settings, store, workers, watch) as watching:
            outcomes = fetch(settings, due, store, workers, now, watching)
        workers.keep_one()
        try:
            report = bring_out(settings, store, now, workers.make)
        except Exception as error:
            report = Report(stopped=sentence_of(error))  # what the sources gave is told once: now, or never
        return replace(report, outcomes=outcomes)


def sentence_of(error: Exception) -> str:
    """What the disk or a template says that publishing failed by. Raises whatever else it is."""
    from aggregator.publish import PublishError
    from aggregator.templating import TemplateMistakeError

    if isinstance(error, Refused) or not isinstance(error, PublishError | TemplateMistakeError | StoreError):
        raise error
    return str(error)


def bring_out(settings: Settings, store: Store, now: datetime, make: Make) -> Report:
    """Publish what is stored, and build the issue that is due. For whoever holds the lock of the publication.

    Feeds and pages are made where `make` makes them.
    """
    from aggregator.publish.idle import is_idle, note_brought_out

    if is_idle(settings, store, now) and settings.digest.day is None:
        return Report(warnings=tell_hub(settings, store))
    from aggregator.issues_due import build_due, put_back
    from aggregator.publish import publish
    from aggregator.reconsider import reconsider
    from aggregator.unmatched import unmatched

    reconsider(settings, store, now)
    slips = unmatched(settings, store)
    published = publish(settings, store, now, make=make)
    doubts = tell_hub(settings, store)
    built, said = build_due(settings, store, now)
    again = put_back(settings, store, now)
    note_brought_out(settings, store)
    return Report(
        written=published.written + tuple(path for one in built for path in one.written) + again,
        issues=tuple(one.issue.name for one in built),
        warnings=published.warnings
        + tuple(warning for one in built for warning in one.warnings)
        + said
        + doubts
        + slips,
        stale=published.stale,
    )


def fetch_only(settings: Settings, now: datetime, watch: Watch, names: Sequence[str]) -> Report:
    """Read the sources called `names`, or all of them, and publish nothing."""
    with opened(settings) as (store, workers):
        sources = [source for source in settings.sources if not names or source.name in names]
        return Report(outcomes=fetch(settings, sources, store, workers, now, watch))


def publish_only(settings: Settings, now: datetime) -> Report:
    """Publish what is stored, and look whether every file lies as it was left."""
    from aggregator.issues_due import put_back
    from aggregator.publish import publish
    from aggregator.reconsider import reconsider

    with opened(settings) as (store, workers):
        reconsider(settings, store, now)
        published = publish(settings, store, now, make=workers.make, thorough=True)
        again = put_back(settings, store, now, thorough=True)
        doubts = tell_hub(settings, store)
    return Report(written=published.written + again, warnings=published.warnings + doubts, stale=published.stale)


def bring_out_only(settings: Settings, now: datetime) -> Report:
    """A whole run without reading anything: for a fleet, whose workers read at other times."""
    with opened(settings) as (store, workers):
        return bring_out(settings, store, now, workers.make)


def states_of(settings: Settings) -> tuple[SourceState, ...]:
    """How every configured source fares, in the order of sources.yaml."""
    with open_store(settings.store, settings.folder) as store:
        states = {state.name: state for state in stored_sources.states(store)}
    return tuple(states.get(source.name, SourceState(source.name)) for source in settings.sources)


def due_sources(settings: Settings, store: Store, now: datetime) -> list[Source]:
    """The sources to be read at `now`; documents on disk always are. A host that asked for rest is left alone."""
    dues = stored_sources.dues(store)
    resting = stored_sources.resting_hosts(store, now)
    return [
        source
        for source in settings.sources
        if source.url is None
        or (host_of(source) not in resting and (source.name not in dues or is_due(source, dues[source.name], now)))
    ]


def fetch(
    settings: Settings, sources: Sequence[Source], store: Store, workers: Workers, now: datetime, watch: Watch
) -> tuple[Outcome, ...]:
    """Read `sources` and store what is new, without publishing it; outcomes in their order."""
    outcomes = asyncio.run(follow_all(settings, sources, store, workers, now, watch))
    places = {source.name: place for place, source in enumerate(sources)}
    return tuple(sorted(outcomes, key=lambda outcome: places[outcome.source]))


def exit_status(report: Report, meant: int) -> int:
    """0 all well; 3 some sources failed, or pages could not be made, and the rest was published; 4 every one of the
    `meant` sources failed, or nothing more could be published."""
    failed = [outcome for outcome in report.outcomes if outcome.state in FAILED]
    if report.stopped:
        return 4
    if not failed and not report.stale:
        return 0
    return 4 if failed and len(failed) >= meant else 3
