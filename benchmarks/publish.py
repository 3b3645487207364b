"""Publishing 100,000 stored posts once, and then one new post: time, memory, and the files touched.

Each publishing is a process of its own, as under cron. A run with nothing new is measured beside them.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator.model import Post, RawFeed, Reading, SourceState, StoredPost
from aggregator.settings import Person, Publication, Settings, Source
from aggregator.store import Store, open_store
from aggregator.store.sources import Kept, record

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
POSTS, SOURCES, YEARS = 100_000, 500, 10
WORDS = "klant relatie gesprek vraag antwoord aandacht school agenda middag kalender bezoek keuken tuin buurt".split()


def settings_in(folder: Path) -> Settings:
    publication = Publication(title="Meting", url="https://example.org/blogs/", author=Person(name="Meting"))
    sources = tuple(Source(name=f"Blog {number}", url=f"https://b{number}.example/") for number in range(SOURCES))
    return Settings(publication=publication, sources=sources, file=folder / "sources.yaml")


def a_post(number: int, source: str, date: datetime, chance: random.Random) -> StoredPost:
    """A post of about 2,500 characters."""
    text = " ".join(chance.choices(WORDS, k=330))
    link = f"https://{source.replace(' ', '').lower()}.example/{number}"
    post = Post(
        source, str(number), link, f"Bericht {number}", content=f"<p>{text}</p>", text=text, excerpt=text[:250],
        tags=("Klant",), language="nl",
    )  # fmt: skip
    return StoredPost(f"{number:032x}", post, date, date, "published", raw_hash=str(number), content_hash=str(number))


def fill(store: Store, posts: int) -> None:
    """`posts` posts of SOURCES sources, spread evenly over YEARS years."""
    chance = random.Random(1)
    gap = timedelta(days=365 * YEARS) / posts
    for one in range(SOURCES):
        source = f"Blog {one}"
        numbers = range(one, posts, SOURCES)
        keep(store, source, [a_post(number, source, NOW - gap * (number + 1), chance) for number in numbers])


def keep(store: Store, source: str, posts: list[StoredPost]) -> None:
    link = f"https://{source.replace(' ', '').lower()}.example/"
    state = SourceState(source, title=source, link=link, feed_url=f"{link}feed", kind="feed")
    record(store, Kept(state=state, reading=Reading(feed=RawFeed(title=source)), posts=posts), NOW)


def publish_once(folder: Path) -> None:
    """What the child process does: publish, and say what it cost."""
    began, cpu = time.perf_counter(), time.process_time()
    from aggregator.run import publish_only

    report = publish_only(settings_in(folder), NOW)
    peak = peak_megabytes()
    shown = ", ".join(path for path in report.written if not path.endswith(".gz")) if len(report.written) < 30 else ""
    print(
        f"{time.perf_counter() - began:8.2f} s{time.process_time() - cpu:8.2f} s CPU{peak:8.0f} MB"
        f"{len(report.written):6} files  {shown}"
    )


def peak_megabytes() -> float:
    """Of this process; what getrusage tells is that of the process that started it, where that was larger."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(what: str, folder: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.publish", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    print(f"{what:28}{result.stdout.rstrip()}", flush=True)


def main() -> None:
    """Prints a line a publishing."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with open_store(settings_in(folder).store, folder) as store:
            fill(store, POSTS)
        measure(f"{POSTS:,} posts, the first time", folder)
        size = sum(path.stat().st_size for path in (folder / "out").rglob("*") if path.is_file())
        print(
            f"{'':28}{size / 1e6:8.0f} MB in {sum(1 for _ in (folder / 'out').rglob('*.xml'))} feeds and their copies"
        )
        measure("nothing new", folder)
        with open_store(settings_in(folder).store, folder) as store:
            keep(store, "Blog 1", [a_post(POSTS, "Blog 1", NOW - timedelta(minutes=1), random.Random(2))])
        measure("one new post", folder)
        with open_store(settings_in(folder).store, folder) as store:
            keep(store, "Blog 2", [a_post(POSTS + 1, "Blog 2", NOW - timedelta(days=1500), random.Random(3))])
        measure("one post of four years ago", folder)


if __name__ == "__main__":
    publish_once(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
