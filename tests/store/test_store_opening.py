"""Opening a store: what is made, what is refused, and in which words."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.store import StoreError, open_store
from aggregator.store.database import Contradiction, Store
from aggregator.store.sources import memories
from tests.store.build import URL, a_post, keep, opened


def test_a_new_store_is_made_with_its_folder_and_holds_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert memories(store) == {}
    assert (tmp_path / "state" / "aggregator.db").is_file()


def test_what_was_kept_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a"))
    with opened(tmp_path) as store:
        assert memories(store)["Een"].post_count == 1


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/elders/blogs.db", Path("/nergens")):
        assert (tmp_path / "elders" / "blogs.db").is_file()


def newer(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        connection.execute("INSERT INTO meta VALUES ('version', '999')")


def garbage(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this was a database once " * 1000)


def no_folder(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")


def a_folder(path: Path) -> None:
    path.mkdir(parents=True)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(newer, "use the newer program", id="made by a newer program"),
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


@pytest.mark.parametrize("url", ["postgresql://localhost/blogs", "mysql://x", "blogs.db"])
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
    pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
    store.connection.execute(f"PRAGMA max_page_count = {pages}")


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


def test_importing_the_store_needs_little(tmp_path: Path) -> None:
    code = "import sys, aggregator.store, aggregator.store.sources; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"httpx", "lxml", "feedparser", "pydantic", "psycopg", "asyncio", "rich"} & set(modules)


def test_looking_on_does_not_wait_for_a_run_that_writes(tmp_path: Path) -> None:
    with opened(tmp_path) as writing:
        keep(writing, a_post("a"))
        with writing.transaction():
            writing.write("DELETE FROM source")
            with open_store(URL, tmp_path) as looking:
                assert memories(looking)["Een"].post_count == 1
