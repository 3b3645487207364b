"""Why a post is where it is: every decision that was made about it, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aggregator.dedupe.corrections import WITHHELD
from aggregator.model import SourceState
from aggregator.normalise.urls import compare_key
from aggregator.settings import Settings, without_login
from aggregator.store import eligibility, issues, open_store, posts, trail
from aggregator.store.sources import states
from aggregator.store.trail import Decision

NEWEST_DECISIONS = 10


def explain(settings: Settings, address: str) -> list[str]:
    """The trail of the post at `address` (a link, an atom:id or an id), a line each."""
    with open_store(settings.store, settings.folder) as store:
        state = next((one for one in states(store) if one.name.casefold() == address.casefold()), None)
        if state is not None:
            decisions = trail.decisions_of_source(store, state.name, NEWEST_DECISIONS)
            found = posts.with_ids(store, [one.post for one in decisions])
            return about_source(state, decisions, {post: stored.post.title for post, stored in found.items()})
        stored = posts.find(store, address) or posts.find(store, compare_key(address))
        if stored is None:
            aside = trail.set_aside_for(store, address)
            if aside:
                return [
                    f"{address} was tried for {source} on {at:%Y-%m-%d} and is no post: {why}"
                    for source, why, at in aside
                ]
            return [
                f"Nothing is known of {address}: no source that was read has named it.",
                "`aggregator sources check NAME` shows what a source gives now, `aggregator status` how it fares.",
            ]
        post = stored.post
        lines = [
            f"{post.title}",
            f"  {post.link}",
            f"  from {post.source}, first seen {stored.first_seen:%Y-%m-%d %H:%M} UTC,"
            f" dated {stored.date:%Y-%m-%d} ({stored.dated_by})",
        ]
        lines += [
            f"  {one.at:%Y-%m-%d %H:%M}  {one.kind}: {one.reason}" for one in trail.decisions_for(store, stored.id)
        ]
        lines += [f"  {remark}" for remark in post.remarks]
        if stored.held:
            lines.append(f"  Not published: {stored.held}")
            if not stored.held.startswith(WITHHELD):
                lines.append(f"  Publish it with `- publish: {post.link}` under `corrections:` in sources.yaml.")
        elif stored.copy_of:
            original = posts.with_ids(store, [stored.copy_of]).get(stored.copy_of)
            where = f"{original.post.link} ({original.post.source})" if original else stored.copy_of
            lines.append(f"  Not published by itself: it is named as a copy under {where}.")
            lines.append(f"  {posts.copy_reason(store, stored.id)}")
            if original:
                pair = f"[{original.post.link}, {post.link}]"
                lines.append(f"  If these are two posts: `- apart: {pair}` under `corrections:` in sources.yaml.")
        else:
            lines.append(f"  In the feed as {stored.entry_id}." if stored.entry_id else "  Not published yet.")
        for name, why in issues.placed(store, [stored.id]).values():
            lines.append(f"  Newsletter {name}: {why or 'it is in this issue.'}")
        if eligibility.is_past(store, stored.id):
            lines.append(
                f"  No newsletter takes it by itself: it was over a month old when {post.source} was first read; "
                "`aggregator digest build --since DATE` does."
            )
        return lines


def about_source(state: SourceState, decisions: Sequence[Decision], titles: Mapping[str, str]) -> list[str]:
    """How a source fares and why, when it is read again, and what was last decided about its posts."""
    since = f" since {state.since:%Y-%m-%d}" if state.since else ""
    lines = [f"{state.name}: {state.state}{since}. {state.sentence}".rstrip()]
    lines.append(f"  read as {state.kind or 'nothing yet'} from {state.feed_url or 'disk'}")
    if state.told_by_reason:
        lines.append(f"  {state.told_by_reason}")
    if state.rhythm:
        lines.append(f"  posts every {max(1, round(state.rhythm / 86_400))} days or so; {state.post_count} posts")
    if state.last_checked:
        lines.append(f"  last read {state.last_checked:%Y-%m-%d %H:%M} UTC")
    if state.failures:
        lines.append(f"  failures in a row: {state.failures}")
    again = f"from {state.next_check:%Y-%m-%d %H:%M} UTC on" if state.next_check else "not by itself: it is gone"
    lines.append(f"  read again {again}")
    if state.moved_to and state.moved_since:
        lines.append(f"  redirects for good to {without_login(state.moved_to)} since {state.moved_since:%Y-%m-%d}")
    lines += [
        f"  {one.at:%Y-%m-%d %H:%M}  {titles.get(one.post, one.post)!r}: {one.kind}: {one.reason}" for one in decisions
    ]
    return lines
