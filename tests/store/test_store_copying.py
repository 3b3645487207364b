"""A store copied to the other kind and back holds the same, to the last byte."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.model import Verdict
from aggregator.store import Refused, Store, StoreError, copying, issues, open_store, outbox
from aggregator.store.copying import copy_store, fingerprint, tables_of
from aggregator.store.holding import note
from aggregator.store.sources import let_rest
from aggregator.store.subscribers import Newcomer, add, remove
from tests import postgres
from tests.store.build import NOW, ON_SQLITE, a_post, keep
from tests.store.test_store_issues import an_issue

pytestmark = ON_SQLITE
SQLITE, BACK = "sqlite:///state/een.db", "sqlite:///state/terug.db"


def fill(store: Store) -> None:
    """Something in every table that the rooms write to."""
    for source in ("Een", "Twee"):
        posts = [a_post(str(number), source, content="é ❤ " * number) for number in range(700)]
        keep(
            store,
            *posts,
            fingerprints={post.id: [2**62 + number, -5] for number, post in enumerate(posts)},
            addresses={post.id: [post.post.link] for post in posts},
            verdicts=[(post.id, Verdict("new", "It was not seen before.")) for post in posts],
            set_aside={"https://een.example/x": "It holds no post."},
            response_seconds=0.1 + 0.2,
        )
    let_rest(store, {"x.example": NOW + timedelta(hours=1)}, NOW)
    add(store, [Newcomer("jan@example.org"), Newcomer("fatma@example.org")], NOW)
    remove(store, "fatma@example.org", "no more", NOW)
    issues.save_built(store, an_issue(), NOW)
    issues.approve(store, "2026-10", NOW)
    outbox.prepare(store, "2026-10", lambda identity: f"<{identity}>", NOW)
    with store.transaction():
        note(store, "rules", "{}")


def test_there_and_back_again(tmp_path: Path, postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    there = f"{postgresql.url}?publication={postgres.publication_of(tmp_path)}"
    with open_store(SQLITE, tmp_path) as store:
        fill(store)
        before = {table: fingerprint(store, table) for table in tables_of(store)}
    copied = dict(copy_store(SQLITE, there, tmp_path))
    assert copied == {table: count for table, (count, _) in before.items()}
    assert copied["post"] == 1400
    shared: list[bool] = []

    def asked(store: Store, table: str) -> tuple[int, str]:
        shared.append(store.shared)
        return fingerprint(store, table)

    monkeypatch.setattr(copying, "fingerprint", asked)
    copy_store(there, BACK, tmp_path)
    assert shared == sorted(shared, reverse=True), "PostgreSQL would end a turn in which nothing is read for a minute"
    with open_store(BACK, tmp_path) as store:
        assert {table: fingerprint(store, table) for table in tables_of(store)} == before
        keep(store, a_post("later"))


def test_a_store_that_holds_something_is_not_written_over(tmp_path: Path) -> None:
    for url in (SQLITE, BACK):
        with open_store(url, tmp_path) as store:
            keep(store, a_post("a"))
    with pytest.raises(Refused, match="is not empty"):
        copy_store(SQLITE, BACK, tmp_path)
    with pytest.raises(Refused, match="onto itself"):
        copy_store(SQLITE, SQLITE, tmp_path)


def test_a_copy_that_breaks_off_leaves_the_target_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(SQLITE, tmp_path) as store:
        keep(store, a_post("a"))
    whole = copying.copy_table

    def breaks(one: Store, other: Store, table: str) -> None:
        whole(one, other, table)
        if table == "post":
            raise KeyboardInterrupt

    monkeypatch.setattr(copying, "copy_table", breaks)
    with pytest.raises(KeyboardInterrupt):
        copy_store(SQLITE, BACK, tmp_path)
    monkeypatch.setattr(copying, "copy_table", whole)
    assert dict(copy_store(SQLITE, BACK, tmp_path))["post"] == 1


def test_a_copy_that_differs_is_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(SQLITE, tmp_path) as store:
        keep(store, a_post("a"), a_post("b"))
    whole = copying.copy_table

    def loses(one: Store, other: Store, table: str) -> None:
        whole(one, other, table)
        if table == "post":
            other.write("UPDATE post SET title = 'anders' WHERE post_key = 'a'")

    monkeypatch.setattr(copying, "copy_table", loses)
    with pytest.raises(StoreError, match="post differs"):
        copy_store(SQLITE, BACK, tmp_path)
