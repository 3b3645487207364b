"""The ledger of newsletter issues: a post is in at most one, by a constraint of the store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aggregator.model import Issue
from aggregator.store.database import Store, chunks, marks
from aggregator.store.frozen import freeze, thaw
from aggregator.store.holding import note, noted
from aggregator.store.issue_states import (
    approve,
    change_state,
    drop,
    free_items,
    mark_sending,
    mark_sent,
    mark_stopped,
    must_come_to,
    states,
)
from aggregator.store.refusal import Refused
from aggregator.store.rows import at, utc

__all__ = [
    "approve", "change_state", "drop", "first_sight", "items_held", "list_issues", "list_put_off", "load",
    "mark_sending", "mark_sent", "mark_stopped", "must_come_to", "newest_issues", "next_number", "note_to_show",
    "placed", "put_off", "save_built", "states", "to_show",
]  # fmt: skip
TO_SHOW = "issues shown without posts"


def save_built(store: Store, issue: Issue, now: datetime) -> Issue:
    """Freeze `issue`: its items are in no other issue from now on. The issue as stored: built, or approved if it is.

    An issue that was built before and not yet approved, or dropped, is replaced. Raises Refused when it is further than
    that, or when a post stands in another issue; nothing is changed then. Until `note_to_show` says otherwise, its
    files are to be written.
    """
    (frozen, left_out), state = freeze(issue), "approved" if issue.state == "approved" else "built"
    with store.transaction():
        must_come_to(store, issue.name, "built", known=False)
        store.write(
            "INSERT INTO issue (name, state, number, start_at, end_at, hash, frozen, left_out, built_at, changed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state,"
            " number = excluded.number, start_at = excluded.start_at, end_at = excluded.end_at,"
            " hash = excluded.hash, frozen = excluded.frozen, left_out = excluded.left_out,"
            " built_at = excluded.built_at, changed_at = excluded.changed_at, sentence = ''",
            (
                issue.name, state, issue.number, utc(issue.start), utc(issue.end), issue.hash, frozen, left_out,
                utc(now), utc(now),
            ),
        )  # fmt: skip
        free_items(store, issue.name)
        posts = [item.post_id for item in issue.items]
        refuse_taken(store, posts)
        store.write_many(
            "INSERT INTO issue_item (issue, post, place) VALUES (?, ?, ?)",
            [(issue.name, post, place) for place, post in enumerate(posts)],
        )
        store.write_many(
            "INSERT INTO issue_left_out (issue, post, reason, for_good) VALUES (?, ?, ?, ?)",
            [(issue.name, item.post_id, item.left_out, int(item.for_good)) for item in issue.left_out],
        )
        forget_what_is_left_out_again(store, issue.name)
        store.write("DELETE FROM issue_put_off WHERE name = ?", (issue.name,))
        note(store, TO_SHOW, " ".join(sorted({*noted(store, TO_SHOW).split(), issue.name})))
    return thaw(frozen, state, left_out)


def forget_what_is_left_out_again(store: Store, name: str) -> None:
    """Keep of the issues before `name` what it does not say anew: what had no room in any would be kept for each."""
    store.write("UPDATE issue SET left_out = '[]' WHERE name < ? AND left_out IS NOT NULL", (name,))
    store.write(
        "DELETE FROM issue_left_out WHERE for_good = 0 AND issue < ?"
        " AND post IN (SELECT post FROM issue_left_out WHERE issue = ?)",
        (name, name),
    )


def load(store: Store, name: str) -> Issue | None:
    """The issue as it was built, in the state it is in now; None when it was never built."""
    row = store.row("SELECT state, frozen, left_out FROM issue WHERE name = ?", (name,))
    return thaw(row["frozen"], row["state"], row["left_out"]) if row else None


def list_issues(store: Store) -> tuple[Issue, ...]:
    """Every issue that was ever built, oldest first, dropped ones included; without what they left out."""
    rows = store.rows("SELECT frozen, state FROM issue ORDER BY name")
    return tuple(thaw(row["frozen"], row["state"]) for row in rows)


def items_held(store: Store, reason: str) -> dict[str, frozenset[str]]:
    """The posts of each issue that are held back now for a reason that begins so, by the issue's name."""
    rows = store.rows(
        "SELECT issue_item.issue, post.id FROM issue_item CROSS JOIN post WHERE post.id = issue_item.post"
        " AND post.held IS NOT NULL AND substr(post.held, 1, ?) = ?",
        (len(reason), reason),
    )
    names = {row["issue"] for row in rows}
    return {name: frozenset(row["id"] for row in rows if row["issue"] == name) for name in names}


def to_show(store: Store) -> frozenset[str]:
    """The names of the issues whose copies on the web are not as they are here: they lack posts that are or were
    withheld, or nobody came to write them."""
    return frozenset(noted(store, TO_SHOW).split())


def note_to_show(store: Store, names: Iterable[str]) -> None:
    """Remember that the copies on the web of these issues, and of no others, are otherwise than they are here."""
    told = " ".join(sorted(names))
    if told != noted(store, TO_SHOW):
        with store.transaction():
            note(store, TO_SHOW, told)


def newest_issues(store: Store, limit: int) -> tuple[Issue, ...]:
    """The newest issues that were approved, newest first: those that may be shown to everybody; without what they left
    out."""
    statement = (
        "SELECT frozen, state FROM issue WHERE state IN ('approved', 'sending', 'stopped', 'sent')"
        " ORDER BY name DESC LIMIT ?"
    )
    return tuple(thaw(row["frozen"], row["state"]) for row in store.rows(statement, (limit,)))


def next_number(store: Store, name: str) -> int:
    """The number of issue `name`: the one it has, else one more than the highest of those that were not dropped."""
    row = store.row("SELECT number FROM issue WHERE name = ? AND state <> 'dropped'", (name,))
    if row:
        return int(row["number"])
    row = store.row("SELECT MAX(number) AS highest FROM issue WHERE state <> 'dropped' AND name <> ?", (name,))
    return int((row and row["highest"]) or 0) + 1


def first_sight(store: Store) -> datetime | None:
    """When the first post of all was seen; None when there is none."""
    row = store.row("SELECT MIN(first_seen) AS first FROM post")
    return at(row["first"]) if row and row["first"] else None


def put_off(store: Store, name: str, sentence: str, now: datetime, *, final: bool) -> bool:
    """Note why issue `name` was not built, and for good where `final`; False when just that was noted already."""
    row = store.row("SELECT sentence FROM issue_put_off WHERE name = ?", (name,))
    if row is not None and row["sentence"] == sentence:
        return False
    with store.transaction():
        store.write(
            "INSERT INTO issue_put_off (name, sentence, final, at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
            " SET sentence = excluded.sentence, final = excluded.final, at = excluded.at",
            (name, sentence, int(final), utc(now)),
        )
    return True


def list_put_off(store: Store) -> dict[str, tuple[str, bool]]:
    """By name, why an issue that was due was not built, and whether that is for good; oldest first."""
    rows = store.rows("SELECT name, sentence, final FROM issue_put_off ORDER BY name")
    return {row["name"]: (row["sentence"], bool(row["final"])) for row in rows}


def placed(store: Store, posts: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By post id, the newest issue that decided on the post, and why it was left out there; '' when it is in it."""
    found: dict[str, tuple[str, str]] = {}
    for chunk in chunks(sorted(set(posts))):
        left_out = f"SELECT issue, post, reason FROM issue_left_out WHERE post IN ({marks(chunk)}) ORDER BY issue"
        found |= {row["post"]: (row["issue"], row["reason"]) for row in store.rows(left_out, chunk)}
        items = f"SELECT issue, post FROM issue_item WHERE post IN ({marks(chunk)})"
        found |= {row["post"]: (row["issue"], "") for row in store.rows(items, chunk)}
    return found


def refuse_taken(store: Store, posts: Iterable[str]) -> None:
    """Raises Refused when one of `posts` stands in another issue: the same as the constraint, in a sentence."""
    for chunk in chunks(sorted(set(posts))):
        row = store.row(f"SELECT * FROM issue_item WHERE post IN ({marks(chunk)}) ORDER BY post", chunk)
        if row:
            raise Refused(f"Post {row['post']} already is in issue {row['issue']}; a post is in one issue only.")
