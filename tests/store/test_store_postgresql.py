"""What only PostgreSQL can do, or do wrong: and in which words an operator hears of it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from aggregator.store import Store, StoreError, open_store, postgres_connection, schema
from aggregator.store.database import Contradiction
from aggregator.store.postgres import PostgresStore
from aggregator.store.postgres_address import address_of
from aggregator.store.postgres_statements import numbered
from aggregator.store.sources import memories, states
from tests import postgres
from tests.on_postgresql import store_url
from tests.store.build import ON_POSTGRESQL, a_post, keep, opened

pytestmark = ON_POSTGRESQL


@pytest.fixture(scope="module")
def own_server() -> object:
    """A server that a test may stop."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("needs PostgreSQL (Debian's package postgresql), which is not installed here")
    with postgres.running(programs) as server:
        yield server


def administer(server: postgres.Server, *statements: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT ? , ?", "SELECT $1 , $2"),
        ("SELECT 'is it so?', ?", "SELECT 'is it so?', $1"),
        ("SELECT 'it''s?' || ? || '%'", "SELECT 'it''s?' || $1 || '%'"),
    ],
)
def test_question_marks_become_numbers(statement: str, expected: str) -> None:
    assert numbered(statement) == expected


def test_publications_share_a_database_and_know_nothing_of_each_other(
    postgresql: postgres.Server, tmp_path: Path
) -> None:
    urls = [f"{postgresql.url}?publication=stad_{name}" for name in ("een", "twee")]
    with open_store(urls[0], tmp_path) as one, open_store(urls[1], tmp_path) as other:
        keep(one, a_post("a"))
        assert memories(other) == {}
        keep(other, a_post("a"))
        assert memories(other)["Een"].post_count == 1


@pytest.mark.parametrize("name", ["Stad", "pg_een", "1e", "een-twee", "", "information_schema", "e" * 64])
def test_a_publication_is_named_in_plain_letters(name: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot name a schema"):
        open_store(f"postgresql://127.0.0.1/x?publication={name}", tmp_path)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://127.0.0.1:1/x", "nothing listens there"),
        ("postgresql:///x?host=/nergens", "no server at this socket"),
        ("postgresql://nergens.invalid/x", "no such host is known"),
        ("postgresql://127.0.0.1/x?nonsense=1", "address cannot be read"),
        ("postgresql:///?service=nergens", "no such service"),
    ],
)
def test_a_server_that_cannot_be_found_is_a_sentence(url: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=words):
        open_store(url, tmp_path)


def test_a_database_that_is_not_there(postgresql: postgres.Server, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="make it with createdb"):
        open_store(postgresql.url.removesuffix("aggregator") + "nergens", tmp_path)


def test_a_password_comes_from_the_environment_and_is_never_shown(
    own_server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    administer(own_server, "CREATE ROLE press LOGIN PASSWORD 'geheim-42'", "GRANT ALL ON DATABASE aggregator TO press")
    rules = own_server.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"host all press 127.0.0.1/32 scram-sha-256\n{before}")
    administer(own_server, "SELECT pg_reload_conf()")
    url = own_server.url.replace("aggregator@", "press@") + "?publication=press"
    with pytest.raises(StoreError, match="set PGPASSWORD"):
        open_store(url, tmp_path)
    monkeypatch.setenv("PGPASSWORD", "verkeerd")
    with pytest.raises(StoreError, match="does not take this user and password"):
        open_store(url, tmp_path)
    monkeypatch.setenv("PGPASSWORD", "geheim-42")
    with open_store(url, tmp_path) as store:
        assert memories(store) == {}
    assert "geheim" not in address_of(url.replace("press@", "press:geheim-42@")).place
    passwords = tmp_path / "pgpass"
    passwords.write_text("127.0.0.1:*:*:press:geheim-42\n")
    passwords.chmod(0o600)
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    with open_store(url, tmp_path):
        pass


def test_rights_encoding_and_standby_are_sentences(own_server: postgres.Server, tmp_path: Path) -> None:
    administer(
        own_server,
        "CREATE ROLE guest LOGIN",
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
        "CREATE DATABASE standby",
        "ALTER DATABASE standby SET default_transaction_read_only = on",
    )
    for url, words in (
        (own_server.url.replace("aggregator@", "guest@"), "grant it CREATE"),
        (own_server.url.removesuffix("aggregator") + "latin", "createdb -E UTF8"),
        (own_server.url.removesuffix("aggregator") + "standby", "it is read-only"),
    ):
        with pytest.raises(StoreError, match=words):
            open_store(url, tmp_path)


def test_too_many_connections_are_a_sentence(own_server: postgres.Server, tmp_path: Path) -> None:
    administer(own_server, "CREATE ROLE few LOGIN CONNECTION LIMIT 1", "GRANT ALL ON DATABASE aggregator TO few")
    url = own_server.url.replace("aggregator@", "few@") + "?publication=few"
    with open_store(url, tmp_path), pytest.raises(StoreError, match="too many connections for role"):
        open_store(url, tmp_path)


def test_a_server_that_was_restarted_is_found_again(own_server: postgres.Server, tmp_path: Path) -> None:
    with open_store(f"{own_server.url}?publication=restarted", tmp_path) as store:
        keep(store, a_post("a"))
        assert store.hold("een.example")
        with pytest.raises(StoreError, match="the connection was lost"), store.transaction():
            store.write("DELETE FROM source")
            own_server.stop()
            own_server.start()
            store.write("DELETE FROM post")
        assert memories(store)["Een"].post_count == 1
        own_server.stop("immediate")
        own_server.start()
        keep(store, a_post("b"))
        assert memories(store)["Een"].post_count == 2
        with open_store(f"{own_server.url}?publication=restarted", tmp_path) as other:
            assert not other.hold("een.example"), "what was held is held again"


def test_what_is_held_is_held_by_one_and_goes_with_its_process(tmp_path: Path) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        assert one.hold("een.example")
        assert other.hold("twee.example")
        assert not other.hold("een.example")
        one.let_go("een.example")
        assert other.hold("een.example")
    with opened(tmp_path) as third:
        assert third.hold("een.example")


def test_writers_go_one_at_a_time_and_see_what_the_one_before_wrote(tmp_path: Path) -> None:
    def count(_: int) -> None:
        with opened(tmp_path) as store:
            for _ in range(25):
                with store.transaction():
                    row = store.row("SELECT value FROM meta WHERE name = 'count'")
                    value = str(int(row["value"]) + 1 if row else 1)
                    store.write("DELETE FROM meta WHERE name = 'count'")
                    store.write("INSERT INTO meta (name, value) VALUES ('count', ?)", (value,))

    opened(tmp_path).close()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    with opened(tmp_path) as store:
        row = store.row("SELECT value FROM meta WHERE name = 'count'")
        assert row is not None
        assert row["value"] == "100"


def test_a_turn_lasts_over_several_transactions(tmp_path: Path) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        assert isinstance(other, PostgresStore)
        other.connection.execute("SET lock_timeout = '50ms'")
        with one.turn():
            keep(one, a_post("a"))
            keep(other, source="Een")  # nothing new: it waits for nobody
            with pytest.raises(StoreError, match="has held its rows or its locks"):
                keep(other, a_post("b", "Twee"))
            keep(one, a_post("c"))
        keep(other, a_post("b", "Twee"))
        assert len(memories(one)) == 2


def test_who_waits_for_a_turn_does_other_things_meanwhile(tmp_path: Path) -> None:
    async def wait_for_a_turn(store: Store, other: PostgresStore) -> int:
        waiting = asyncio.create_task(store.in_turn(count_one))
        for _ in range(20):
            await asyncio.sleep(0)
            memories(store)
        assert not waiting.done()
        other.end_turn()
        return await waiting

    with opened(tmp_path) as one, opened(tmp_path) as other:
        assert isinstance(other, PostgresStore)
        other.take_turn()
        assert asyncio.run(wait_for_a_turn(one, other)) == 1


def test_turns_are_taken_by_one_at_a_time_and_what_fails_in_one_fails_alone(tmp_path: Path) -> None:
    def fail(store: Store) -> int:
        with store.transaction():
            store.write("DELETE FROM meta WHERE name = 'count'")
            raise ValueError("it fails")

    async def many(store: Store) -> list[int | BaseException]:
        works = [fail if number % 5 == 0 else count_one for number in range(25)]
        return await asyncio.gather(*(store.in_turn(work) for work in works), return_exceptions=True)

    def in_one_process(_: int) -> list[int | BaseException]:
        with opened(tmp_path) as store:
            return asyncio.run(many(store))

    opened(tmp_path).close()
    with ThreadPoolExecutor(3) as pool:
        came = [one for several in pool.map(in_one_process, range(3)) for one in several]
    assert sorted(one for one in came if isinstance(one, int)) == list(range(1, 61))
    assert [str(one) for one in came if isinstance(one, BaseException)] == ["it fails"] * 15


def count_one(store: Store) -> int:
    """One more than what the count was, read and written apart."""
    with store.transaction():
        row = store.row("SELECT value FROM meta WHERE name = 'count'")
        value = int(row["value"]) + 1 if row else 1
        store.write_many("DELETE FROM meta WHERE name = 'count'", [()])
        store.write_many("INSERT INTO meta (name, value) VALUES ('count', ?)", [(str(value),)])
    return value


def test_a_turn_that_cannot_be_had_is_said_to_all_who_wait(tmp_path: Path) -> None:
    async def wait_in_vain(store: Store) -> list[int | BaseException]:
        assert isinstance(store, PostgresStore)
        assert await store.in_turn(count_one) == 1
        assert store.turns.own is not None
        store.turns.own.connection.execute("SET lock_timeout = '50ms'")
        with other.turn():
            came = await asyncio.gather(*(store.in_turn(count_one) for _ in range(3)), return_exceptions=True)
        assert await store.in_turn(count_one) == 2, "the next one is not lost with them"
        return came

    with opened(tmp_path) as one, opened(tmp_path) as other:
        came = asyncio.run(wait_in_vain(one))
    assert [type(error) for error in came] == [StoreError] * 3


def test_what_is_not_waited_for_fails_with_its_transaction(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for then in (lambda: None, lambda: store.row("SELECT 1"), lambda: store.write("DELETE FROM source")):
            with pytest.raises(Contradiction, match="duplicate key"), store.transaction():
                store.write_many("INSERT INTO source (name) VALUES (?)", [("Een",), ("Twee",), ("Een",)])
                then()
            assert states(store) == ()
        keep(store, a_post("a"))


def test_many_open_a_new_store_at_once(tmp_path: Path) -> None:
    def read(_: int) -> dict[str, object]:
        with opened(tmp_path) as store:
            return dict(memories(store))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(read, range(6))) == [{}] * 6


def test_a_transaction_in_which_a_statement_failed_is_not_kept_by_halves(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        with pytest.raises(Contradiction), store.transaction():
            store.write("INSERT INTO source (name) VALUES ('Een')")
            with pytest.raises(Contradiction):
                store.write("INSERT INTO source (name) VALUES ('Een')")
        assert states(store) == ()
        keep(store, a_post("a"))


def test_text_that_postgresql_cannot_hold_is_kept_without_it(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a", title="Nul\0 en \ud800 half"))
        row = store.row("SELECT title FROM post")
        assert row is not None
        assert row["title"] == "Nul\ufffd en ? half"


def test_text_sorts_by_its_bytes_whatever_the_database_prefers(tmp_path: Path) -> None:
    with opened(tmp_path) as store, store.transaction():
        for name in ("b", "a", "B", "é", "Z", "-", "aa"):
            store.write("INSERT INTO source (name) VALUES (?)", (name,))
        assert [row["name"] for row in store.rows("SELECT name FROM source ORDER BY name")] == sorted(
            ("b", "a", "B", "é", "Z", "-", "aa"), key=str.encode
        )


def test_a_statement_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert isinstance(store, PostgresStore)
        store.connection.execute("SET statement_timeout = '50ms'")
        with pytest.raises(StoreError, match="took longer than it may"):
            store.rows("SELECT pg_sleep(20)")


def test_tables_do_not_change_under_workers_of_an_older_version(tmp_path: Path) -> None:
    with opened(tmp_path) as store, store.transaction():
        store.write("UPDATE meta SET value = ? WHERE name = 'version'", (str(len(schema.STEPS) - 1),))
        store.write("CREATE TABLE procrastinate_workers (last_heartbeat TIMESTAMPTZ NOT NULL)")
        store.write("INSERT INTO procrastinate_workers VALUES (now())")
    with pytest.raises(StoreError, match="workers of an older version are at work"):
        opened(tmp_path)
    with psycopg.connect(address_of(store_url(tmp_path)).conninfo, autocommit=True) as connection:
        publication = address_of(store_url(tmp_path)).publication
        connection.execute(f'DELETE FROM "{publication}".procrastinate_workers'.encode())
    with opened(tmp_path) as store:
        assert schema.version_of(store) == len(schema.STEPS)


def test_an_upgrade_takes_as_long_as_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(tmp_path).close()
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, ("CREATE TABLE slow AS SELECT pg_sleep(0.2)::TEXT AS a",)))
    monkeypatch.setattr(postgres_connection, "SESSION", ("SET statement_timeout = '100ms'",))
    with opened(tmp_path) as store:
        assert store.has_table("slow")


def test_no_store_but_this_one_needs_psycopg(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None; from pathlib import Path; from aggregator.store import open_store;"
        f"open_store('sqlite:///x.db', Path({str(tmp_path)!r})).close(); open_store({store_url(tmp_path)!r}, Path())"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ".[fleet]" in ended.stderr


def kinds(store: Store) -> dict[str, str]:
    rows = store.rows(
        "SELECT column_name, data_type, collation_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = 'source'"
    )
    return {row["column_name"]: f"{row['data_type']} {row['collation_name'] or ''}".strip() for row in rows}


def test_types_hold_what_sqlite_would(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        found = kinds(store)
    assert found["name"] == "text C"
    assert found["rhythm"] == "double precision"
    assert found["post_count"] == "bigint"
