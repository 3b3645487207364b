"""Every file of feedparser's own tests through our reader and cleaner, beside what the file says it expects.

The files come with feedparser's source distribution and state in a comment what an entry's fields are. What we publish
is cleaned, so expectation and result are compared cleaned: titles as plain text, HTML as text with its links, dates as
moments. A difference is listed unless `differences.toml` beside this file gives the reason for it.
"""

from __future__ import annotations

import ast
import codecs
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aggregator.model import Post, RawFeed
from aggregator.normalise.clean import clean
from aggregator.normalise.html import clean_html
from aggregator.normalise.language import tag_of
from aggregator.normalise.people import people_of
from aggregator.normalise.text import fold, text_of
from aggregator.normalise.titles import title_of
from aggregator.normalise.urls import clean_url
from aggregator.parse.feed import parse_feed
from aggregator.settings import Person, Publication, Source
from benchmarks.distributions import unpacked

VERSION = "6.0.14"
REASONS = Path(__file__).with_name("differences.toml")
URL = "http://127.0.0.1:8097/feed"
SOURCE = Source(name="Corpus", url=URL)
PUBLICATION = Publication(title="Corpus", url="https://corpus.example/", author=Person(name="Corpus"), timezone="UTC")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = r"(u?(?:\"\"\".*?\"\"\"|'''.*?'''|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))"
FIELDS = {
    "title": "title", "title_detail.value": "title", "link": "link", "id": "id", "guid": "id", "author": "author",
    "author_detail.name": "author", "contributors.0.name": "contributor", "content.0.value": "content",
    "summary": "summary", "description": "summary", "content.0.language": "language", "published_parsed": "published",
    "updated_parsed": "updated", "comments": "comments", "rights": "rights", "license": "rights", "tags.0.term": "tag",
    "image.href": "image",
}  # fmt: skip
"""What the files say of an entry, and what it is called here; of the feed those of FEED_FIELDS, as `feed title` ..."""
FEED_FIELDS = ("title", "link", "id", "author", "language", "rights")
EXPECTED = re.compile(rf"(entries\[0\]|feed)((?:\['\w+'\]|\[0\]|\.\w+)+)\s*==\s*(?:{TEXT}|(\([^)]*\)))", re.DOTALL)
NEEDS = re.compile(rb"SkipUnless:.*lookup\('([^']+)'\)")
"""The codec without which a file of feedparser's is passed over."""
STATED = re.compile(rb"Expect:\s*(.*?)(?:-->|\n\s*$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Difference:
    file: str
    field: str
    expected: str
    ours: str


@dataclass(frozen=True, slots=True)
class Outcome:
    files: int
    entries: int
    crashes: tuple[str, ...]
    compared: Counter[str]
    differences: tuple[Difference, ...]


def corpus() -> Path:
    """The folder of feedparser's tests. Raises OfflineError."""
    return unpacked("feedparser", VERSION) / "tests"


def run(folder: Path) -> Outcome:
    """All files of the corpus, read, cleaned and compared."""
    crashes, differences = [], []
    compared: Counter[str] = Counter()
    files = entries = 0
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and one.suffix != ".py"):
        name = str(path.relative_to(folder))
        body = path.read_bytes()
        files += 1
        try:
            feed = parse_feed(body, URL) or RawFeed()
            posts = [clean(raw, feed, SOURCE, PUBLICATION, NOW) for raw in feed.posts]
        except Exception as error:
            crashes.append(f"{name}: {type(error).__name__}: {error}")
            continue
        entries += len(posts)
        for field, expected in expectations(body):
            post = posts[0] if posts else None
            if field.startswith("feed "):
                ours: str | None = value_of_feed(feed, field)
            else:
                ours = None if post is None else value_of(post, field, feed)
            wanted = normalised(field, expected, feed.posts[0].base if feed.posts else URL)
            compared[field] += 1
            if ours != wanted:
                differences.append(Difference(name, field, str(wanted), str(ours)))
    return Outcome(files, entries, tuple(crashes), compared, tuple(differences))


def expectations(body: bytes) -> Iterator[tuple[str, str]]:
    """The fields of the first entry, and of the feed, for which the file states a value, and the value."""
    stated, needs = STATED.search(body), NEEDS.search(body)
    if stated is None or (needs and not is_known(needs[1].decode())):
        return
    for found in EXPECTED.finditer(stated[1].decode("utf-8", "replace")):
        path = ".".join(re.findall(r"\w+", found[2]))
        field = FIELDS.get(path)
        if field is None or (found[1] == "feed" and field not in FEED_FIELDS):
            continue
        value = found[4] or str(ast.literal_eval(found[3]))
        yield field if found[1] != "feed" else f"feed {field}", value


def is_known(codec: str) -> bool:
    try:
        codecs.lookup(codec)
    except LookupError:
        return False
    return True


def normalised(field: str, expected: str, base: str) -> str:
    """What the file expects, cleaned as a post is."""
    if field in ("title", "feed title", "tag"):
        return title_of(expected, ())
    if field in ("link", "feed link", "comments", "image"):
        return clean_url(expected, URL) or ""
    if field in ("author", "contributor", "feed author"):
        return ", ".join(people_of((expected,)))
    if field in ("content", "summary"):
        return with_links(clean_html(expected, base).html)
    if field in ("published", "updated"):
        year, month, day, hour, minute, second = (int(part) for part in re.findall(r"\d+", expected)[:6])
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).isoformat()
    if field == "language":
        return tag_of(expected) or ""
    return fold(expected)


def value_of(post: Post, field: str, feed: RawFeed) -> str:
    """The same field of our post, in the same form."""
    raw = feed.posts[0]
    if field in ("published", "updated"):
        moment = post.published if field == "published" else post.updated or post.published
        return moment.astimezone(UTC).isoformat() if moment else ""
    if field == "summary" and raw.summary is not None:
        return with_links(clean_html(raw.summary, raw.base).html)
    return {
        "title": lambda: title_of(raw.title, ()),
        "link": lambda: post.link,
        "id": lambda: post.raw_id or "",
        "author": lambda: ", ".join(post.authors),
        "contributor": lambda: ", ".join(post.contributors[:1]),
        "language": lambda: tag_of(raw.language) or "",
        "comments": lambda: post.comments or "",
        "rights": lambda: post.rights or "",
        "tag": lambda: next(iter(post.tags), ""),
        "image": lambda: post.image.url if post.image else "",
    }.get(field, lambda: with_links(post.content))()


def value_of_feed(feed: RawFeed, field: str) -> str:
    """The same, of the feed itself."""
    return {
        "feed title": lambda: title_of(feed.title, ()),
        "feed link": lambda: clean_url(feed.link, URL) or "",
        "feed id": lambda: fold(feed.id or ""),
        "feed author": lambda: ", ".join(people_of(feed.authors)),
        "feed language": lambda: fold(feed.language or ""),
        "feed rights": lambda: fold(feed.rights or ""),
    }[field]()


def with_links(markup: str) -> str:
    """The text of HTML and the addresses in it: what a reader sees and can follow."""
    return " ".join([text_of(markup), *re.findall(r'(?:href|src|cite)="([^"]*)"', markup)])


def reasons() -> dict[str, list[str]]:
    """For each reason why we differ on purpose: patterns of `file field`."""
    return {reason: list(lines) for reason, lines in tomllib.loads(REASONS.read_text(encoding="utf-8")).items()}


def unexplained(differences: tuple[Difference, ...]) -> list[Difference]:
    """The differences for which no reason is given."""
    patterns = [re.compile(pattern) for lines in reasons().values() for pattern in lines]
    return [one for one in differences if not any(pattern.fullmatch(f"{one.file} {one.field}") for pattern in patterns)]


def main() -> None:
    """Prints the table, and every difference for which no reason is given."""
    outcome = run(corpus())
    print(f"{outcome.files} files, {outcome.entries} entries, {len(outcome.crashes)} crashes")
    for crash in outcome.crashes:
        print(f"  {crash}")
    missed = Counter(one.field for one in outcome.differences)
    open_ones = unexplained(outcome.differences)
    still = Counter(one.field for one in open_ones)
    print(f"{'field':14}{'compared':>10}{'equal':>8}{'justified':>11}{'open':>6}")
    for field, count in sorted(outcome.compared.items()):
        print(f"{field:14}{count:10}{count - missed[field]:8}{missed[field] - still[field]:11}{still[field]:6}")
    for one in open_ones:
        print(f"{one.file} {one.field}\n    expected {one.expected[:200]}\n    ours     {one.ours[:200]}")


if __name__ == "__main__":
    main()
