"""Publishing costs what changed, and ends with the bytes of one that makes everything anew."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from aggregator.model import StoredPost
from aggregator.publish import PublishError, idle, lying, parts, publish
from aggregator.settings import Feeds, Settings
from aggregator.store import Store
from aggregator.store.copies import relate
from aggregator.store.holding import hold
from aggregator.store.publishing import Filed, Settled, settle
from aggregator.store.schema import upgrade
from aggregator.store.sqlite import SqliteStore, open_sqlite
from tests.on_postgresql import STANDARD
from tests.publish.build import a_setting, lying_in, published
from tests.store.build import a_post, identifier, keep


def opened(folder: Path) -> SqliteStore:
    """A store that lies in `folder`, so that it can be copied with it."""
    store = open_sqlite(STANDARD, folder)
    upgrade(store)
    return store


DAY = timedelta(days=1)
NOW = datetime(2026, 10, 15, 12, tzinfo=UTC)
SOURCES = ("Een", "Twee", "Drie")
MANY = int(os.environ.get("AGGREGATOR_EXAMPLES", "4"))


def many(count: int, *, until: datetime = NOW, source: str = "Een") -> list[StoredPost]:
    """`count` posts, four a month, the newest first."""
    return [
        a_post(f"p{number}", source, date=until - timedelta(days=1 + number * 7.5), content=f"<p>Tekst {number}.</p>")
        for number in range(count)
    ]


@contextmanager
def forgetful(settings_folder: Path) -> Iterator[Store]:
    """A copy of the store that knows nothing of what was published; but not since when posts are withdrawn."""
    with TemporaryDirectory() as other:
        shutil.copytree(settings_folder / "state", Path(other) / "state")
        with opened(Path(other)) as store:
            with store.transaction():
                store.write("DELETE FROM published_file")
                store.write("DELETE FROM unpublished")
                store.write("DELETE FROM meta WHERE name LIKE 'published%'")
            yield store


def from_scratch(folder: Path, now: datetime, **more: Any) -> dict[str, bytes]:
    """What publishing everything anew gives."""
    with forgetful(folder) as store, TemporaryDirectory() as other:
        publish(a_setting(Path(other), *SOURCES, **more), store, now)
        return lying_in(Path(other) / "out")


FEEDS = Feeds(sources="all", tags=("Klant",))


THEN = st.booleans()
"""Whether it is published at once."""


class Changing(RuleBasedStateMachine):
    """Whatever happens to posts, and however often they are published meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(parts, "BOUND", 3)  # four posts a month, and what is added: months are divided, and again
        self.patch.setattr(lying, "LOOKED_AT", 1)  # hardly a file that did not change is looked at
        self.place = TemporaryDirectory()
        self.folder = Path(self.place.name)
        self.store = opened(self.folder)
        self.now = NOW
        self.keys: list[tuple[str, str]] = []

    def teardown(self) -> None:
        self.patch.undo()
        self.store.close()
        self.place.cleanup()

    @initialize(count=st.sampled_from([3, 49, 52, 60]))
    def begin(self, count: int) -> None:
        posts = many(count)
        keep(self.store, *posts)
        self.keys += [("Een", stored.post.key) for stored in posts[::10]]

    @rule(source=st.sampled_from(SOURCES), ago=st.integers(-40, 500), tags=st.sampled_from([(), ("Klant",)]), then=THEN)
    def add(self, source: str, ago: int, tags: tuple[str, ...], then: bool) -> None:
        key = f"n{len(self.keys)}"
        keep(self.store, a_post(key, source, date=self.now - ago * DAY, tags=tags, first_seen=self.now), now=self.now)
        self.keys.append((source, key))
        if then:
            self.publish()

    @rule(which=st.integers(0, 1000), ago=st.integers(-40, 500), title=st.sampled_from(["Nieuw", "Anders"]), then=THEN)
    def edit(self, which: int, ago: int, title: str, then: bool) -> None:
        source, key = self.keys[which % len(self.keys)]
        edited = a_post(key, source, date=self.now - ago * DAY, title=title, revised=self.now, first_seen=self.now)
        keep(self.store, edited, now=self.now)
        if then:
            self.publish()

    @rule(one=st.integers(0, 1000), other=st.integers(0, 1000), apart=st.booleans(), then=THEN)
    def match(self, one: int, other: int, apart: bool, then: bool) -> None:
        first, second = (identifier(*self.keys[number % len(self.keys)]) for number in (one, other))
        if first != second:
            with self.store.transaction():
                relate(self.store, {first: (None, "")} | ({} if apart else {second: (first, "gelijk")}))
        if then:
            self.publish()

    @rule(which=st.integers(0, 1000), why=st.sampled_from([None, "omdat"]), then=THEN)
    def withhold(self, which: int, why: str | None, then: bool) -> None:
        with self.store.transaction():
            hold(self.store, {identifier(*self.keys[which % len(self.keys)]): why})
        if then:
            self.publish()

    @rule(
        source=st.sampled_from(SOURCES),
        icon=st.sampled_from(["https://a.example/1.png", "https://a.example/2.png"]),
        then=THEN,
    )
    def describe(self, source: str, icon: str, then: bool) -> None:
        with self.store.transaction():
            self.store.write("UPDATE source SET icon = ? WHERE name = ?", (icon, source))
        if then:
            self.publish()

    @rule(days=st.integers(0, 45), then=THEN)
    def wait(self, days: int, then: bool) -> None:
        self.now += days * DAY
        if then:
            self.publish()

    @rule()
    def publish(self) -> None:
        """Publish what changed; all else stays untouched, and all is as if made anew."""
        published(a_setting(self.folder, *SOURCES, feeds=FEEDS), self.store, self.now)
        assert lying_in(self.folder / "out") == from_scratch(self.folder, self.now, feeds=FEEDS)
        again = published(a_setting(self.folder, *SOURCES, feeds=FEEDS), self.store, self.now)
        assert again.written == ()


TestChanging = Changing.TestCase
TestChanging.settings = hypothesis_settings(max_examples=MANY, stateful_step_count=8, deadline=None)


def test_what_changes_without_any_post_being_recorded_is_published_too(tmp_path: Path) -> None:
    """A date that passes, a copy that is set apart again, and a copy that is corrected, each on a page of its own."""
    with opened(tmp_path) as store:
        keep(store, *many(60))
        keep(store, a_post("straks", "Twee", date=NOW + 2 * DAY), a_post("kopie", "Twee", date=NOW - 40 * DAY))
        original, copy = identifier("Een", "p30"), identifier("Twee", "kopie")
        with store.transaction():
            relate(store, {original: (None, ""), copy: (original, "gelijk")})
        setting = a_setting(tmp_path, *SOURCES)

        def pages(now: datetime) -> set[str]:
            written = published(setting, store, now).written
            assert lying_in(tmp_path / "out") == from_scratch(tmp_path, now)
            return {
                path.removeprefix("archive/")
                for path in written
                if path.startswith("archive/") and path.endswith(".xml")
            }

        pages(NOW)
        assert pages(NOW + DAY) == set()
        assert pages(NOW + 3 * DAY) == {"2026-10.xml"}
        keep(store, a_post("kopie", "Twee", date=NOW - 40 * DAY, link="https://twee.example/elders"))
        assert pages(NOW + 3 * DAY) == {"2026-03.xml"}
        with store.transaction():
            relate(store, {copy: (None, "")})
        assert pages(NOW + 3 * DAY) == {"2026-03.xml", "2026-09.xml"}
        with store.transaction():
            relate(store, {original: (None, ""), copy: (original, "gelijk")})
        assert pages(NOW + 3 * DAY) == {"2026-03.xml", "2026-09.xml"}


def test_the_feed_of_a_source_follows_the_originals_of_its_copies(tmp_path: Path) -> None:
    """Whose date passes, or whose source calls itself otherwise, without anything happening to the source itself."""
    with opened(tmp_path) as store:
        keep(store, a_post("straks", date=NOW + DAY))
        keep(store, a_post("kopie", "Twee"), a_post("nog later", "Twee", date=NOW + 9 * DAY))
        original, *copies = (identifier("Een", "straks"), identifier("Twee", "kopie"), identifier("Twee", "nog later"))
        with store.transaction():
            relate(store, {original: (None, ""), copies[0]: (original, "gelijk"), copies[1]: (original, "gelijk")})
        setting, feed = a_setting(tmp_path, *SOURCES, feeds=FEEDS), tmp_path / "out/feeds/sources/twee.xml"
        published(setting, store, NOW)
        assert b"<entry" not in feed.read_bytes()
        published(setting, store, NOW + 2 * DAY)
        assert b"<entry" in feed.read_bytes()
        with store.transaction():
            store.write("UPDATE source SET icon = 'https://een.example/1.png' WHERE name = 'Een'")
        published(setting, store, NOW + 2 * DAY)
        assert lying_in(tmp_path / "out") == from_scratch(tmp_path, NOW + 2 * DAY, feeds=FEEDS)


def test_another_time_zone_or_address_is_another_publication(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, *many(60), a_post("alleen", date=datetime(2020, 12, 31, 23, 30, tzinfo=UTC)))
        published(a_setting(tmp_path, *SOURCES), store, NOW)
        assert (tmp_path / "out/archive/2021-01.xml").is_file()
        for more in (
            {"timezone": "America/New_York"},
            {"timezone": "Europe/Amsterdam", "url": "https://example.org/b/"},
        ):
            published(a_setting(tmp_path, *SOURCES, **more), store, NOW)
            assert lying_in(tmp_path / "out") == from_scratch(tmp_path, NOW, **more)


def test_one_new_post_touches_the_files_that_tell_of_it_and_no_other(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, *many(200))
        setting = a_setting(tmp_path, *SOURCES, feeds=Feeds(sources="all"))
        published(setting, store, NOW)
        times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
        assert published(setting, store, NOW).written == ()
        keep(store, a_post("nieuw", "Twee", date=NOW - timedelta(hours=1)))
        statements: list[str] = []
        store.connection.set_trace_callback(statements.append)
        written = published(setting, store, NOW).written
        store.connection.set_trace_callback(None)
        feeds = {"atom.xml", "rss.xml", "feed.json", "archive/2026-10.xml", "feeds/sources/twee.xml"}
        assert {path for path in written if path.endswith((".xml", ".json")) and "status" not in path} == feeds
        assert {path.removesuffix(".gz") for path in written if path.endswith(".gz")} >= feeds
        touched = {path for path, time in times.items() if path.is_file() and path.stat().st_mtime_ns != time}
        assert {str(path.relative_to(tmp_path / "out")) for path in touched} <= set(written)
        reading = [one for one in statements if "FROM post" in one and "content" in one]
        assert all("date_utc >=" in one or "LIMIT" in one or "IN (" in one for one in reading), reading


def test_a_file_that_somebody_touched_is_made_again(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, *many(60))
        setting = a_setting(tmp_path)
        published(setting, store, NOW)
        whole = lying_in(tmp_path / "out")
        (tmp_path / "out/archive/2026-06.xml").write_text("bedorven")
        (tmp_path / "out/atom.xml.gz").unlink()
        assert published(setting, store, NOW).written == ("archive/2026-06.xml", "atom.xml.gz")
        shutil.rmtree(tmp_path / "out")
        published(setting, store, NOW)
        assert lying_in(tmp_path / "out") == whole


def test_of_a_large_archive_every_file_is_looked_at_in_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lying, "LOOKED_AT", 2)
    with opened(tmp_path) as store:
        keep(store, *many(120))
        setting, out = a_setting(tmp_path), tmp_path / "out"
        published(setting, store, NOW)
        whole, old = lying_in(out), out / "archive/2025-03.xml"
        old.unlink()
        assert not is_idle_at(setting, store, NOW)
        assert published(setting, store, NOW).written == ("archive/2025-03.xml",), "what is gone is missed at once"
        old.write_text("bedorven")
        assert publish(setting, store, NOW, thorough=True).written == ("archive/2025-03.xml",)
        old.write_text("bedorven")
        hours = 0
        while lying_in(out) != whole:
            hours += 1
            if not is_idle_at(setting, store, NOW + timedelta(hours=hours)):
                published(setting, store, NOW + timedelta(hours=hours))
        assert 0 < hours < len(whole) / 2, "each has its turn"


@pytest.mark.parametrize("every", [1, 24])
def test_each_file_of_an_archive_has_its_turn_however_often_a_run_comes(every: int, tmp_path: Path) -> None:
    files = {f"archive/{number:04}.xml": Filed("", "", "") for number in range(240)}
    with opened(tmp_path) as store:
        settle(store, Settled((), NOW, {}, files, (), ()))
        seen = {path for run in range(60) for path in lying.in_turn(store, NOW + run * every * timedelta(hours=1))}
    assert seen == set(files)


def is_idle_at(setting: Settings, store: Store, now: datetime) -> bool:
    idle.note_brought_out(setting, store)
    return idle.is_idle(setting, store, now)


def test_what_leads_to_a_page_is_written_when_the_page_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, Path]] = []
    bringing = sys.modules["aggregator.publish.bringing"]
    put_with_twin, sync = bringing.put_with_twin, bringing.sync

    def put(path: Path, *given: Any) -> tuple[str, ...]:
        replaced: tuple[str, ...] = put_with_twin(path, *given)
        seen.extend([("put", path.parent)] if replaced else [])
        return replaced

    def synced(folder: Path) -> None:
        sync(folder)
        seen.append(("synced", folder))

    monkeypatch.setattr(bringing, "put_with_twin", put)
    monkeypatch.setattr(bringing, "sync", synced)
    with opened(tmp_path) as store:
        keep(store, *many(60))
        setting = a_setting(tmp_path, *SOURCES, feeds=Feeds(sources="all"))
        for change in range(2):
            keep(store, a_post(f"nieuw{change}", date=NOW - 200 * DAY))
            seen.clear()
            published(setting, store, NOW)
            folders = [folder for what, folder in seen if what == "put"]
            assert tmp_path / "out/archive" in folders
            waiting: set[Path] = set()
            for what, folder in seen:
                assert what == "synced" or waiting <= {folder}, "of one folder only may something not be on the disk"
                waiting = waiting - {folder} if what == "synced" else {folder}
            assert not waiting, "all is on the disk at the end"


def test_a_run_that_dies_before_its_end_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    """A file that cannot be written stands for every other way to die: what was marked stays marked."""
    with opened(tmp_path) as store:
        keep(store, *many(60))
        setting = a_setting(tmp_path, *SOURCES)
        published(setting, store, NOW)
        keep(store, a_post("nieuw", date=NOW - 200 * DAY))
        (tmp_path / "out/atom.xml").unlink()
        (tmp_path / "out/atom.xml").mkdir()
        with pytest.raises(PublishError, match="still stands"):
            publish(setting, store, NOW)
        (tmp_path / "out/atom.xml").rmdir()
        published(setting, store, NOW)
        assert lying_in(tmp_path / "out") == from_scratch(tmp_path, NOW)


def test_where_a_page_cannot_be_written_what_leads_to_it_is_not(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, *many(60))
        setting, out = a_setting(tmp_path, *SOURCES), tmp_path / "out"
        published(setting, store, NOW)
        whole = lying_in(out)
        keep(store, a_post("nieuw", date=NOW - 2 * DAY))
        page = out / "archive/2026-10.xml"
        page.unlink()
        page.mkdir()
        with pytest.raises(PublishError, match=r"2026-10\.xml: .* still stands"):
            publish(setting, store, NOW)
        left = {path: body for path, body in lying_in(out).items() if not path.endswith(".part")}
        assert left == {path: body for path, body in whole.items() if path != "archive/2026-10.xml"}


def test_times_are_those_of_the_content_and_never_stand_still_while_it_changes(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, *many(60))
        setting = a_setting(tmp_path)
        published(setting, store, NOW)
        feed, page = tmp_path / "out/atom.xml", tmp_path / "out/archive/2026-06.xml"
        newest = NOW - DAY
        assert feed.stat().st_mtime == newest.timestamp()
        assert page.stat().st_mtime < newest.timestamp() - 90 * 86_400
        for path in (feed, page):
            twin = path.with_name(f"{path.name}.gz")
            assert gzip.decompress(twin.read_bytes()) == path.read_bytes()
            assert twin.stat().st_mtime == path.stat().st_mtime
        with store.transaction():
            hold(store, {identifier("Een", "p0"): "Op verzoek."})
        published(setting, store, NOW)
        # The newest entry is older now; the file is not, or caches would hold on to what was withdrawn.
        assert feed.stat().st_mtime == newest.timestamp() + 1


def test_a_packed_copy_made_by_another_zlib_stays(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, *many(3))
        published(a_setting(tmp_path), store, NOW)
        twin = tmp_path / "out/atom.xml.gz"
        other = gzip.compress((tmp_path / "out/atom.xml").read_bytes(), 1)
        twin.write_bytes(other)
        assert zlib.decompress(other, 31)
        assert published(a_setting(tmp_path), store, NOW).written == ()
        assert twin.read_bytes() == other


PROGRAM = """
import sys, tempfile
from pathlib import Path
from tests.publish.test_publish_changes import *
with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as store:
    keep(store, *many(60))
    published(a_setting(Path(folder), *SOURCES, feeds=FEEDS), store, NOW)
    for name, body in lying_in(Path(folder) / "out").items():
        print(name, zlib.crc32(body))
"""


def test_the_bytes_are_the_same_in_every_zone_and_locale() -> None:
    found = set()
    for zone, locale, seed in (
        ("UTC", "C", "0"),
        ("Asia/Tokyo", "nl_NL.UTF-8", "1"),
        ("America/New_York", "C.UTF-8", "2"),
    ):
        environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed}
        root = Path(__file__).parents[2]
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True, cwd=root
        )
        found.add(run.stdout)
    assert len(found) == 1
    assert found.pop().count(b"\n") > 20
