"""Any sequence of readings, repeats and reopenings leaves the store as a dictionary would have it."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from aggregator.model import StoredPost
from aggregator.store import Store
from aggregator.store.entry_ids import freeze_entry_ids
from aggregator.store.posts import newest_entries, with_ids
from aggregator.store.sources import memories
from tests.samples import examples
from tests.store.build import NOW, a_post, keep, known, opened

SOURCES = ["Een", "Twee", "Drie"]
POSTS = st.builds(
    a_post,
    st.sampled_from("abcd"),
    st.sampled_from(SOURCES),
    date=st.integers(0, 5).map(lambda days: NOW - timedelta(days=days)),
    title=st.sampled_from(["Eerst", "Later"]),
    position=st.integers(0, 2),
)


def by_newest(stored: StoredPost) -> tuple[float, str, int, str]:
    return -stored.date.timestamp(), stored.post.source, stored.post.position, stored.id


class Readings(RuleBasedStateMachine):
    """The store beside a dictionary of posts by id, and of copies to originals."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store: Store = opened(self.folder)
        self.posts: dict[str, StoredPost] = {}
        self.original: dict[str, str] = {}
        self.published: dict[str, str] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(posts=st.lists(POSTS, max_size=4), times=st.integers(1, 2))
    def read(self, posts: list[StoredPost], times: int) -> None:
        for source in SOURCES:
            own = {post.id: post for post in posts if post.post.source == source}
            for _ in range(times if own else 0):
                keep(self.store, *own.values(), fingerprints={post: [1, 2] for post in own})
            for post in own.values():
                date = self.posts[post.id].date if post.id in self.published else post.date
                self.posts[post.id] = replace(post, date=date)

    @precondition(lambda self: len(self.posts) > 1)
    @rule(data=st.data())
    def find_a_copy(self, data: st.DataObject) -> None:
        names = st.sampled_from(sorted(self.posts))
        one, other = self.posts[data.draw(names)], self.posts[data.draw(names)]
        root = self.original.get(other.id, other.id)
        if root == one.id:
            return
        keep(self.store, source="Een", relations={one.id: (other.id, "It is a copy.")})
        self.original = {post: root if of == one.id else of for post, of in self.original.items()} | {one.id: root}
        if one.id in self.published and root not in self.published:
            self.published[root] = self.published.pop(one.id)

    @rule()
    def publish(self) -> None:
        new = [entry.stored.id for entry in newest_entries(self.store, 100, NOW) if not entry.id]
        freeze_entry_ids(self.store, {post: f"urn:{post}" for post in new})
        self.published |= {post: f"urn:{post}" for post in new}

    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = opened(self.folder)

    @invariant()
    def the_same_posts_are_known(self) -> None:
        for source in SOURCES:
            own = {post.id: post for post in self.posts.values() if post.post.source == source}
            assert {post.id: (post.title, post.date) for post in known(self.store, source)} == {
                post.id: (post.post.title, post.date) for post in own.values()
            }
            remembered = memories(self.store).get(source)
            assert (remembered.post_count if remembered else 0) == len(own)

    @invariant()
    def every_post_is_shown_once_as_an_entry_or_under_one(self) -> None:
        shown = newest_entries(self.store, 100, NOW)
        originals = [post for post in self.posts.values() if post.id not in self.original]
        assert [entry.stored.id for entry in shown] == [post.id for post in sorted(originals, key=by_newest)]
        copies = {copy.id: entry.stored.id for entry in shown for copy in entry.copies}
        assert copies == self.original

    @invariant()
    def an_entry_id_never_changes_hands_but_within_a_cluster(self) -> None:
        held = {post.id: post.entry_id for post in with_ids(self.store, self.posts).values() if post.entry_id}
        assert held == self.published
        assert len(set(held.values())) == len(held)


def test_any_sequence_of_readings(either_store: str) -> None:
    most = 60 if either_store == "sqlite" else 15  # each makes a schema of its own
    run_state_machine_as_test(
        Readings, settings=settings(max_examples=examples(most), stateful_step_count=20, deadline=None)
    )
