"""The plan of the pages: the front page, a page a month and how the sources fare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import blake2b
from pathlib import Path

from aggregator.model import SourceState
from aggregator.months import month_window, months_of_day
from aggregator.publish.document import NEVER, newest_update
from aggregator.publish.edition import ARCHIVE, Edition
from aggregator.publish.offers import offers
from aggregator.publish.pages import SHIPPED, archive_page, index_page, month_path, months_page, style
from aggregator.publish.plan import Content, File, key_of
from aggregator.publish.status import months_until, status_json, status_page
from aggregator.settings import Settings
from aggregator.store import Store, posts, publishing


def for_people(edition: Edition) -> Iterator[File]:
    """What people read. The archive comes before the pages that lead to it."""
    settings, known = edition.settings, edition.states
    months = months_with_pages(edition)
    rhythms = posts_a_month(settings, edition.store, known)
    yield File("style.css", lambda: Content(style(settings.folder), edition.now))
    yield from archive(edition, months)
    yield File("status.html", lambda: Content(status_page(edition, rhythms), edition.now))
    yield File("status.json", lambda: Content(status_json(settings.sources, known, rhythms), edition.now))
    yield File("index.html", lambda: Content(index_page(edition, months), newest_update(edition.newest())))


def archive(edition: Edition, months: tuple[str, ...]) -> Iterator[File]:
    """A page a month, each linked to its neighbours, and the list of them all."""
    look = key_of(edition.key, offers(edition.settings), digest_of_templates(edition.settings.folder))
    around = (None, *months, None)
    for before, month, after in zip(around, around[1:], around[2:], strict=False):
        if month is not None:
            make = partial(month_content, edition, month, before, after)
            yield File(month_path(month), make, key_of(look, before, after), month in edition.changed_months)
    newest = month_window(months[-1], edition.publication.timezone)[0] if months else NEVER
    listed = partial(months_page, edition, months)
    yield File(f"{ARCHIVE}index.html", lambda: Content(listed(), newest), key_of(look, months), changed=False)


def month_content(edition: Edition, month: str, before: str | None, after: str | None) -> Content:
    page = archive_page(edition, month, before, after)
    return Content(page, newest_update(edition.entries_of(month)))


def months_with_pages(edition: Edition) -> tuple[str, ...]:
    """The months that hold a post, or held one that was withdrawn, oldest first: what was linked once stays there."""
    zone = edition.publication.timezone
    published = {
        path.removeprefix(ARCHIVE).removesuffix(".html")
        for path in edition.before
        if path.startswith(ARCHIVE) and path.endswith(".html") and path != f"{ARCHIVE}index.html"
    }
    changed = set(edition.changed_months)
    if edition.changes.everything or not published:
        published = set()
        changed = {month for day, _ in publishing.all_days(edition.store) for month in months_of_day(day, zone)}
    kept = {
        month for month in changed if publishing.holds_entries(edition.store, month_window(month, zone), edition.now)
    }
    return tuple(sorted((published - changed) | kept))


def digest_of_templates(folder: Path) -> str:
    """Of all that pages are rendered with: when one is edited, every page is made anew."""
    summed = blake2b(digest_size=12)
    for place in (SHIPPED, folder / "templates"):
        for path in sorted(place.glob("*.html.j2")):
            summed.update(path.name.encode() + path.read_bytes())
    return summed.hexdigest()


def posts_a_month(settings: Settings, store: Store, known: Mapping[str, SourceState]) -> dict[str, list[int]]:
    """How many posts each source has in each of the last months, by its name."""
    newest = max((state.newest for state in known.values() if state.newest), default=None)
    if newest is None:
        return {}
    months = months_until(newest, settings.publication.timezone)
    counts = posts.counts_by_month(store, months[0])
    return {name: [counts.get((name, month), 0) for month in months] for name in known}
