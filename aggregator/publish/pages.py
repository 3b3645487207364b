"""The page that people read: no script, nothing from elsewhere. Restyled through templates/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aggregator.model import Entry, SourceState
from aggregator.publish.words import day, words_for
from aggregator.settings import Publication, Source

SHIPPED = Path(__file__).parent.parent.parent / "templates"


def templates(folder: Path) -> Any:
    """The Jinja2 environment: templates/ beside sources.yaml first, then those that ship."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader([folder / "templates", SHIPPED])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def index_page(
    publication: Publication,
    entries: Sequence[Entry],
    sources: Sequence[Source],
    states: Mapping[str, SourceState],
    folder: Path,
) -> bytes:
    """out/index.html: the newest posts, the sources, and how to subscribe."""
    words = words_for(publication.language)
    page: str = (
        templates(folder)
        .get_template("page.html.j2")
        .render(
            publication=publication,
            words=words,
            posts=[shown(entry, publication) for entry in entries],
            sources=[shown_source(source, states.get(source.name), words) for source in sources],
        )
    )
    return page.encode()


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
