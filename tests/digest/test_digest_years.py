"""Years of a newsletter: whatever sources do and however runs are missed, each post is in one issue or left out by name."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.digest import building, due
from aggregator.digest.render import Rendered
from aggregator.model import StoredPost
from aggregator.settings import Digest
from aggregator.store import Busy, Store, eligibility, issues, run_lock
from tests.digest.making import a_setting
from tests.store.build import a_post, keep, opened

EXAMPLES = int(os.environ.get("AGGREGATOR_YEARS", "12"))
FIRST = datetime(2025, 9, 1, tzinfo=UTC)
HOURS = 24 * 30 * 20
"""Twenty months: two springs and two autumns whose clocks change."""
EVENTS = st.lists(
    st.tuples(
        st.integers(0, HOURS),
        st.sampled_from(
            ["new", "late", "back-dated", "ahead", "edited", "rekeyed", "copied", "withdrawn", "run", "drop"]
        ),
        st.integers(0, 2),
    ),
    min_size=20,
    max_size=60,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown of an issue is tested elsewhere; here it is what an issue holds."""
    monkeypatch.setattr(building, "render", lambda issue, settings: Rendered("", "h", "t", "w"))
    monkeypatch.setattr(building, "put_out", lambda *given: ())


class World:
    """Sources that post, change and lie, and a schedule that is kept when somebody comes by."""

    def __init__(self, store: Store, folder: Path, day: int) -> None:
        self.store = store
        self.settings = a_setting(folder, digest=Digest(day=day, hour=2, max_per_source=4, max_posts=9, approval=False))
        self.posts: list[StoredPost] = []

    def add(self, now: datetime, source: int, date: datetime, **more: object) -> None:
        post = a_post(f"p{len(self.posts)}", f"Bron{source}", date=date, first_seen=now, **more)
        self.posts.append(post)
        keep(self.store, post, now=now)

    def happen(self, now: datetime, what: str, source: int) -> None:
        chosen = self.posts[source * 7 % len(self.posts)] if self.posts else None
        if what == "new":
            self.add(now, source, now - timedelta(hours=1))
        elif what == "late":
            self.add(now, source, now - timedelta(days=20))
        elif what == "back-dated":
            self.add(now, source, now - timedelta(days=900))
        elif what == "ahead":
            self.add(now, source, now + timedelta(days=40))
        elif what == "copied" and chosen is not None:
            self.add(now, 3, now, copy_of=chosen.copy_of or chosen.id)
        elif what == "edited" and chosen is not None:
            edited = replace(chosen, post=replace(chosen.post, title=f"{now}"), content_hash=f"{now}", revised=now)
            keep(self.store, edited, now=now)
        elif what == "rekeyed" and chosen is not None:
            keep(self.store, chosen, now=now, aliases={f"{now}": chosen.id})
        elif what == "withdrawn" and chosen is not None:
            self.store.write("UPDATE post SET held = 'gone' WHERE id = ?", (chosen.id,))
        elif what == "drop":
            self.store.write("UPDATE post SET held = NULL")
            for issue in issues.list_issues(self.store)[-1:]:
                if issue.state in ("built", "approved"):
                    issues.drop(self.store, issue.name, now)
        else:
            self.run(now)

    def run(self, now: datetime) -> None:
        """What a run does for the newsletter: build what is due and send it; a second run at once is turned away."""
        with run_lock(self.settings.store, self.settings.folder):
            with pytest.raises(Busy), run_lock(self.settings.store, self.settings.folder):
                pass
            for name in due.months_to_build(self.settings, self.store, now):
                try:
                    building.build_issue(self.settings, self.store, name, now, lambda path, content: True)
                except ValueError as error:
                    issues.put_off(self.store, name, str(error), now, final=True)
                    continue
                if now.hour % 2:
                    issues.mark_sending(self.store, name, now)
                    issues.mark_sent(self.store, name, now)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS, st.sampled_from([25, 29, 31]))  # two o'clock on 29 March 2026 is skipped, on 25 October it comes twice
def test_each_post_is_in_exactly_one_issue_or_left_out_with_a_reason(
    events: list[tuple[int, str, int]], day: int
) -> None:
    with TemporaryDirectory() as place, opened(Path(place)) as store:
        world = World(store, Path(place), day)
        for hours, what, source in sorted(events):
            world.happen(FIRST + timedelta(hours=hours), what, source)
        store.write("UPDATE post SET held = NULL WHERE copy_of IS NULL")
        end = FIRST + timedelta(hours=HOURS + 24 * 120)
        for days in range(0, 31 * 12, 31):  # the clocks of the year that follows, in which nothing new comes
            world.run(end + timedelta(days=days))
        every = [one for one in issues.list_issues(store) if one.state != "dropped"]
        held = Counter(item.post_id for one in every for item in one.items)
        assert not [post for post, times in held.items() if times > 1]
        assert [one.name for one in every] == sorted({one.name for one in every})
        originals = [post for post in world.posts if post.copy_of is None]
        left_out = {post: why for post, (_, why) in issues.placed(store, [one.id for one in originals]).items()}
        nowhere = [post.id for post in originals if not held[post.id] and not left_out.get(post.id)]
        assert not [post for post in nowhere if not eligibility.is_past(store, post)], (
            "nothing says why these are nowhere"
        )
        copies = {post.id: post.copy_of for post in world.posts if post.copy_of}
        assert not [copy for copy in copies if held[copy]], "a copy is in an issue"
