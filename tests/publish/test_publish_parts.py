"""The archive in parts of a bounded size: of days or minutes, at addresses that hold, walked from one to the next."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.months import days_of_utc, minutes_of_utc
from aggregator.publish import PublishError, files, identifiers, parts, publish
from aggregator.publish.edition import NEWEST
from aggregator.publish.parts import Part, begin_of, name_of, part
from aggregator.store import Store
from aggregator.store.entry_ids import freeze_entry_ids
from aggregator.store.holding import hold
from tests.publish.build import a_setting, lying_in, published, served
from tests.publish.walking import walk
from tests.store.build import a_post, identifier, keep, opened

BOUND = 20
MONTH = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "BOUND", BOUND)


def write(store: Store, counts: dict[int, int], *, round_: int = 0) -> None:
    """So many posts on each of these days of the month."""
    posts = [
        a_post(f"{round_}-{day}-{number}", date=MONTH + (day - 1) * DAY + timedelta(minutes=number))
        for day, count in counts.items()
        for number in range(count)
    ]
    keep(store, *posts)


def pages(out: Path) -> dict[str, str]:
    """The pages of the archive for programs, by name, in order."""
    return dict(sorted((path.stem, path.read_text("utf-8")) for path in (out / "archive").glob("*.xml")))


def days_in(page: str) -> Counter[int]:
    """How many entries a page holds of each day of its month, in Amsterdam."""
    dates = re.findall(r"<published>([^<]+)</published>", page)
    return Counter(datetime.fromisoformat(one).astimezone(ZoneInfo("Europe/Amsterdam")).day for one in dates)


def days_by_part(out: Path) -> dict[str, dict[int, int]]:
    return {name: dict(sorted(days_in(page).items())) for name, page in pages(out).items()}


DIVIDED: dict[str, tuple[dict[int, int], dict[str, dict[int, int]]]] = {
    "as much as one page holds": ({1: 10, 31: 10}, {"2026-01": {1: 10, 31: 10}}),
    "one more": ({1: 10, 31: 11}, {"2026-01": {1: 10}, "2026-01-31": {31: 11}}),
    "whole days, as many as fit": (
        {2: 8, 3: 8, 9: 8, 10: 12, 11: 1},
        {"2026-01": {2: 8, 3: 8}, "2026-01-09": {9: 8, 10: 12}, "2026-01-11": {11: 1}},
    ),
    "a day that holds too much, by the minute": (
        {5: 1, 6: 70, 7: 1, 8: 2},
        {
            "2026-01": {5: 1}, "2026-01-06": {6: 20}, "2026-01-06-1320": {6: 20}, "2026-01-06-1340": {6: 20},
            "2026-01-06-1400": {6: 10}, "2026-01-07": {7: 1, 8: 2},
        },
    ),
    "a day that holds it all": ({6: 30}, {"2026-01": {6: 20}, "2026-01-06-1320": {6: 10}}),
}  # fmt: skip


@pytest.mark.usefixtures("either_store")
@pytest.mark.parametrize("case", DIVIDED)
def test_a_month_is_published_in_runs_of_days_and_minutes(case: str, tmp_path: Path) -> None:
    counts, wanted = DIVIDED[case]
    with opened(tmp_path) as store:
        write(store, counts)
        keep(store, *[a_post(f"later{number}", date=LATER - DAY) for number in range(NEWEST)])
        published(a_setting(tmp_path), store, LATER)
    found = days_by_part(tmp_path / "out")
    assert {name: days for name, days in found.items() if name.startswith("2026-01")} == wanted


@pytest.mark.usefixtures("either_store")
def test_a_part_that_outgrows_its_page_is_divided_further_and_no_address_goes(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, *[a_post(f"later{number}", date=LATER - DAY) for number in range(NEWEST)])
        setting, out = a_setting(tmp_path), tmp_path / "out"

        def after(counts: dict[int, int], round_: int) -> dict[str, dict[int, int]]:
            write(store, counts, round_=round_)
            published(setting, store, LATER)
            return {name: days for name, days in days_by_part(out).items() if name.startswith("2026-01")}

        assert after({1: 10, 5: 10, 9: 10}, 0) == {"2026-01": {1: 10, 5: 10}, "2026-01-09": {9: 10}}
        assert after({3: 20}, 1) == {"2026-01": {1: 10, 3: 20, 5: 10}, "2026-01-09": {9: 10}}
        divided = {"2026-01": {1: 10}, "2026-01-03": {3: 20}, "2026-01-05": {5: 11}, "2026-01-09": {9: 10}}
        assert after({5: 1}, 2) == divided
        with store.transaction():
            hold(
                store,
                {identifier("Een", f"{round_}-5-{number}"): "Op verzoek." for round_ in (0, 2) for number in range(10)},
            )
            hold(store, {identifier("Een", f"1-3-{number}"): "Op verzoek." for number in range(20)})
        assert after({9: 1}, 3) == divided | {"2026-01-03": {}, "2026-01-05": {}, "2026-01-09": {9: 11}}
        assert all((out / f"archive/{name}{ending}").is_file() for name in divided for ending in (".html", ".html.gz"))
        before = lying_in(out)
        assert published(setting, store, LATER).written == ()
        write(store, {2: 1}, round_=4)
        written = {path for path in published(setting, store, LATER).written if path.startswith("archive/")}
        assert written == {f"archive/2026-01{ending}" for ending in (".xml", ".xml.gz", ".html", ".html.gz")}
        assert lying_in(out).keys() == before.keys()


def test_a_walker_finds_every_entry_once_while_a_month_fills_up(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with served(out) as url, opened(tmp_path) as store:
        setting, ever, kept = a_setting(tmp_path, url=url), set[str](), dict[str, str]()
        for day in range(1, 32):
            write(store, {day: 4 + day * 5 % 13} | ({day - 9: 3} if day > 9 else {}), round_=day)
            if day % 2 == 0:
                continue
            published(setting, store, MONTH + day * DAY)
            found = walk(f"{url}atom.xml")
            assert found.twice == []
            assert len(found.entries) == sum(row["n"] for row in store.rows("SELECT COUNT(*) AS n FROM post"))
            held = pages(out)
            assert ever <= held.keys()
            ever |= held.keys()
            assert all(sum(days_in(page).values()) <= 2 * BOUND for page in held.values())
            if held.keys() == kept.keys():
                changed = [name for name, page in held.items() if kept[name] != page]
                assert len(changed) <= 4, "the parts of today and yesterday, and of nine days before"
            kept = held
        of_day = [days_in(page) for page in held.values()]
        assert sum(of_day, Counter()).keys() == set(range(1, 32))
        assert all(max(one) <= min(other) for one, other in pairwise(of_day))
        assert 10 < len(found.documents) <= len(held) + 1, "the feed passes over pages that it holds all of"
        assert walked_by_people(out) == [f"archive/{name}.html" for name in sorted(held)]


def walked_by_people(out: Path) -> list[str]:
    """The pages of the archive from the first on, each by the link of the one before; the list of them leads to all."""
    listed = re.findall(r'href="\.\./(archive/2[^"]+)"', (out / "archive/index.html").read_text("utf-8"))
    here: str | None = min(listed, key=lambda path: path.removesuffix(".html"))
    walked = []
    while here:
        walked.append(here)
        found = re.search(r'<link rel="next" href="\.\./([^"]+)">', (out / here).read_text("utf-8"))
        here = found[1] if found else None
    assert set(walked) == set(listed)
    return walked


@pytest.mark.parametrize(
    ("language", "month", "since", "until"), [("nl", "januari", "vanaf", "tot"), ("en", "January", "from", "until")]
)
def test_pages_say_what_they_hold(language: str, month: str, since: str, until: str, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        write(store, {5: 12, 6: 50, 7: 5, 8: 5})
        keep(store, a_post("december", date=MONTH - 20 * DAY))
        write(store, {30: 21}, round_=1)
        published(a_setting(tmp_path, language=language), store, LATER)
    out = tmp_path / "out"
    headings = {
        path.stem: re.findall("<h1>(.*?)</h1>", path.read_text("utf-8"))[0]
        for path in (out / "archive").glob("2*.html")
    }
    days = {
        "2026-01": ("1–5", ""),
        "2026-01-06": ("6", f", {until} 13:20"),
        "2026-01-06-1320": ("6", ", 13:20–13:40"),
        "2026-01-06-1340": ("6", f", {since} 13:40"),
        "2026-01-07": ("7–29", ""),
        "2026-01-30": ("30", f", {until} 13:20"),
        "2026-01-30-1320": ("30–31", f", {since} 13:20"),
    }
    named = {name: f"{which} {month} 2026{hours}" for name, (which, hours) in days.items()}
    assert headings == named | {"2025-12": "December 2025"}
    listed = re.findall(r'href="\.\./archive/(2[^"]+)\.html"(.*?)</a>', (out / "archive/index.html").read_text("utf-8"))
    assert listed == [
        *((name, f' aria-label="{named[name]}">{which}{hours}') for name, (which, hours) in days.items()),
        ("2025-12", ">December"),
    ]
    assert f'<a href="archive/2026-01.html">{month.title()} 2026</a>' in (out / "index.html").read_text("utf-8")


def test_a_run_that_dies_has_fixed_where_parts_begin(tmp_path: Path) -> None:
    """Whatever comes in before the next run: an address that somebody may have seen stays."""
    with opened(tmp_path) as store:
        write(store, {5: 12, 6: 12, 7: 12, 8: 20})
        setting, out = a_setting(tmp_path), tmp_path / "out"
        (out / "atom.xml").mkdir(parents=True)
        with pytest.raises(PublishError, match="still stands"):
            publish(setting, store, LATER)
        seen = set(pages(out))
        assert seen == {"2026-01", "2026-01-06", "2026-01-07", "2026-01-08"}
        (out / "atom.xml").rmdir()
        with store.transaction():
            hold(store, {identifier("Een", f"0-6-{number}"): "Op verzoek." for number in range(12)})
        write(store, {4: 1}, round_=1)
        published(setting, store, LATER)
        assert set(pages(out)) == seen


@pytest.mark.parametrize("newer", [NEWEST - 3, NEWEST + 30], ids=["the feed leads to it", "a page does"])
def test_whoever_walks_while_a_part_is_divided_misses_nothing(
    newer: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, seen = a_setting(tmp_path), list[set[str]]()
    put_with_twin = files.put_with_twin

    def put(*given: Any) -> Any:
        replaced = put_with_twin(*given)
        seen.append(ids_walked(setting.out, setting.publication.url))
        return replaced

    with opened(tmp_path) as store:
        write(store, {2: 15, 20: 5, 40: newer})
        published(setting, store, LATER)
        stood = ids_walked(setting.out, setting.publication.url)
        write(store, {3: 15, 10: 15}, round_=1)
        monkeypatch.setattr("aggregator.publish.bringing.put_with_twin", put)
        published(setting, store, LATER)
        assert sum(name.startswith("2026-01") for name in pages(setting.out)) > 1, "it is divided"
    assert [len(stood - ids) for ids in seen] == [0] * len(seen)


def ids_walked(out: Path, url: str) -> set[str]:
    """Every entry that stands on the files from atom.xml on, each as it lies there now."""
    here, found = "atom.xml", set[str]()
    while here:
        page = (out / here).read_text("utf-8")
        found |= set(re.findall(r"<entry[^>]*>\s*<id>([^<]+)", page))
        before = re.search(rf'<link href="{url}([^"]+)" rel="prev-archive"', page)
        here = before[1] if before else ""
    return found


def test_entries_are_read_a_part_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as store:
        write(store, dict.fromkeys(range(1, 32), 7))
        read = []
        rows = store.rows

        def counted(statement: str, values: Any = ()) -> Any:
            found = rows(statement, values)
            read.extend([len(found)] if "content" in statement else [])
            return found

        monkeypatch.setattr(store, "rows", counted)
        published(a_setting(tmp_path), store, LATER)
    assert max(read) <= max(2 * BOUND, NEWEST)


@pytest.mark.usefixtures("either_store")
def test_one_more_post_of_a_busy_day_costs_one_part(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        write(store, {6: 200})
        setting = a_setting(tmp_path)
        published(setting, store, LATER)
        assert len(pages(tmp_path / "out")) == 10
        keep(store, a_post("één meer", date=MONTH + 5 * DAY + timedelta(minutes=70, seconds=30)))
        written = {path for path in published(setting, store, LATER).written if path.startswith("archive/")}
        assert written == {f"archive/2026-01-06-1400{ending}" for ending in (".xml", ".xml.gz", ".html", ".html.gz")}


def test_posts_of_one_minute_stay_together(tmp_path: Path) -> None:
    """As those of a blog that states days only: however many, they begin no part that no address could name."""
    with opened(tmp_path) as store:
        keep(store, *[a_post(f"p{number}", date=MONTH + number * timedelta(seconds=1)) for number in range(50)])
        keep(store, *[a_post(f"q{number}", date=MONTH + DAY) for number in range(50)])
        published(a_setting(tmp_path), store, LATER)
    assert days_by_part(tmp_path / "out") == {"2026-01": {1: 50}, "2026-01-02": {2: 50}}


def test_no_part_begins_in_the_hour_that_the_clock_says_twice(tmp_path: Path) -> None:
    """The night of 25 October 2026 in Amsterdam: 2:00 to 3:00 in summer time, and again in winter time."""
    out = tmp_path / "out"
    out.mkdir()
    with served(out) as url, opened(tmp_path) as store:
        midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
        keep(store, *[a_post(f"p{number}", date=midnight + number * timedelta(minutes=3)) for number in range(100)])
        setting = a_setting(tmp_path, url=url)
        published(setting, store, midnight + 9 * DAY)
        assert list(pages(out)) == ["2026-10", "2026-10-25-0100", "2026-10-25-0300"]
        keep(
            store, *[a_post(f"q{number}", date=midnight + timedelta(minutes=125 + 30 * number)) for number in range(4)]
        )
        published(setting, store, midnight + 9 * DAY)
        found = walk(f"{url}atom.xml")
        assert (len(found.entries), found.twice) == (104, [])


minutes = st.datetimes(datetime(2025, 12, 1), datetime(2026, 2, 28, 23, 59))  # noqa: DTZ001 - what a clock says
names = st.sets(
    minutes.map(lambda moment: moment.date().isoformat()) | minutes.map(parts.minute_named), max_size=12
).map(lambda found: tuple(sorted(found)))


@given(names=names, months=st.booleans(), moments=st.lists(minutes, min_size=1))
def test_every_minute_is_in_one_part(names: tuple[str, ...], months: bool, moments: list[datetime]) -> None:
    every = tuple(sorted({*names, *(("2025-12", "2026-01", "2026-02") if months else ())}))
    days = [datetime.combine(date(2025, 12, 1) + number * DAY, time()) for number in range(90)]
    begun = [begin_of(name) for name in names]
    found: dict[str, Part] = {}
    for moment in sorted({*moments, *days, *begun}):
        one = part(name_of(moment, every), every)
        assert one.begin <= moment < one.end
        assert one.month == moment.isoformat()[:7]
        found[one.name] = one
    assert {begin_of(name) for name in names} <= {one.begin for one in found.values()}
    in_order = [found[name] for name in sorted(found)]
    assert all(one.end == other.begin for one, other in pairwise(in_order))


zones = st.sampled_from(["Europe/Amsterdam", "Asia/Kathmandu", "America/Havana", "UTC"])


@given(st.dates(date(2025, 3, 1), date(2026, 11, 30)), zones)
def test_a_day_in_utc_lies_in_the_days_of_its_ends(day: date, zone: str) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    hours = {(start + timedelta(minutes=15 * number)).astimezone(ZoneInfo(zone)).date() for number in range(96)}
    assert days_of_utc(day.isoformat(), zone) == hours


@given(st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)), zones)  # noqa: DTZ001 - the zone stands beside it
def test_a_minute_in_utc_lies_in_the_minutes_of_its_ends(moment: datetime, zone: str) -> None:
    """Amsterdam was 19 minutes and 32 seconds ahead of UTC until 1937."""
    local = parts.minute_named(moment.astimezone(ZoneInfo(zone)))
    assert local in {parts.minute_named(one) for one in minutes_of_utc(moment.isoformat()[:16], zone)}


@pytest.mark.parametrize(("at_once", "transactions"), [(1_000, 1), (50, 3)])
def test_a_first_publishing_fixes_the_ids_of_many_pages_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, transactions: int
) -> None:
    """Page by page, each would wait for the disk."""
    fixed: list[int] = []

    def seen(store: Store, ids: Mapping[str, str]) -> None:
        fixed.append(len(ids))
        freeze_entry_ids(store, ids)

    monkeypatch.setattr(identifiers, "freeze_entry_ids", seen)
    monkeypatch.setattr(identifiers, "AT_ONCE", at_once)
    with opened(tmp_path) as store:
        write(store, dict.fromkeys(range(1, 13), 11))
        published(a_setting(tmp_path), store, LATER)
        assert len(days_by_part(tmp_path / "out")) == 12
    assert (len(fixed), sum(fixed)) == (transactions, 132)
