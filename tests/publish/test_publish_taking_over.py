"""A page of the archive is made of what changed and of what stands there, and is to the letter one that is made whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Entry, Make, SourceState
from aggregator.publish import archive, holding, parts, publish
from aggregator.publish import atom as atom_module
from aggregator.publish.atom import atom
from aggregator.publish.document import Document, ready, updated_of
from aggregator.publish.errors import error_page
from aggregator.publish.identifiers import entry_iri
from aggregator.publish.plan import here
from aggregator.publish.shown import Shown, shown
from aggregator.publish.taking_over import date_of, entries_in, update_of, with_entries
from aggregator.settings import Publication
from aggregator.store import Store
from aggregator.store.archive import Withdrawn
from aggregator.store.posts import whole_between, with_content
from aggregator.workers import Workers
from tests.publish.build import a_setting, lying_in, published
from tests.publish.test_publish_nasty import EXAMPLES, NOW, PUBLICATION, STATES, entry
from tests.store.build import a_post, keep, opened

MARKUP = st.sampled_from(["\n  <entry>", "\n</feed>\n", "  </entry>\n", "<id>urn:a</id>", "\r\n  <entry", "]]>", ""])


@st.composite
def telling(draw: st.DrawFn, number: int) -> Entry:
    """An entry whose words look like what a page is taken apart at."""
    one = draw(entry())
    post = replace(one.stored.post, content=draw(MARKUP) + one.stored.post.content, title=draw(MARKUP))
    stored = replace(one.stored, id=f"{number:032x}", post=replace(post, excerpt=draw(MARKUP)))
    return replace(one, id=entry_iri(stored.id), stored=stored)


@st.composite
def before_and_after(draw: st.DrawFn) -> tuple[list[Entry], list[Entry], set[str]]:
    """The entries of a page, those it is to hold, and the ids of those that stay as they are: some come and go."""
    before, after, same = [], [], set()
    for number in range(draw(st.integers(0, 4))):
        stood = draw(telling(number))
        fate = draw(st.sampled_from(["stays", "changes", "goes", "comes"]))
        before += [] if fate == "comes" else [stood]
        after += [] if fate == "goes" else [draw(telling(number)) if fate == "changes" else stood]
        same |= {stood.id} if fate == "stays" else set()
    return before, draw(st.permutations(after)), same


def frame(entries: Sequence[Entry], withdrawn: int) -> Document:
    url = PUBLICATION.url
    gone = tuple(Withdrawn(f"urn:uuid:0190163d-8694-739b-aea5-96{number:010}", NOW) for number in range(withdrawn))
    address = f"{url}archive/2026-11.xml"
    return Document(url, PUBLICATION.title, address, url, ready(entries, PUBLICATION), gone, archive=True)


def written(document: Document, state: SourceState) -> bytes:
    body, warnings = atom(PUBLICATION, document, {"Blog": state})
    assert warnings == ()
    return body


@settings(deadline=None, max_examples=EXAMPLES)
@given(before_and_after(), STATES, st.integers(0, 2), st.integers(0, 2))
def test_a_page_of_old_and_new_is_that_of_all(
    entries: tuple[list[Entry], list[Entry], set[str]], state: SourceState, gone: int, going: int
) -> None:
    before, after, same = entries
    stood = entries_in(written(frame(before, gone), state))
    assert stood.keys() == {one.id for one in before}
    whole = frame(after, going)
    made = entries_in(written(frame([one for one in after if one.id not in same], 0), state))
    known = {one: stood[one] for one in same}
    empty = replace(whole, entries=(), standing=whole.updated if after else None)
    order = [one.id for one in whole.entries]
    assert with_entries(written(empty, state), known | made, order) == written(whole, state)
    dates = {one.id: (one.stored.date, updated_of(one.stored)) for one in frame(before, 0).entries}
    assert {one: (date_of(stands), update_of(stands)) for one, stands in stood.items()} == dates


def test_only_what_changed_is_read_and_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 10, 31, 12, tzinfo=UTC)
    read: list[list[str]] = []

    def seen(store: Store, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        read.append([one.stored.post.key for one in entries])
        return with_content(store, entries)

    def seen_whole(store: Store, start: datetime, end: datetime, now: datetime, limit: int) -> tuple[Entry, ...]:
        entries = whole_between(store, start, end, now, limit)
        read.append([one.stored.post.key for one in entries])
        return entries

    monkeypatch.setattr(archive, "with_content", seen)
    monkeypatch.setattr(holding, "whole_between", seen_whole)
    monkeypatch.setattr(parts, "BOUND", 100)
    with opened(tmp_path) as store:
        keep(store, *[a_post(f"p{number}", date=now - timedelta(hours=number * 12 + 1)) for number in range(59)])
        keep(store, a_post("p59", date=now - timedelta(hours=241, seconds=-30)))
        setting, out = a_setting(tmp_path), tmp_path / "out"
        published(setting, store, now)
        assert [len(one) for one in read] == [60]
        read.clear()
        keep(store, a_post("p20", date=now - timedelta(hours=241), title="Verbeterd"))
        published(setting, store, now)
        assert read == [["p59", "p20"]], "the posts of that minute and source"
        assert (out / "archive/2026-10.xml").read_text().count("Verbeterd") == 2
        read.clear()
        (out / "archive/2026-10.xml").write_text(
            (out / "archive/2026-10.xml").read_text().replace("Verbeterd", "Bedorven")
        )
        keep(store, a_post("nieuw", "Twee", date=now - timedelta(days=3)))
        published(setting, store, now)
        assert [len(one) for one in read] == [61], "nothing is taken over from a page that somebody touched"
        assert not [path for path, body in lying_in(out).items() if b"Bedorven" in body]


def test_an_entry_that_cannot_be_written_is_told_and_has_no_say_in_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """feedgen takes whatever is presentable, so that it has to be made to refuse one."""
    now, fill = datetime(2026, 10, 31, 12, tzinfo=UTC), atom_module.fill

    def refusing(made: Any, one: Entry, *others: Any) -> None:
        if one.stored.post.title == "Onschrijfbaar":
            raise ValueError("zo niet")
        fill(made, one, *others)

    monkeypatch.setattr(atom_module, "fill", refusing)
    monkeypatch.setattr(parts, "BOUND", 100)
    with opened(tmp_path) as store:
        keep(store, *[a_post(f"p{number}", date=now - timedelta(hours=number + 2)) for number in range(60)])
        keep(store, a_post("q", date=now - timedelta(hours=1), title="Onschrijfbaar"))
        setting, page = a_setting(tmp_path), tmp_path / "out/archive/2026-10.xml"
        told = publish(setting, store, now).warnings
        assert [one for one in told if "left out of the feeds, which cannot hold it: zo niet" in one]
        assert page.read_text().count("<entry") == 60
        assert (now - timedelta(hours=2)).isoformat() in page.read_text().partition("<entry")[0]
        keep(store, a_post("p9", date=now - timedelta(hours=11), title="Verbeterd"))
        publish(setting, store, now)
        taken_over = page.read_bytes()
        assert b"Verbeterd" in taken_over
        shutil.rmtree(tmp_path / "out")
        publish(setting, store, now)
        assert page.read_bytes() == taken_over


LOOP = "{% extends 'base.html.j2' %}{% from 'posts.html.j2' import article with context %}{% block body %}HERE{% endblock %}"


TEMPLATES = pytest.mark.parametrize(
    ("loop", "taken_over"),
    [
        pytest.param(None, True, id="ours"),
        pytest.param("{% for post in posts %}{{ post.written or article(post, 3) }}{% endfor %}", True, id="bare"),
        pytest.param(
            "{% for post in posts %}{% if loop.changed(post.day) %}<h2>{{ post.day }}</h2>{% endif %}"
            "{{ post.written or article(post, 3) | trim }}{% endfor %}",
            True,
            id="with the days between",
        ),
        pytest.param("{% for post in posts %}<p>{{ post.title }} {{ post.copies }}</p>{% endfor %}", False, id="plain"),
        pytest.param(
            '{% for post in posts %}<article id="{{ post.anchor }}"><article></article>{{ post.title }}</article>{% endfor %}',
            False,
            id="one in another",
        ),
    ],
)


@TEMPLATES
def test_a_page_made_in_another_process_is_the_same(loop: str | None, taken_over: bool, tmp_path: Path) -> None:
    now, lying = datetime(2026, 10, 31, 12, tzinfo=UTC), []
    asks_for_more = not taken_over or "day" in (loop or "")
    for place in ("here", "there"):
        folder = tmp_path / place
        with opened(folder) as store, Workers(at_once=1) as workers:

            def there(function: Callable[..., bytes], *given: Any, workers: Workers = workers) -> Callable[[], bytes]:
                return workers.make(function, *given) if asks_for_more else workers.submit(function, *given).result

            if loop is not None:
                (folder / "templates").mkdir()
                (folder / "templates/archive.html.j2").write_text(LOOP.replace("HERE", loop))
            setting, make = a_setting(folder), cast(Make, there) if place == "there" else here
            keep(store, *[a_post(f"p{number}", date=now - timedelta(hours=number * 5 + 1)) for number in range(60)])
            publish(setting, store, now, make=make)
            first = lying_in(folder / "out")
            keep(store, a_post("p20", date=now - timedelta(hours=101), title="<Verbeterd> & 'wel'"))
            publish(setting, store, now, make=make)
            lying.append((first, lying_in(folder / "out")))
    assert lying[0] == lying[1]


@TEMPLATES
def test_a_page_for_people_is_that_of_all_whatever_the_template(
    loop: str | None, taken_over: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, made = datetime(2026, 10, 31, 12, tzinfo=UTC), list[str]()

    def seen(entry: Entry, publication: Publication) -> Shown:
        made.append(entry.stored.post.key)
        return shown(entry, publication)

    monkeypatch.setattr(archive, "shown", seen)
    monkeypatch.setattr(parts, "BOUND", 100)
    if loop is not None:
        (tmp_path / "templates").mkdir()
        (tmp_path / "templates/archive.html.j2").write_text(LOOP.replace("HERE", loop))
    with opened(tmp_path) as store:
        keep(store, *[a_post(f"p{number}", date=now - timedelta(hours=number * 5 + 1)) for number in range(60)])
        setting, out = a_setting(tmp_path), tmp_path / "out"
        published(setting, store, now)
        made.clear()
        keep(store, a_post("p20", date=now - timedelta(hours=101), title="<Verbeterd> & 'wel'"))
        keep(store, a_post("p30", date=now - timedelta(hours=151), held="omdat"))
        published(setting, store, now)
        if taken_over and "day" not in (loop or ""):
            assert made == ["p20"]
        page = (out / "archive/2026-10.html").read_bytes()
        assert b"Verbeterd" in page
        shutil.rmtree(out)
        published(setting, store, now)
        assert (out / "archive/2026-10.html").read_bytes() == page


def test_a_page_made_some_entries_at_a_time_is_that_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, pages = datetime(2026, 10, 31, 12, tzinfo=UTC), []
    monkeypatch.setattr(parts, "BOUND", 100)
    for at_once in (7, 1000):
        monkeypatch.setattr(archive, "AT_ONCE", at_once)
        monkeypatch.setattr(holding, "AT_ONCE", at_once)
        folder = tmp_path / str(at_once)
        with opened(folder) as store:
            keep(store, *[a_post(f"p{number}", date=now - timedelta(hours=number + 1)) for number in range(60)])
            keep(store, a_post("kopie", "Twee", date=now - timedelta(hours=3), held="omdat", entry_id="urn:uuid:1"))
            published(a_setting(folder), store, now)
        pages.append((folder / "out/archive/2026-10.xml").read_bytes())
    assert pages[0] == pages[1]
    assert pages[0].count(b"<entry") == 60


def test_a_template_of_ones_own_is_seen_by_a_program_that_goes_on(tmp_path: Path) -> None:
    """As the workers of a fleet do, and who serves the pages: by both, pages are made again and again."""
    now = datetime(2026, 10, 31, 12, tzinfo=UTC)
    with opened(tmp_path) as store:
        keep(store, a_post("p", date=now - timedelta(hours=1)))
        setting = a_setting(tmp_path)
        published(setting, store, now)
        assert b"Eigen" not in error_page(setting.publication, tmp_path, 404, "")
        (tmp_path / "templates").mkdir()
        for name in ("status", "error"):
            (tmp_path / f"templates/{name}.html.j2").write_text("Eigen")
        published(setting, store, now)
        assert (tmp_path / "out/status.html").read_bytes() == b"Eigen"
        assert error_page(setting.publication, tmp_path, 404, "") == b"Eigen"
