"""The plan of the archive: each part twice, for programs and for people, and the list of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from aggregator.model import Entry
from aggregator.publish.document import NEVER, Document, ready
from aggregator.publish.edition import Edition
from aggregator.publish.holding import AT_ONCE, Held
from aggregator.publish.lying import INDEX
from aggregator.publish.pages import archive_page, parts_page
from aggregator.publish.parts import Part
from aggregator.publish.plan import Content, File, being_made, key_of
from aggregator.publish.shown import Shown, Standing, anchor_of, shown
from aggregator.publish.taking_over import articles_in, entries_in, lying_there, with_entries
from aggregator.store.archive import withdrawn_between
from aggregator.store.posts import with_content


def archive(edition: Edition) -> Iterator[File]:
    """Every page, linked to its neighbours: it changes with what it holds, and once more when the next one begins.

    But those that another page takes entries from: see `divided`.
    """
    parts = edition.parts
    for before, part, after in looked_at(edition):
        if not is_divided(edition, part, after):
            yield from pages(edition, before, part, after)
    newest = parts.part(parts.standing[-1]).window(edition.publication.timezone)[0] if parts.standing else NEVER
    key = key_of(edition.look, parts.standing, parts.names)
    yield File(INDEX, lambda: months(edition, newest), key, changed=False)


def divided(edition: Edition) -> Iterator[File]:
    """The pages of which another page, a new one, takes the later entries. Written when all lead to that one: whoever
    walks back meanwhile would miss them else, and if the run died then, until the next."""
    for before, part, after in looked_at(edition):
        if is_divided(edition, part, after):
            yield from pages(edition, before, part, after)


def looked_at(edition: Edition) -> Iterator[tuple[Part | None, Part, Part | None]]:
    """The parts that are looked at, each between its neighbours."""
    parts = edition.parts
    for place, name in enumerate(parts.standing):
        if edition.looked_at is None or name in edition.looked_at:
            before = parts.part(parts.standing[place - 1]) if place else None
            after = parts.part(parts.standing[place + 1]) if place + 1 < len(parts.standing) else None
            yield before, parts.part(name), after


def is_divided(edition: Edition, part: Part, after: Part | None) -> bool:
    published = edition.before
    return after is not None and after.month == part.month and part.feed in published and after.feed not in published


def pages(edition: Edition, before: Part | None, part: Part, after: Part | None) -> Iterator[File]:
    """The page of a part for programs, and that for people."""
    changed = part.name in edition.parts.changed
    key = key_of(edition.key, before and before.feed, part, after and after.feed)
    if not edition.complete:
        yield File(part.feed, partial(for_programs, edition, before, part, after, key), key, changed)
    look = key_of(edition.look, before, part, after)
    yield File(part.page, partial(for_people, edition, before, part, after, key, look), look, changed)


def for_programs(
    edition: Edition, before: Part | None, part: Part, after: Part | None, key: str
) -> Callable[[], Content]:
    """A page of the archive as RFC 5005, 4, has it. Of its entries, those are made that changed since they were
    written, some at a time; it ends with the bytes of a page that is made whole."""
    from aggregator.publish.atom import atom

    held = edition.held_by(part, key)
    base = edition.publication.url
    links = [("current", f"{base}atom.xml")]
    links += [("prev-archive", base + before.feed)] if before else []
    links += [("next-archive", base + after.feed)] if after else []
    document = Document(
        id=base,
        title=edition.publication.title,
        address=base + part.feed,
        page=base,
        archive=True,
        links=tuple(links),
    )
    entries, warnings = dict(held.standing), tuple[str, ...]()
    fresh = [one for one in held.read.values() if one.id not in entries]
    earlier, last = fresh[:-AT_ONCE], fresh[-AT_ONCE:]
    for start in range(0, len(earlier), AT_ONCE):
        made = in_full(edition, held, earlier[start : start + AT_ONCE])
        body, said = atom(edition.publication, replace(document, entries=made), edition.states)
        entries |= entries_in(body)
        warnings += said
    withdrawn = withdrawn_between(edition.store, part.window(edition.publication.timezone))
    made = in_full(edition, held, last)
    others = held.updated(frozenset(one.id for one in last)) if len(held.order) > len(last) else None
    page = replace(document, entries=made, withdrawn=withdrawn, standing=others)
    making = edition.make(atom, edition.publication, page, edition.states_of(made))

    def finished() -> Content:
        body, said = making()
        known, told, shown = entries | entries_in(body), warnings + said, page
        if told:  # what could not be written has no say in when the page was updated
            updated = held.updated(frozenset(one.id for one in fresh if one.id not in known)) if known else None
            shown = replace(page, entries=(), standing=updated)
            body, _ = atom(edition.publication, shown, edition.states)
        return Content(with_entries(body, known, held.order), shown.updated, told)

    return finished


def in_full(edition: Edition, held: Held, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries that a part holds, with their content."""
    return ready(with_content(edition.store, entries), edition.publication) if held.brief else tuple(entries)


def months(edition: Edition, newest: datetime) -> Callable[[], Content]:
    """The list of all parts."""
    return being_made(edition.make(parts_page, edition.frame, list(edition.parts.months())), newest)


def for_people(
    edition: Edition, before: Part | None, part: Part, after: Part | None, key: str, look: str
) -> Callable[[], Content]:
    """The same for people, under the key `look`: articles are taken over where both pages that lie there hold the
    same."""
    held = edition.whole(part) if edition.complete else edition.held_by(part, key)
    articles = articles_in(lying_there(edition.settings.out / part.page, look, edition.before.get(part.page)))
    anchors = {entry: anchor_of(entry) for entry in held.on_page}
    if held.on_page and set(anchors.values()) != articles.keys():
        held = edition.whole(part)
    posts = [
        shown(held.read[entry], edition.publication)
        if entry in held.read
        else Standing(anchors[entry], articles[anchors[entry]], partial(shown_of, edition, part, entry))
        for entry in held.order
    ]
    page = edition.make(archive_page, edition.frame, before, part, after, posts)
    return being_made(page, held.updated())


def shown_of(edition: Edition, part: Part, entry: str) -> Shown:
    return shown(edition.whole(part).read[entry], edition.publication)
