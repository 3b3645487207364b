"""What an issue may hold: every post that never was in another, but for the past of sources that were new."""

from __future__ import annotations

from datetime import datetime

from aggregator.model import Entry
from aggregator.store.database import Store
from aggregator.store.posts import NEWEST_FIRST, OFFERED, SHOWN, entries_of
from aggregator.store.rows import utc

IN_NO_OTHER_ISSUE = """
    NOT EXISTS (SELECT 1 FROM issue_item WHERE issue_item.post = post.id AND issue_item.issue <> ?)
    AND NOT EXISTS (SELECT 1 FROM post AS copy JOIN issue_item ON issue_item.post = copy.id
                    WHERE copy.copy_of = post.id AND issue_item.issue <> ?)"""
# Looked up once, and not for each post: no issue has room for most posts of a busy publication.
NOT_LEFT_OUT_FOR_GOOD = """
    post.id NOT IN (SELECT post FROM issue_left_out WHERE for_good = 1 AND issue <> ?)
    AND post.id NOT IN (SELECT twin.copy_of FROM issue_left_out AS veto CROSS JOIN post AS twin
                        WHERE twin.id = veto.post AND veto.for_good = 1 AND veto.issue <> ?
                        AND twin.copy_of IS NOT NULL)"""
PAST_OF_ITS_SOURCE = """EXISTS (
    SELECT 1 FROM source WHERE source.name = {post}.source AND {post}.date_utc < source.newsletter_from
    AND (source.newsletter_past_until IS NULL OR {post}.first_seen < source.newsletter_past_until))"""
# A post that waits for an issue goes on waiting when it turns out to be one with an old post of a source that is new,
# or of the same source under another name.
PAST = f"""({PAST_OF_ITS_SOURCE.format(post="post")} AND NOT EXISTS (
    SELECT 1 FROM post AS copy WHERE copy.copy_of = post.id AND copy.held IS NULL
    AND NOT {PAST_OF_ITS_SOURCE.format(post="copy")}))"""


def is_past(store: Store, post: str) -> bool:
    """Whether the post (by id) was old already when its source was first read: no newsletter takes it by itself."""
    return store.row(f"SELECT 1 FROM post WHERE id = ? AND {PAST}", (post,)) is not None


def eligible_entries(
    store: Store, end: datetime, now: datetime, *, since: datetime | None = None, rebuilding: str = ""
) -> tuple[Entry, ...]:
    """The entries that may be shown at `now`, are dated before `end`, and never were in an issue; newest first.

    An entry was in an issue when it or any of its copies was, so that a copy or a change of original brings no post
    twice; one that the editor left out for good counts as one that was. The past of a source that was new is left out.
    `since` leaves out what is dated before it instead, except what was first seen from then on: late and back-dated
    posts come in the next issue. The items of the issue `rebuilding` count as in none. Of each post comes what an issue
    shows of it.
    """
    wanted = [SHOWN, "post.date_utc < ?", IN_NO_OTHER_ISSUE, NOT_LEFT_OUT_FOR_GOOD]
    values = [utc(now), utc(end), *[rebuilding] * 4]
    if since is not None:
        wanted.append(f"(post.date_utc >= ? OR (post.first_seen >= ? AND NOT {PAST}))")
        values += [utc(since), utc(since)]
    else:
        wanted.append(f"NOT {PAST}")
    return entries_of(store, store.rows(f"{OFFERED} WHERE {' AND '.join(wanted)} {NEWEST_FIRST}", values), OFFERED)


def past_counts(store: Store, end: datetime, now: datetime, name: str) -> tuple[tuple[str, int], ...]:
    """By source, how many posts dated before `end` no issue takes by itself, and no issue but `name` holds."""
    rows = store.rows(
        f"SELECT source, COUNT(*) AS posts FROM post WHERE {SHOWN} AND post.date_utc < ? AND {IN_NO_OTHER_ISSUE}"
        f" AND {PAST} GROUP BY source ORDER BY source",
        (utc(now), utc(end), name, name),
    )
    return tuple((row["source"], int(row["posts"])) for row in rows)


def newcomers(store: Store, name: str, end: datetime) -> tuple[tuple[str, str], ...]:
    """Name and link of the sources first read before `end` that are new since the issue before `name`.

    None in the first issue, in which every source is new.
    """
    before = store.row(
        "SELECT MAX(end_at) AS previous FROM issue WHERE name < ? AND state <> 'dropped'",
        (name,),
    )
    if before is None or before["previous"] is None:
        return ()
    rows = store.rows(
        "SELECT source.name, source.link, MIN(post.first_seen) AS first FROM source"
        " JOIN post ON post.source = source.name GROUP BY source.name, source.link"
        " HAVING MIN(post.first_seen) >= ? AND MIN(post.first_seen) < ? ORDER BY source.name",
        (before["previous"], utc(end)),
    )
    return tuple((row["name"], row["link"]) for row in rows if not known_otherwise(store, row["name"], row["first"]))


def known_otherwise(store: Store, name: str, before: str) -> bool:
    """Whether a post of the source called `name` was known before that, at the same address, by a source of another
    name: then it is most likely that source."""
    statement = (
        "SELECT 1 FROM post AS own CROSS JOIN post AS old WHERE own.source = ? AND old.copy_of = own.id"
        " AND old.link = own.link AND old.first_seen < ? LIMIT 1"
    )
    return store.row(statement, (name, before)) is not None
