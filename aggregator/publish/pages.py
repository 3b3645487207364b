"""The pages that people read: no script, nothing from elsewhere. Restyled through templates/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from aggregator.model import Entry, SourceState
from aggregator.publish.document import ready
from aggregator.publish.edition import ARCHIVE, Edition
from aggregator.publish.offers import offers
from aggregator.publish.words import day, month_named, words_for
from aggregator.settings import Publication, Source
from aggregator.store.issues import newest_issues

MONTHS = 6
"""The newest so many are linked on the front page, all of them on a page of their own."""
ISSUES = 3
"""Of the newsletter, the newest so many are linked on the front page."""
SHIPPED = Path(__file__).parent.parent.parent / "templates"


def templates(folder: Path) -> Any:
    """The Jinja2 environment: templates/ beside sources.yaml first, then those that ship."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader([folder / "templates", SHIPPED])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def rendered(edition: Edition, name: str, root: str, here: str, **values: Any) -> bytes:
    """A template with what every page shows; `root` leads to the front page, `here` is the part it belongs to."""
    publication = edition.publication
    page: str = (
        templates(edition.settings.folder)
        .get_template(name)
        .render(
            publication=publication,
            words=words_for(publication.language),
            root=root,
            here=here,
            feeds=offers(edition.settings),
            **values,
        )
    )
    return page.encode()


def index_page(edition: Edition, months: Sequence[str]) -> bytes:
    """out/index.html: the newest posts, the sources, how to subscribe, and the ways into the past."""
    publication, words = edition.publication, words_for(edition.publication.language)
    offered = offers(edition.settings)
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
        months=[shown_month(month, publication) for month in reversed(months[-MONTHS:])],
    )


def archive_page(edition: Edition, month: str, before: str | None, after: str | None) -> bytes:
    """out/archive/YYYY-MM.html: all posts of a month, at an address that holds."""
    publication = edition.publication
    return rendered(
        edition,
        "archive.html.j2",
        "../",
        "archive",
        month=shown_month(month, publication),
        before=shown_month(before, publication) if before else None,
        after=shown_month(after, publication) if after else None,
        posts=[shown(entry, publication) for entry in ready(edition.entries_of(month), publication)],
    )


def months_page(edition: Edition, months: Sequence[str]) -> bytes:
    """out/archive/index.html: every month, the newest year first."""
    years = [
        (year, [shown_month(month, edition.publication) for month in of_year])
        for year, of_year in groupby(reversed(months), lambda month: month[:4])
    ]
    return rendered(edition, "months.html.j2", "../", "archive", years=years)


def shown_month(month: str, publication: Publication) -> dict[str, str]:
    return {
        "path": month_path(month),
        "title": month_named(month, publication.language),
        "short": month_named(month, publication.language, "MMMM"),
    }


def month_path(month: str) -> str:
    return f"{ARCHIVE}{month}.html"


def style(folder: Path) -> bytes:
    """The one style sheet."""
    own = folder / "templates" / "style.css"
    return (own if own.is_file() else SHIPPED / "style.css").read_bytes()


def shown(entry: Entry, publication: Publication) -> dict[str, Any]:
    """What the template shows of a post; text only, which it escapes."""
    stored, post = entry.stored, entry.stored.post
    local = post.language.split("-")[0] == publication.language.split("-")[0]
    return {
        "title": post.title,
        "link": post.link,
        "excerpt": post.excerpt,
        "source": entry.source_title,
        "source_link": entry.source_link,
        "authors": [name for name in post.authors if name != entry.source_title],
        "stamp": stored.date.isoformat(),
        "day": day(stored.date, publication.language, publication.timezone),
        "undated": stored.dated_by == "first-seen",
        "minutes": post.reading_minutes,
        "language": None if local or post.language == "und" else post.language,
        "copies": [{"link": copy.post.link, "source": copy.post.source} for copy in entry.copies],
    }


def shown_source(source: Source, state: SourceState | None, words: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows of a source: its state in words, and nothing that changes while all is well."""
    kind = "ok" if state is None or state.state in ("ok", "unchanged") else state.state
    count = state.post_count if state else 0
    return {
        "name": source.name,
        "link": (state.link if state else "") or source.site or source.url or "",
        "state": words[f"state_{kind}"],
        "well": kind == "ok",
        "count": f"{count} {words['post'] if count == 1 else words['posts']}",
    }
