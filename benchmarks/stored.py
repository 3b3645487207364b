"""What a run costs by the number of posts that are stored: one without news, and one with one new post.

Both are to cost the same whatever is stored; what is measured is a whole run of the program, as cron starts it.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.dedupe.hashes import content_hash, post_id, text_hash
from aggregator.dedupe.sketch import sketch_of
from aggregator.model import Post, RawFeed, Reading, SourceState, StoredPost
from aggregator.sketches import renew_sketches
from aggregator.store import open_store
from aggregator.store.sources import Kept, record
from benchmarks.measuring import Point, report, timed
from benchmarks.runs import configure, run
from benchmarks.serving import WORDS, feeds_served

SIZES = (1_000, 100_000, 1_000_000)
SOURCES = 10
AT_ONCE = 1_000
OLDEST = datetime(2006, 1, 1, tzinfo=UTC)


def main() -> None:
    """Prints, plots and remembers a table. A million posts take a while to store, and some gigabytes."""
    limit = int(os.environ.get("AGGREGATOR_BENCH_POSTS", "100000"))
    report("stored", [point for size in SIZES if size <= limit for point in runs_over(size)])


def runs_over(size: int) -> list[Point]:
    """The two runs with `size` posts of the same sources stored, the median of five each."""
    with tempfile.TemporaryDirectory() as name, feeds_served(SOURCES) as served:
        folder = Path(name)
        configure(folder, served.addresses)
        store_posts(folder, size)
        for _ in range(3):  # the posts of the feeds, what follows from them for the state, and nothing
            run(folder)
        found = []
        changes: tuple[tuple[str, Callable[[], object]], ...] = (
            ("nothing new", lambda: None),
            ("one new post", lambda: served.change([0])),
        )
        for what, change in changes:
            taken = []
            for _ in range(5):
                change()
                taken.append(timed(lambda: run(folder)))
            wall, cpu = (statistics.median(getattr(one, key) for one in taken) for key in ("wall", "cpu"))
            found.append(Point(what, size, wall, cpu))
        return found


def store_posts(folder: Path, size: int) -> None:
    """Give the sources a past of `size` posts in all, over twenty years, that their feeds show no more."""
    chance = random.Random(4)
    with open_store("sqlite:///state/aggregator.db", folder) as store:
        renew_sketches(store)
        for start in range(0, size, AT_ONCE):
            source = f"Bron {start // AT_ONCE % SOURCES}"
            posts = [a_post(source, start + place, size, chance) for place in range(AT_ONCE)]
            kept = Kept(
                SourceState(source), Reading(feed=RawFeed()), posts,
                text_hashes={one.id: text_hash(one.post.text) for one in posts},
                sketches={one.id: sketch_of(one.post) for one in posts},
                addresses={one.id: (one.post.link.removeprefix("https://"),) for one in posts},
            )  # fmt: skip
            record(store, kept, OLDEST)


def a_post(source: str, number: int, size: int, chance: random.Random) -> StoredPost:
    text = " ".join(chance.choices(WORDS, k=120))
    link = f"https://{source.split()[1]}.verleden.example/{number}"
    date = OLDEST + timedelta(days=7_300 * number / size)
    post = Post(source, link, link, f"Bericht {number}", published=date, content=f"<p>{text}</p>", text=text)
    return StoredPost(
        post_id(source, link), post, date, date, "published", raw_hash=f"r{number}", content_hash=content_hash(post)
    )


if __name__ == "__main__":
    main()
