"""Opening a store: what is made, what is refused, and in which words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.store import StoreError, open_store, publishing, schema
from aggregator.store.database import Contradiction, Store
from aggregator.store.sources import memories
from aggregator.store.sqlite import SqliteStore
from tests.store.build import ON_SQLITE, a_post, keep, opened


def test_a_new_store_is_made_and_holds_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert memories(store) == {}


@ON_SQLITE
def test_a_new_file_is_made_with_its_folder(tmp_path: Path) -> None:
    with opened(tmp_path):
        assert (tmp_path / "state" / "aggregator.db").is_file()


@ON_SQLITE
def test_who_reads_the_newsletter_is_for_the_owner_of_the_store_only(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a"))
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / "state").glob("aggregator.db*")} == {0o600}


def test_what_was_kept_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a"))
    with opened(tmp_path) as store:
        assert memories(store)["Een"].post_count == 1


@ON_SQLITE
def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/elders/blogs.db", Path("/nergens")):
        assert (tmp_path / "elders" / "blogs.db").is_file()


def test_a_store_made_by_a_newer_program_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as store, store.transaction():
        store.write("UPDATE meta SET value = '999' WHERE name = 'version'")
    with pytest.raises(StoreError, match="use the newer program that made it"):
        opened(tmp_path)


def test_an_upgrade_that_is_broken_off_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = schema.STEPS
    monkeypatch.setattr(schema, "STEPS", steps[:1])
    with opened(tmp_path) as store, store.transaction():
        store.write("INSERT INTO source (name) VALUES ('Een')")
    monkeypatch.setattr(schema, "STEPS", (*steps, ("CREATE TABLE one (name TEXT)", "no statement at all")))
    with pytest.raises((StoreError, Contradiction)):
        opened(tmp_path)
    monkeypatch.setattr(schema, "STEPS", steps)
    with opened(tmp_path) as store:
        assert schema.version_of(store) == len(steps)
        assert not store.has_table("one")
        assert list(memories(store)) == ["Een"]


def test_what_waits_to_be_published_waits_after_the_upgrade_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks named a day, and name a minute."""
    place = next(place for place, step in enumerate(schema.STEPS) if "RENAME COLUMN day TO minute" in step[0])
    monkeypatch.setattr(schema, "STEPS", schema.STEPS[: place + 1])
    with opened(tmp_path) as store:
        with store.transaction():
            store.write("ALTER TABLE source ADD COLUMN read_as TEXT")  # came later, and keeping writes it
        keep(store, *[a_post(key, source) for key, source in (("a", "Een"), ("b", "Een"), ("c", "Twee"))])
        marks = publishing.marked(store)
        with store.transaction():
            store.write("DELETE FROM unpublished WHERE source = 'Twee'")
            store.write("UPDATE unpublished SET minute = substr(minute, 1, 10)")
            store.write("ALTER TABLE unpublished RENAME COLUMN minute TO day")
            store.write("UPDATE meta SET value = ? WHERE name = 'version'", (str(place),))
    with opened(tmp_path) as store:
        assert [(one.minute, one.source) for one in publishing.marked(store)] == [
            (one.minute, one.source) for one in marks if one.source == "Een"
        ]


def garbage(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this was a database once " * 1000)


def no_folder(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")


def a_folder(path: Path) -> None:
    path.mkdir(parents=True)


@ON_SQLITE
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(garbage, "damaged or no store", id="no database at all"),
        pytest.param(no_folder, "check the owner and rights", id="a file in the folder's place"),
        pytest.param(a_folder, "check the owner and rights", id="a folder in the file's place"),
    ],
)
def test_a_store_that_cannot_be_used_is_refused_with_its_path_and_a_sentence(
    tmp_path: Path, spoil: object, words: str
) -> None:
    path = tmp_path / "state" / "aggregator.db"
    assert callable(spoil)
    spoil(path)
    with pytest.raises(StoreError, match=words) as refusal:
        opened(tmp_path)
    assert str(path.parent) in str(refusal.value)


@ON_SQLITE
@pytest.mark.parametrize("url", ["postgres://localhost/blogs", "mysql://x", "blogs.db"])
def test_other_databases_are_refused_with_a_sentence(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="write sqlite:///PATH"):
        open_store(url, tmp_path)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        with pytest.raises(ZeroDivisionError), store.transaction():
            store.write("INSERT INTO source (name) VALUES ('Een')")
            raise ZeroDivisionError
        assert store.rows("SELECT * FROM source") == []


def test_transactions_do_not_nest(tmp_path: Path) -> None:
    with opened(tmp_path) as store, store.transaction(), pytest.raises(StoreError), store.transaction():
        pass


def fill_the_disk(store: Store) -> None:
    """SQLite itself says the disk is full when a store may not grow: the same error at the same place."""
    assert isinstance(store, SqliteStore)
    pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
    store.connection.execute(f"PRAGMA max_page_count = {pages}")


@ON_SQLITE
def test_a_full_disk_is_told_in_a_sentence_and_loses_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a"))
        fill_the_disk(store)
        with pytest.raises(StoreError, match="make room and run again"):
            keep(store, a_post("b", content="x" * 1_000_000))
        assert memories(store)["Een"].post_count == 1
    with opened(tmp_path) as store:
        keep(store, a_post("b", content="x" * 1_000_000))
        assert memories(store)["Een"].post_count == 2


def test_a_broken_promise_of_the_tables_is_no_fault_of_the_store(tmp_path: Path) -> None:
    with opened(tmp_path) as store, pytest.raises(Contradiction), store.transaction():
        store.write("INSERT INTO source (name) VALUES ('Een')")
        store.write("INSERT INTO source (name) VALUES ('Een')")


@ON_SQLITE
def test_importing_the_store_needs_little(tmp_path: Path) -> None:
    code = "import sys, aggregator.store, aggregator.store.sources; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "lxml", "feedparser", "pydantic", "psycopg", "asyncio", "rich"} & set(modules)


def test_looking_on_does_not_wait_for_a_run_that_writes(tmp_path: Path) -> None:
    with opened(tmp_path) as writing:
        keep(writing, a_post("a"))
        with writing.transaction():
            writing.write("DELETE FROM source")
            with opened(tmp_path) as looking:
                assert memories(looking)["Een"].post_count == 1


@ON_SQLITE
def test_only_what_may_come_to_the_disk_with_later_commits_does_not_wait_for_it(tmp_path: Path) -> None:
    full, normal = 2, 1
    with opened(tmp_path) as store:
        for soon in (True, False, True, True, False, False):
            with store.transaction(soon=soon):
                asked = store.row("SELECT synchronous FROM pragma_synchronous")
                assert asked is not None
                assert asked["synchronous"] == (normal if soon else full)
