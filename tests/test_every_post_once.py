"""Whatever sources do to their posts, each post is published exactly once, under the id that it had first.

Three sources go through any history of adding, editing, giving new ids, moving, deleting, restoring and copying; a
plain model says what should be there: the numbers of the posts that were ever listed.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aggregator.keep import keep, unknown
from aggregator.model import Memory, RawFeed, RawPost, Reading, SourceState
from aggregator.prepare import Context, made_ready
from aggregator.publish.identifiers import with_ids
from aggregator.reconsider import reconsider
from aggregator.settings import Person, Publication, Settings, Source
from aggregator.store import open_store
from aggregator.store.known import raw_hashes
from aggregator.store.posts import newest_entries
from aggregator.store.sources import memories, states_by_name
from tests.samples import examples

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NAMES = ("Een", "Twee", "Drie")
LENGTH = 80
"""Words of a post."""
EXAMPLES = int(os.environ.get("AGGREGATOR_HISTORIES", examples(40)))
"""Histories that are tried; a thousand take some minutes."""


@dataclass(frozen=True)
class Listed:
    """A post as one source lists it."""

    number: int
    id: str
    link: str
    title: str
    date: datetime
    slip: int = -1
    """The word that is misspelt in this version."""
    credit: str = ""

    @property
    def text(self) -> str:
        chance = Random(self.number)
        words = [f"w{chance.randrange(5000)}" for _ in range(LENGTH)]
        if self.slip >= 0:
            words[self.slip] = "verschreven"
        return f"Nummer{self.number} {' '.join(words)} {self.credit}".strip()

    def raw(self, position: int) -> RawPost:
        date = self.date.isoformat()
        content = f"<p>{self.text}</p>"
        return RawPost(self.id, self.link, self.title, published=date, content=content, position=position)


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        publication = Publication(title="Proef", url="https://example.org/", author=Person(name="R"))
        sources = tuple(Source(name=name, url=f"https://{name.lower()}.example/feed", max_new=100) for name in NAMES)
        self.settings = Settings(publication=publication, sources=sources, file=self.folder / "sources.yaml")
        self.store = open_store(self.settings.store, self.folder)
        self.now = START + timedelta(days=100)
        self.lists: dict[str, list[Listed]] = {name: [] for name in NAMES}
        self.gone: dict[str, list[Listed]] = {name: [] for name in NAMES}
        self.ever: set[int] = set()
        self.count = 0
        self.entry_ids: dict[int, str] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def read(self, name: str) -> None:
        """One reading of a source, and what a run does after it."""
        self.now += timedelta(hours=6)
        source = next(one for one in self.settings.sources if one.name == name)
        memory, state = (
            memories(self.store).get(name, Memory()),
            states_by_name(self.store).get(name, SourceState(name)),
        )
        raws = tuple(one.raw(position) for position, one in enumerate(self.lists[name]))
        feed = RawFeed(posts=raws, title=name, link=f"https://{name.lower()}.example/")
        found = unknown(Reading(feed=feed), raw_hashes(self.store, name))
        made = made_ready(
            [(one.raw, one.hash) for one in found], feed, Context(source, self.settings.publication, self.now)
        )
        posts = [one.made_ready(ready) for one, ready in zip(found, made, strict=True)]
        keep(source, memory, state, Reading(feed=feed), posts, self.settings, self.store, self.now)
        reconsider(self.settings, self.store, self.now)
        with_ids(self.store, newest_entries(self.store, 1000, self.now))
        self.ever |= {one.number for one in self.lists[name]}

    def change(self, name: str, data: st.DataObject, **changes: object) -> None:
        """Change one post of a source, if it has one."""
        if self.lists[name]:
            at = data.draw(st.integers(0, len(self.lists[name]) - 1))
            self.lists[name][at] = replace(self.lists[name][at], **changes)  # type: ignore[arg-type]  # fields of Listed

    def fresh(self) -> int:
        self.count += 1
        return self.count

    @rule(name=st.sampled_from(NAMES), title=st.sampled_from(["Weekbericht", ""]))
    def add(self, name: str, title: str) -> None:
        number = self.fresh()
        host = f"https://{name.lower()}.example"
        date = START + timedelta(days=number, minutes=number)
        one = Listed(number, f"{name}-{number}", f"{host}/{number}", title or f"Bericht {number}", date)
        self.lists[name].insert(0, one)
        self.read(name)

    @rule(name=st.sampled_from(NAMES), data=st.data(), slip=st.integers(0, LENGTH - 1))
    def edit(self, name: str, data: st.DataObject, slip: int) -> None:
        self.change(name, data, slip=slip)
        self.read(name)

    @rule(name=st.sampled_from(NAMES), data=st.data())
    def give_another_title(self, name: str, data: st.DataObject) -> None:
        self.change(name, data, title=f"Nieuwe kop {self.fresh()}")
        self.read(name)

    @rule(name=st.sampled_from(NAMES), data=st.data())
    def give_another_id(self, name: str, data: st.DataObject) -> None:
        self.change(name, data, id=f"n{self.fresh()}")
        self.read(name)

    @rule(name=st.sampled_from(NAMES), data=st.data(), slip=st.integers(-1, LENGTH - 1))
    def move_one(self, name: str, data: st.DataObject, slip: int) -> None:
        number = self.fresh()
        self.change(name, data, id=f"n{number}", link=f"https://nieuw{number}.example/p", slip=slip)
        self.read(name)

    @rule(name=st.sampled_from(NAMES), slip=st.integers(-1, LENGTH - 1), hours=st.sampled_from([0, -1, 2]))
    def move_to_another_platform(self, name: str, slip: int, hours: int) -> None:
        """New ids, another domain, a changed theme, and dates in another time zone, all at once."""
        move = self.fresh()
        self.lists[name] = [
            replace(
                one, id=f"m{move}-{one.number}", link=f"https://m{move}.example/{one.number}", slip=slip,
                date=one.date + timedelta(hours=hours),
            )
            for one in self.lists[name]
        ]  # fmt: skip
        self.read(name)

    @rule(name=st.sampled_from(NAMES), moved=st.booleans(), slip=st.integers(-1, LENGTH - 1))
    def date_everything_anew(self, name: str, moved: bool, slip: int) -> None:
        at = self.fresh()
        for place, one in enumerate(self.lists[name]):
            again = replace(one, date=self.now - timedelta(minutes=place))
            if moved:
                again = replace(again, id=f"d{at}-{one.number}", link=f"https://d{at}.example/{place}", slip=slip)
            self.lists[name][place] = again
        self.read(name)

    @rule(name=st.sampled_from(NAMES))
    def swap_two_ids(self, name: str) -> None:
        if len(self.lists[name]) > 1:
            one, other, *rest = self.lists[name]
            self.lists[name] = [replace(one, id=other.id), replace(other, id=one.id), *rest]
        self.read(name)

    @rule(name=st.sampled_from(NAMES), stays=st.booleans())
    def use_an_id_again(self, name: str, stays: bool) -> None:
        if not self.lists[name]:
            return
        number = self.fresh()
        old = self.lists[name][0]
        date = START + timedelta(days=number, minutes=number)
        new = Listed(number, old.id, f"https://{name.lower()}.example/{number}", f"Bericht {number}", date)
        self.lists[name] = [new, *self.lists[name][0 if stays else 1 :]]
        self.read(name)

    @rule(name=st.sampled_from(NAMES), data=st.data())
    def delete(self, name: str, data: st.DataObject) -> None:
        if self.lists[name]:
            self.gone[name].append(self.lists[name].pop(data.draw(st.integers(0, len(self.lists[name]) - 1))))
        self.read(name)

    @rule(name=st.sampled_from(NAMES), data=st.data(), renamed=st.booleans())
    def restore(self, name: str, data: st.DataObject, renamed: bool) -> None:
        if self.gone[name]:
            one = self.gone[name].pop(data.draw(st.integers(0, len(self.gone[name]) - 1)))
            self.lists[name].append(replace(one, id=f"r{self.fresh()}") if renamed else one)
        self.read(name)

    @rule(name=st.sampled_from(NAMES), data=st.data())
    def list_one_twice(self, name: str, data: st.DataObject) -> None:
        if self.lists[name]:
            self.lists[name].append(data.draw(st.sampled_from(self.lists[name])))
            self.read(name)
            self.lists[name].pop()

    @rule(name=st.sampled_from(NAMES), of=st.sampled_from(NAMES), data=st.data(), slip=st.integers(-1, LENGTH - 1))
    def copy(self, name: str, of: str, data: st.DataObject, slip: int) -> None:
        """A post of one source appears in another, under a title of its own."""
        there = {one.number for one in self.lists[name] + self.gone[name]}
        wanted = [one for one in self.lists[of] if one.number not in there]
        if name == of or not wanted:
            return
        one = data.draw(st.sampled_from(wanted))
        at = self.fresh()
        link, date = f"https://{name.lower()}.example/kopie-{at}", one.date + timedelta(days=1)
        copied = replace(one, id=f"k{at}", link=link, date=date, slip=slip, credit=f"Bron: {of.lower()}.example")
        self.lists[name].insert(0, copied)
        self.read(name)

    @rule(name=st.sampled_from(NAMES), chance=st.randoms(use_true_random=False))
    def stand_in_another_order(self, name: str, chance: Random) -> None:
        chance.shuffle(self.lists[name])
        self.read(name)

    @invariant()
    def every_post_is_published_once(self) -> None:
        entries = newest_entries(self.store, 1000, self.now)
        numbers = [number_of(entry.stored.post.text) for entry in entries]
        assert Counter(numbers) == Counter(self.ever)

    @invariant()
    def under_the_id_that_it_had_first(self) -> None:
        held = {number_of(one.stored.post.text): one.id for one in newest_entries(self.store, 1000, self.now)}
        for number, entry_id in held.items():
            assert self.entry_ids.setdefault(number, entry_id) == entry_id
        assert len(set(held.values())) == len(held)


def number_of(text: str) -> int:
    found = re.match(r"Nummer(\d+) ", text)
    assert found is not None
    return int(found[1])


Histories.TestCase.settings = effort(max_examples=EXAMPLES, stateful_step_count=15, deadline=None)
TestHistories = Histories.TestCase
