"""The ledger of newsletter issues: a post is in at most one, by a constraint of the store.

draft -> built -> approved -> sending -> sent or stopped; stopped -> sending; dropped at any moment before sending.
A draft is not stored: an issue begins to exist here when it is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from aggregator.model import Issue, IssueState
from aggregator.store.database import Store, chunks, marks
from aggregator.store.frozen import freeze, thaw
from aggregator.store.holding import note, noted
from aggregator.store.refusal import Refused
from aggregator.store.rows import at, utc

BEFORE: Mapping[IssueState, tuple[IssueState, ...]] = {
    "built": ("built", "dropped"),
    "approved": ("built",),
    "dropped": ("built", "approved"),
    "sending": ("approved", "stopped"),
    "stopped": ("sending",),
    "sent": ("sending",),
}
"""The states from which an issue may come to each state."""
SHOWN_WITHOUT = "issues shown without posts"


def save_built(store: Store, issue: Issue, now: datetime) -> Issue:
    """Freeze `issue`: its items are in no other issue from now on. The issue as stored, in state built.

    An issue that was built before and not yet approved, or dropped, is replaced. Raises Refused when it is
    further than that, or when a post stands in another issue; nothing is changed then.
    """
    with store.transaction():
        must_come_to(store, issue.name, "built", known=False)
        store.write(
            "INSERT INTO issue (name, state, number, start_at, end_at, hash, frozen, built_at, changed_at)"
            " VALUES (?, 'built', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state,"
            " number = excluded.number, start_at = excluded.start_at, end_at = excluded.end_at,"
            " hash = excluded.hash, frozen = excluded.frozen, built_at = excluded.built_at,"
            " changed_at = excluded.changed_at, sentence = ''",
            (
                issue.name, issue.number, utc(issue.start), utc(issue.end), issue.hash, freeze(issue), utc(now),
                utc(now),
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
        store.write("DELETE FROM issue_put_off WHERE name = ?", (issue.name,))
    return thaw(freeze(issue), "built")


def load(store: Store, name: str) -> Issue | None:
    """The issue as it was built, in the state it is in now; None when it was never built."""
    row = store.row("SELECT state, frozen FROM issue WHERE name = ?", (name,))
    return thaw(row["frozen"], row["state"]) if row else None


def list_issues(store: Store) -> tuple[Issue, ...]:
    """Every issue that was ever built, oldest first, dropped ones included."""
    return tuple(thaw(row["frozen"], row["state"]) for row in store.rows("SELECT * FROM issue ORDER BY name"))


def items_held(store: Store, reason: str) -> dict[str, frozenset[str]]:
    """The posts of each issue that are held back now for a reason that begins so, by the issue's name."""
    rows = store.rows(
        "SELECT issue_item.issue, post.id FROM issue_item CROSS JOIN post WHERE post.id = issue_item.post"
        " AND post.held IS NOT NULL AND substr(post.held, 1, ?) = ?",
        (len(reason), reason),
    )
    names = {row["issue"] for row in rows}
    return {name: frozenset(row["id"] for row in rows if row["issue"] == name) for name in names}


def shown_without(store: Store) -> frozenset[str]:
    """The names of the issues whose copies on the web lack posts that are, or were, withheld."""
    return frozenset(noted(store, SHOWN_WITHOUT).split())


def note_shown_without(store: Store, names: Iterable[str]) -> None:
    """Remember that these issues, and no others, are shown without some of their posts."""
    told = " ".join(sorted(names))
    if told != noted(store, SHOWN_WITHOUT):
        with store.transaction():
            note(store, SHOWN_WITHOUT, told)


def newest_issues(store: Store, limit: int) -> tuple[Issue, ...]:
    """The newest issues that were approved, newest first: those that may be shown to everybody."""
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


def approve(store: Store, name: str, now: datetime) -> None:
    """From built to approved. Raises Refused, with a sentence, from any other state."""
    change(store, name, "approved", now)


def drop(store: Store, name: str, now: datetime) -> None:
    """Give the issue up: its posts are free for another. Raises Refused once it is being sent."""
    with store.transaction():
        change_state(store, name, "dropped", now, "")
        free_items(store, name)


def mark_sending(store: Store, name: str, now: datetime) -> None:
    """From approved or stopped to sending. Raises Refused from any other state."""
    change(store, name, "sending", now)


def mark_stopped(store: Store, name: str, now: datetime, sentence: str) -> None:
    """From sending to stopped, and why. Raises Refused from any other state."""
    change(store, name, "stopped", now, sentence)


def mark_sent(store: Store, name: str, now: datetime) -> None:
    """From sending to sent. Raises Refused from any other state, and while a mail still waits or is in doubt."""
    with store.transaction():
        row = store.row(
            "SELECT COUNT(*) AS recipients FROM outbox WHERE issue = ?"
            " AND state IN ('pending', 'claimed', 'deferred', 'uncertain')",
            (name,),
        )
        if row and row["recipients"]:
            raise Refused(f"Issue {name} is not sent: {row['recipients']} of its mails wait or are in doubt.")
        change_state(store, name, "sent", now, "")


def placed(store: Store, posts: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By post id, the newest issue that decided on the post, and why it was left out there; '' when it is in it."""
    found: dict[str, tuple[str, str]] = {}
    for chunk in chunks(sorted(set(posts))):
        left_out = f"SELECT issue, post, reason FROM issue_left_out WHERE post IN ({marks(chunk)}) ORDER BY issue"
        found |= {row["post"]: (row["issue"], row["reason"]) for row in store.rows(left_out, chunk)}
        items = f"SELECT issue, post FROM issue_item WHERE post IN ({marks(chunk)})"
        found |= {row["post"]: (row["issue"], "") for row in store.rows(items, chunk)}
    return found


def change(store: Store, name: str, state: IssueState, now: datetime, sentence: str = "") -> None:
    with store.transaction():
        change_state(store, name, state, now, sentence)


def change_state(store: Store, name: str, state: IssueState, now: datetime, sentence: str) -> None:
    must_come_to(store, name, state)
    values = state, sentence, utc(now), name
    store.write("UPDATE issue SET state = ?, sentence = ?, changed_at = ? WHERE name = ?", values)


def must_come_to(store: Store, name: str, state: IssueState, *, known: bool = True) -> None:
    """Raises Refused when the issue may not come to `state` from the one it is in."""
    row = store.row("SELECT state FROM issue WHERE name = ?", (name,))
    if row is None and known:
        raise Refused(f"There is no issue {name}; `aggregator digest list` shows those there are.")
    if row is not None and row["state"] not in BEFORE[state]:
        raise Refused(f"Issue {name} is {row['state']}; it has to be {' or '.join(BEFORE[state])} to become {state}.")


def refuse_taken(store: Store, posts: Iterable[str]) -> None:
    """Raises Refused when one of `posts` stands in another issue: the same as the constraint, in a sentence."""
    for chunk in chunks(sorted(set(posts))):
        row = store.row(f"SELECT * FROM issue_item WHERE post IN ({marks(chunk)}) ORDER BY post", chunk)
        if row:
            raise Refused(f"Post {row['post']} already is in issue {row['issue']}; a post is in one issue only.")


def free_items(store: Store, name: str) -> None:
    store.write("DELETE FROM issue_item WHERE issue = ?", (name,))
    store.write("DELETE FROM issue_left_out WHERE issue = ?", (name,))
