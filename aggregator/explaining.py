"""Why a post is where it is: every decision that was made about it, in order."""

from __future__ import annotations

from aggregator.normalise.urls import compare_key
from aggregator.settings import Settings
from aggregator.store import issues, open_store, posts, trail


def explain(settings: Settings, address: str) -> list[str]:
    """The trail of the post at `address` (a link, an atom:id or an id), a line each."""
    with open_store(settings.store, settings.folder) as store:
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
        elif stored.copy_of:
            original = posts.with_ids(store, [stored.copy_of]).get(stored.copy_of)
            where = f"{original.post.link} ({original.post.source})" if original else stored.copy_of
            lines.append(f"  Not published by itself: it is named as a copy under {where}.")
            lines.append(f"  {posts.copy_reason(store, stored.id)}")
        else:
            lines.append(f"  In the feed as {stored.entry_id}." if stored.entry_id else "  Not published yet.")
        for name, why in issues.placed(store, [stored.id]).values():
            lines.append(f"  Newsletter {name}: {why or 'it is in this issue.'}")
        return lines
