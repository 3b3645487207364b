"""The pages that people read: no script, nothing from elsewhere. Restyled through templates/.

Made of nothing but what they are given, so that another process can make them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import groupby
from pathlib import Path
from typing import Any

from aggregator import templating
from aggregator.model import Issue
from aggregator.publish.offers import Offer
from aggregator.publish.parts import Part
from aggregator.publish.shown import Shown, Standing
from aggregator.publish.status import MONTHS, PICTURE
from aggregator.publish.templates import SHIPPED, templates
from aggregator.publish.words import day_named, days_named, month_alone, month_named, words_for
from aggregator.settings import Publication


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page shows."""

    folder: Path
    """Beside which the operator's own templates lie."""
    publication: Publication
    offered: tuple[Offer, ...]
    """The feeds that people can subscribe to."""


def rendered(frame: Frame, name: str, root: str, here: str, **values: Any) -> bytes:
    """A template with what every page shows; `root` leads to the front page, `here` is the part it belongs to."""
    shown = {
        "publication": frame.publication,
        "words": words_for(frame.publication.language),
        "root": root,
        "here": here,
        "feeds": frame.offered,
        **values,
    }
    return templating.rendered(templates(frame.folder), name, shown).encode(errors="replace")  # half a surrogate pair


def index_page(
    frame: Frame,
    posts: Sequence[Shown],
    sources: Sequence[Mapping[str, Any]],
    issues: Sequence[Issue],
    months: Sequence[Sequence[Part]],
) -> bytes:
    """out/index.html: the newest posts, the sources, how to subscribe, and the ways into the past."""
    return rendered(
        frame,
        "page.html.j2",
        "",
        "index",
        posts=posts,
        sources=sources,
        tags=[feed for feed in frame.offered if feed.tag is not None],
        issues=issues,
        months=list(shown_months(months, frame.publication)),
    )


def archive_page(
    frame: Frame, before: Part | None, part: Part, after: Part | None, posts: Sequence[Shown | Standing]
) -> bytes:
    """out/archive/NAME.html: all posts of a part of the archive, at an address that holds."""
    publication = frame.publication
    return rendered(
        frame,
        "archive.html.j2",
        "../",
        "archive",
        month=shown_part(part, publication),
        before=shown_part(before, publication) if before else None,
        after=shown_part(after, publication) if after else None,
        posts=posts,
    )


def parts_page(frame: Frame, months: Sequence[Sequence[Part]]) -> bytes:
    """out/archive/index.html: every month and its parts, the newest year first."""
    shown = shown_months(months, frame.publication)
    years = [(year, list(of_year)) for year, of_year in groupby(shown, lambda month: month["year"])]
    return rendered(frame, "months.html.j2", "../", "archive", years=years)


def status_page(frame: Frame, sources: Sequence[Mapping[str, Any]]) -> bytes:
    """out/status.html: how every source fares, those in trouble first."""
    rows = [
        {
            **row,
            **{
                name: day_named(row[name], frame.publication.language) if row[name] else ""
                for name in ("since", "newest")
            },
        }
        for row in sorted(sources, key=lambda row: bool(row["well"]))
    ]
    return rendered(frame, "status.html.j2", "", "status", sources=rows, picture=PICTURE, months=MONTHS)


def shown_months(months: Iterable[Sequence[Part]], publication: Publication) -> Iterator[dict[str, Any]]:
    """Months, the newest first, each of its parts. It leads to its first part, and names all where there are more."""
    for parts in months:
        month = parts[0].month
        yield {
            "path": parts[0].page,
            "year": month[:4],
            "title": month_named(month, publication.language),
            "short": month_alone(month, publication.language),
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
    """The one style sheet. Raises TemplateMistakeError where it may not be read."""
    own = folder / "templates" / "style.css"
    try:
        return (own if own.is_file() else SHIPPED / "style.css").read_bytes()
    except OSError as error:
        raise templating.mistake(error, str(own)) from error
