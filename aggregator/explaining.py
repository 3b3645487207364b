"""Why a post is where it is: every decision that was made about it, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.dedupe.corrections import WITHHELD
from aggregator.model import SourceState
from aggregator.normalise.urls import compare_key
from aggregator.settings import Settings, without_login
from aggregator.store import Store, eligibility, issues, open_store, posts, trail
from aggregator.store.sources import states
from aggregator.store.trail import Decision

NEWEST_DECISIONS = 10


@dataclass(frozen=True, slots=True)
class Original:
    """The post under which a copy is named."""

    link: str
    """Its id, where it is not stored any more."""
    source: str
    reason: str
    """Why the other is its copy."""


@dataclass(frozen=True, slots=True)
class PostTrail:
    """How a post came to be where it is."""

    title: str
    link: str
    source: str
    first_seen: datetime
    date: datetime
    dated_by: str
    decisions: tuple[Decision, ...]
    """Oldest first."""
    remarks: tuple[str, ...]
    entry_id: str | None
    """Its atom:id, once it was published."""
    ahead: bool
    """Its date is still to come: until then it waits."""
    held: str | None
    """Why it is not published."""
    original: Original | None
    """Where it is named, if it is a copy."""
    issues: Mapping[str, str]
    """The newsletters that hold it, by name: why it was left out of it, or ''."""
    past: bool
    """It was old when its source was first read: no newsletter takes it by itself."""


@dataclass(frozen=True, slots=True)
class SourceTrail:
    """How a source fares, and what was last decided about its posts."""

    state: SourceState
    listed: bool
    """It is in sources.yaml."""
    decisions: tuple[Decision, ...]
    titles: Mapping[str, str]
    """Of the posts that were decided about, by id."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Where an address was read that leads to no post, when, and why it is none."""

    source: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoTrail:
    """An address of which no post is stored."""

    address: str
    set_aside: tuple[SetAside, ...]


Trail = PostTrail | SourceTrail | NoTrail


def explain(settings: Settings, address: str, now: datetime) -> Trail:
    """The trail at `now` of the post at `address` (a link, an atom:id or an id), or of the source of this name."""
    listed = {source.name: SourceState(source.name) for source in settings.sources}
    with open_store(settings.store, settings.folder) as store:
        known = listed | {one.name: one for one in states(store)}
        state = next((one for name, one in known.items() if name.casefold() == address.casefold()), None)
        if state is not None:
            decisions = trail.decisions_of_source(store, state.name, NEWEST_DECISIONS)
            found = posts.with_ids(store, [one.post for one in decisions])
            titles = {post: stored.post.title for post, stored in found.items()}
            return SourceTrail(state, state.name in listed, decisions, titles)
        stored = posts.find(store, address) or posts.find(store, compare_key(address))
        if stored is None:
            aside = trail.set_aside_for(store, address)
            return NoTrail(address, tuple(SetAside(source, reason, at) for source, reason, at in aside))
        return PostTrail(
            title=stored.post.title,
            link=stored.post.link,
            source=stored.post.source,
            first_seen=stored.first_seen,
            date=stored.date,
            dated_by=stored.dated_by,
            decisions=trail.decisions_for(store, stored.id),
            remarks=stored.post.remarks,
            entry_id=stored.entry_id or None,
            ahead=stored.date > now,
            held=stored.held,
            original=original_of(store, stored.id, stored.copy_of) if stored.copy_of else None,
            issues={name: why or "" for name, why in issues.placed(store, [stored.id]).values()},
            past=eligibility.is_past(store, stored.id),
        )


def original_of(store: Store, post: str, original: str) -> Original:
    found, reason = posts.with_ids(store, [original]).get(original), posts.copy_reason(store, post)
    return Original(found.post.link if found else original, found.post.source if found else "", reason)


def lines_of(found: Trail) -> Iterator[str]:
    """The same for people."""
    if isinstance(found, PostTrail):
        return about_post(found)
    return about_source(found) if isinstance(found, SourceTrail) else about_nothing(found)


def about_nothing(found: NoTrail) -> Iterator[str]:
    for one in found.set_aside:
        yield f"{found.address} was tried for {one.source} on {one.at:%Y-%m-%d} and is no post: {one.reason}"
    if not found.set_aside:
        yield f"Nothing is known of {found.address}: no source that was read has named it."
        yield "`aggregator sources check NAME` shows what a source gives now, `aggregator status` how it fares."


def about_post(post: PostTrail) -> Iterator[str]:
    """What it is, what was decided, and where it stands now."""
    yield post.title
    yield f"  {post.link}"
    seen = f"{post.first_seen:%Y-%m-%d %H:%M} UTC"
    yield f"  from {post.source}, first seen {seen}, dated {post.date:%Y-%m-%d} ({post.dated_by})"
    for one in post.decisions:
        yield f"  {one.at:%Y-%m-%d %H:%M}  {one.kind}: {one.reason}"
    for remark in post.remarks:
        yield f"  {remark}"
    if post.held:
        yield f"  Not published: {post.held}"
        if not post.held.startswith(WITHHELD):
            yield f"  Publish it with `- publish: {post.link}` under `corrections:` in sources.yaml."
    elif post.original:
        where = f"{post.original.link} ({post.original.source})" if post.original.source else post.original.link
        yield f"  Not published by itself: it is named as a copy under {where}."
        yield f"  {post.original.reason}"
        if post.original.source:
            pair = f"[{post.original.link}, {post.link}]"
            yield f"  If these are two posts: `- apart: {pair}` under `corrections:` in sources.yaml."
    elif post.ahead:
        yield "  Not published yet: its date is still to come."
    else:
        yield f"  In the feed as {post.entry_id}." if post.entry_id else "  Not published yet; the next run does."
    for name, why in post.issues.items():
        yield f"  Newsletter {name}: {why or 'it is in this issue.'}"
    if post.past:
        yield (
            f"  No newsletter takes it by itself: it was over a month old when {post.source} was first read; "
            "`aggregator digest build --since DATE` does."
        )


def about_source(found: SourceTrail) -> Iterator[str]:
    """How a source fares and why, when it is read again, and what was last decided about its posts."""
    state = found.state
    if state.since is None:
        yield f"{state.name}: not read yet; the next run reads it."
        return
    yield f"{state.name}: {state.state} since {state.since:%Y-%m-%d}. {state.sentence}".rstrip()
    if state.kind:
        yield f"  read as {state.kind} from {state.feed_url or 'disk'}"
    if state.told_by_reason:
        yield f"  {state.told_by_reason}"
    if state.rhythm:
        yield f"  posts every {max(1, round(state.rhythm / 86_400))} days or so; {state.post_count} posts"
    if state.last_checked:
        yield f"  last read {state.last_checked:%Y-%m-%d %H:%M} UTC"
    if state.failures:
        yield f"  failures in a row: {state.failures}"
    again = f"from {state.next_check:%Y-%m-%d %H:%M} UTC on" if state.next_check else "not by itself: it is gone"
    yield f"  read again {again}" if found.listed else "  not read any more: it is not in sources.yaml"
    if state.moved_to and state.moved_since:
        yield f"  redirects for good to {without_login(state.moved_to)} since {state.moved_since:%Y-%m-%d}"
    for one in found.decisions:
        yield f"  {one.at:%Y-%m-%d %H:%M}  {found.titles.get(one.post, one.post)!r}: {one.kind}: {one.reason}"
