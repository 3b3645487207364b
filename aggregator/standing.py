"""How a source stands after a reading: its state, when it is read again, what is reported and when that is kept.

Imports as little as it can: of most sources, in most runs, this is all there is to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from aggregator.health import FAILED, health_of
from aggregator.model import Memory, Outcome, RawFeed, Reading, SourceState, StoredPost, Verdict
from aggregator.schedule import next_check, rhythm_of
from aggregator.settings import Settings, Source
from aggregator.store import Store
from aggregator.store.kept import Kept
from aggregator.store.recording import record_all

KEPT_AT_ONCE = 200
"""Readings without news that are kept in one transaction."""
DATES_FOR_RHYTHM = 12


def nothing_new(
    source: Source,
    memory: Memory,
    before: SourceState,
    reading: Reading,
    settings: Settings,
    store: Store,
    now: datetime,
    response_seconds: float | None = None,
) -> Kept:
    """What a reading that brought no posts changes: the state, the validators, the moment."""
    state = state_after(source, before, memory, reading, RawFeed(), (), settings, store, now)
    return Kept(state=state, reading=reading, response_seconds=response_seconds)


def state_after(
    source: Source,
    before: SourceState,
    memory: Memory,
    reading: Reading,
    feed: RawFeed,
    changed: Sequence[StoredPost],
    settings: Settings,
    store: Store,
    now: datetime,
) -> SourceState:
    """What is known of the source from now on, and when it is read again."""
    known = before
    if changed:
        from aggregator.store.posts import newest_dates

        dates = [stored.date for stored in changed if stored.dated_by != "first-seen"]
        dates += newest_dates(store, source.name, DATES_FOR_RHYTHM)
        rhythm = rhythm_of(sorted(set(dates), reverse=True)[:DATES_FOR_RHYTHM])
        newest = [before.newest] if before.newest else []
        newest += [stored.date.astimezone(UTC) for stored in changed]
        known = replace(before, rhythm=rhythm, newest=max(newest))
    problem = reading.problem
    failures = 0 if problem is None else before.failures if problem.left_alone else before.failures + 1
    state, sentence = health_of(reading, memory, known, now)
    moved_to, moved_since = before.moved_to, before.moved_since
    if problem is None:
        same = reading.moved_to is not None and reading.moved_to == before.moved_to
        moved_to, moved_since = reading.moved_to, moved_since if same else now if reading.moved_to else None
    after = replace(
        known,
        state=state,
        sentence=sentence,
        configured_url=source.url,
        read_as=source.read_as,
        next_check=next_check(
            source.name,
            state,
            now,
            rhythm=known.rhythm,
            fresh_for=reading.fresh_for,
            minutes_to_live=feed.minutes_to_live,
            skip_hours=feed.skip_hours,
            skip_days=feed.skip_days,
            failures=failures,
            retry_at=problem.retry_at if problem else None,
        ),
        moved_to=moved_to,
        moved_since=moved_since,
    )
    if reading.feed is None:
        return after
    from aggregator.normalise.urls import clean_url

    link = clean_url(feed.link, source.url or "") or source.page or settings.publication.url
    return replace(
        after,
        title=source.name,
        link=link,
        feed_url=clean_url(reading.resolved_url) or before.feed_url,
        kind=reading.resolved_kind or before.kind,
        authors=named(feed) or ((source.author,) if source.author else ()),
    )


def named(feed: RawFeed) -> tuple[str, ...]:
    """The people that a feed names as its authors. Most feeds name none."""
    if not feed.authors:
        return ()
    from aggregator.normalise.people import people_of  # takes 5 ms

    return people_of(feed.authors)


def outcome(source: Source, before: SourceState, kept: Kept, changed: Sequence[StoredPost]) -> Outcome:
    """The reading in numbers."""
    if not changed and not kept.verdicts and not kept.relations:
        return Outcome(
            source=source.name,
            state=kept.state.state,
            sentence=kept.state.sentence,
            failed=kept.state.state in FAILED,
            changed=kept.state.state != before.state or before.last_checked is None,
        )
    from aggregator.dedupe.rules import ALLOWANCE

    kinds = [verdict.kind for _, verdict in kept.verdicts]
    new = {post for post, verdict in kept.verdicts if verdict.kind == "new"}
    copies = {post for post, (original, _) in kept.relations.items() if original is not None and {post, original} & new}
    return Outcome(
        source=source.name,
        state=kept.state.state,
        sentence=kept.state.sentence,
        new=kinds.count("new"),
        edited=kinds.count("edited"),
        copies=len(copies),
        held=sum(1 for stored in changed if stored.held),
        over_allowance=sum(1 for stored in changed if stored.id in new and (stored.held or "").startswith(ALLOWANCE)),
        failed=kept.state.state in FAILED,
        changed=kept.state.state != before.state or before.last_checked is None,
        verdicts=tuple(kept.verdicts)
        + tuple((post, Verdict("copy", why, of)) for post, (of, why) in kept.relations.items() if of is not None),
    )


class Later:
    """What readings without news change: many kept in one transaction, as nothing is lost when they are not."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store, self.now = store, now
        self.waiting: list[Kept] = []

    def keep(self, source: Source, before: SourceState, kept: Kept) -> Outcome:
        """Keep it when there are enough, or at the end."""
        self.waiting.append(kept)
        if len(self.waiting) >= KEPT_AT_ONCE:
            self.finish()
        return outcome(source, before, kept, ())

    def finish(self) -> None:
        kept, self.waiting = self.waiting, []
        if kept:
            record_all(self.store, kept, self.now)
