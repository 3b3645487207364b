"""The pages that people read: no script, nothing from elsewhere. Restyled through templates/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from aggregator.publish.document import ready
from aggregator.publish.edition import Edition
from aggregator.publish.parts import MONTH, Part
from aggregator.publish.shown import Shown, Standing, shown, shown_source
from aggregator.publish.templates import SHIPPED
from aggregator.publish.words import days_named, month_named, words_for
from aggregator.settings import Publication
from aggregator.store.issues import newest_issues

MONTHS = 6
"""The newest so many are linked on the front page, all of them on a page of their own."""
ISSUES = 3
"""Of the newsletter, the newest so many are linked on the front page."""


def rendered(edition: Edition, name: str, root: str, here: str, **values: Any) -> bytes:
    """A template with what every page shows; `root` leads to the front page, `here` is the part it belongs to."""
    publication = edition.publication
    page: str = (
        edition.templates()
        .get_template(name)
        .render(
            publication=publication,
            words=words_for(publication.language),
            root=root,
            here=here,
            feeds=edition.offered,
            **values,
        )
    )
    return page.encode()


def index_page(edition: Edition) -> bytes:
    """out/index.html: the newest posts, the sources, how to subscribe, and the ways into the past."""
    publication, words = edition.publication, words_for(edition.publication.language)
    offered = edition.offered
    own = {feed.source: feed.path for feed in offered if feed.source is not None}
    sources = [
        shown_source(source, edition.states.get(source.name), words) | {"feed": own.get(source.name)}
        for source in edition.settings.sources
    ]
    return rendered(
        edition,
        "page.html.j2",
        "",
        "index",
        posts=[shown(entry, publication) for entry in ready(edition.newest(), publication)],
        sources=sources,
        tags=[feed for feed in offered if feed.tag is not None],
        issues=newest_issues(edition.store, ISSUES),
        months=list(islice(shown_months(edition), MONTHS)),
    )


def archive_page(
    edition: Edition, before: Part | None, part: Part, after: Part | None, posts: Sequence[Shown | Standing]
) -> bytes:
    """out/archive/NAME.html: all posts of a part of the archive, at an address that holds."""
    publication = edition.publication
    return rendered(
        edition,
        "archive.html.j2",
        "../",
        "archive",
        month=shown_part(part, publication),
        before=shown_part(before, publication) if before else None,
        after=shown_part(after, publication) if after else None,
        posts=posts,
    )


def parts_page(edition: Edition) -> bytes:
    """out/archive/index.html: every month and its parts, the newest year first."""
    years = [(year, list(months)) for year, months in groupby(shown_months(edition), lambda month: month["year"])]
    return rendered(edition, "months.html.j2", "../", "archive", years=years)


def shown_months(edition: Edition) -> Iterator[dict[str, Any]]:
    """The months of the archive, the newest first. Each leads to its first part, and names all where there are more."""
    publication = edition.publication
    for month, names in groupby(reversed(edition.parts.standing), lambda name: name[:MONTH]):
        parts = [edition.parts.part(name) for name in names][::-1]
        yield {
            "path": parts[0].page,
            "year": month[:4],
            "title": month_named(month, publication.language),
            "short": month_named(month, publication.language, "MMMM"),
            "parts": [] if parts[0].is_month else [shown_part(part, publication) for part in parts],
        }


def shown_part(part: Part, publication: Publication) -> dict[str, str]:
    """`Juli 2015` of a whole month, else its days and hours: `15–21 juli 2015, vanaf 09:30`, in short `15–21, vanaf
    09:30`."""
    language, hours = publication.language, hours_of(part, words_for(publication.language))
    days = f"{part.first.day}" if part.first == part.last else f"{part.first.day}–{part.last.day}"
    named = month_named(part.month, language) if part.is_month else days_named(part.first, part.last, language)
    return {"path": part.page, "title": named + hours, "short": days + hours}


def hours_of(part: Part, words: Mapping[str, str]) -> str:
    """From when on, or until when, a part holds its first and last day, with a comma before it; '' of whole days."""
    begin, end = (f"{moment:%H:%M}" if moment.time() != time() else "" for moment in (part.begin, part.end))
    if begin and end and part.first == part.last:
        return f", {begin}–{end}"
    told = [f"{words[word]} {moment}" for word, moment in (("from", begin), ("until", end)) if moment]
    return ", " + " ".join(told) if told else ""


def style(folder: Path) -> bytes:
    """The one style sheet."""
    own = folder / "templates" / "style.css"
    return (own if own.is_file() else SHIPPED / "style.css").read_bytes()
