"""The past is never lost: 2,000 posts in 24 months, with corrections and withdrawals, walked from the feed backwards."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aggregator.model import StoredPost
from aggregator.publish import parts
from aggregator.publish.edition import NEWEST
from aggregator.store import Store
from aggregator.store.copies import relate
from aggregator.store.holding import hold
from tests.publish.build import a_setting, lying_in, published, served
from tests.publish.walking import ATOM, walk
from tests.store.build import a_post, identifier, keep, opened

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
POSTS, MONTHS = 2_000, 24
SOURCES = tuple(f"Bron {number}" for number in range(8))


class History:
    """24 months of a publication: what ought to be published, beside the store that is."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.chance = random.Random(2026)
        self.titles: dict[tuple[str, str], str] = {}
        self.dates: dict[tuple[str, str], datetime] = {}
        self.gone: set[tuple[str, str]] = set()
        self.corrected: set[str] = set()
        """Months that something was corrected in since they were looked at last."""

    def new(self, date: datetime, now: datetime) -> StoredPost:
        key = f"b{len(self.titles)}"
        return self.a_post(self.chance.choice(SOURCES), key, date, f"Titel {key}", now)

    def a_post(self, source: str, key: str, date: datetime, title: str, now: datetime, **more: object) -> StoredPost:
        self.titles[source, key], self.dates[source, key] = title, date
        self.corrected.add(month(date))
        return a_post(key, source, date=date, title=title, content=f"<p>{title}</p>", first_seen=now, **more)

    def correct(self, now: datetime) -> None:
        """Edit posts, withdraw some, put one back, make one a copy of another: of any age."""
        alive = sorted(self.titles.keys() - self.gone)
        for source, key in self.chance.sample(alive, 6):
            first = self.dates[source, key]
            keep(self.store, self.a_post(source, key, first, f"Verbeterd {key} {now:%m}", now, revised=now), now=now)
        *withdrawn, copy = self.chance.sample(alive, 4)
        back = self.chance.sample(sorted(self.gone), min(1, len(self.gone)))
        original = next(one for one in alive if one not in (*withdrawn, copy) and one[0] != copy[0])
        with self.store.transaction():
            hold(self.store, {identifier(*one): "Op verzoek." for one in withdrawn})
            hold(self.store, dict.fromkeys((identifier(*one) for one in back), None))
            relate(self.store, dict.fromkeys((identifier(*one) for one in back), (None, "")))
            relate(
                self.store, {identifier(*original): (None, ""), identifier(*copy): (identifier(*original), "gelijk")}
            )
        self.gone = (self.gone | {*withdrawn, copy}) - set(back)
        self.corrected |= {month(self.dates[one]) for one in (*withdrawn, *back, copy, original)}
        for copies in self.store.rows("SELECT source, post_key FROM post WHERE copy_of IS NOT NULL"):
            self.gone.add((copies["source"], copies["post_key"]))


def month(date: datetime) -> str:
    return f"{date.astimezone(ZoneInfo('Europe/Amsterdam')):%Y-%m}"


def test_a_walker_rebuilds_every_post_once_after_two_years_of_corrections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "BOUND", 60)  # so that busy months are divided
    out = tmp_path / "out"
    out.mkdir()
    with served(out) as url, opened(tmp_path) as store:
        settings = a_setting(tmp_path, *SOURCES, url=url)
        history = History(store)
        ever: set[str] = set()
        closed: dict[str, bytes] = {}
        for number in range(MONTHS):
            year, index = divmod(number, 12)
            start = datetime(2025 + year, index + 1, 1, tzinfo=UTC)
            # A quiet month holds fewer posts than the feed, a busy one many more.
            count = (POSTS - len(history.titles)) // (MONTHS - number) if number % 2 else 20
            fresh: dict[str, list[StoredPost]] = {}
            for place in range(count):
                late = history.chance.random() < 0.05 and number > 2
                date = start + timedelta(minutes=place * 60 * 24 * 27 // count)
                one = history.new(date - timedelta(days=70 * late), start + timedelta(days=27))
                fresh.setdefault(one.post.source, []).append(one)
            for posts in fresh.values():
                keep(store, *posts, now=start + timedelta(days=27))
            now = start + timedelta(days=27, hours=number)
            if number > 1:
                history.correct(now)
            published(settings, store, now)
            ever |= walk(f"{url}atom.xml").entries.keys()
            pages = {name: body for name, body in lying_in(out).items() if name.endswith(".xml") and "archive/" in name}
            for name in sorted(closed.keys() & pages.keys()):
                if name.removeprefix("archive/")[:7] not in history.corrected:
                    assert pages[name] == closed[name], f"{name} changed, and nothing in it was corrected"
            history.corrected.clear()
            closed = {name: body for name, body in pages.items() if name < f"archive/{month(now)}"}

        assert len(history.titles) == POSTS
        found = walk(f"{url}atom.xml")
        rows = {
            row["entry_id"]: (row["source"], row["post_key"])
            for row in store.rows("SELECT source, post_key, entry_id FROM post WHERE entry_id IS NOT NULL")
        }
        titles = {rows[one]: entry.findtext(f"{ATOM}title") for one, entry in found.entries.items()}
        assert titles == {one: title for one, title in history.titles.items() if one not in history.gone}
        assert found.twice == []
        assert len(found.documents) == len(pages) + 1
        # Whatever readers ever saw is an entry or has a tombstone, and nothing is both.
        assert ever <= found.entries.keys() | found.tombstones.keys()
        assert not found.entries.keys() & found.tombstones.keys()
        assert len(pages) > MONTHS + 12
        assert len(found.tombstones) >= MONTHS


@pytest.mark.usefixtures("either_store")
def test_while_everything_fits_the_feed_says_that_it_is_complete(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    now = datetime(2026, 6, 1, tzinfo=UTC)
    with served(out) as url, opened(tmp_path) as store:
        settings = a_setting(tmp_path, url=url)
        keep(store, *[a_post(f"p{number}", date=now - timedelta(days=number + 1)) for number in range(NEWEST)])
        published(settings, store, now)
        assert walk(f"{url}atom.xml").documents == [f"{url}atom.xml"]
        assert not list((out / "archive").glob("*.xml"))
        keep(store, a_post("een te veel", date=now - timedelta(days=200)))
        published(settings, store, now)
        found = walk(f"{url}atom.xml")
        assert len(found.entries) == NEWEST + 1
        assert found.documents == [f"{url}{path}" for path in ("atom.xml", "archive/2025-11.xml")]
        with store.transaction():
            hold(store, {identifier("Een", "p3"): "Op verzoek."})
        published(settings, store, now)
        found = walk(f"{url}atom.xml")
        assert (len(found.entries), len(found.tombstones), len(found.documents)) == (NEWEST, 1, 1)
        assert not list((out / "archive").glob("*.xml"))
