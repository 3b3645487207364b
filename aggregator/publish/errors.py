"""The page for what is not there or cannot be: shown by `aggregator serve`, and by web servers that are told to."""

from __future__ import annotations

from pathlib import Path

from aggregator.publish.templates import templates
from aggregator.publish.words import words_for
from aggregator.settings import Publication
from aggregator.templating import rendered

TOLD = {404: "absent", 405: "refused", 413: "too_large", 503: "busy"}
"""What the page says by status; of any other, whose fault it is."""


def error_page(publication: Publication, folder: Path, status: int, root: str) -> bytes:
    """The page for an HTTP status. `root` leads from where it is shown to the front page: '' or '../' and so on."""
    words = words_for(publication.language)
    told = TOLD.get(status, "failed" if status >= 500 else "misunderstood")
    shown = {
        "publication": publication,
        "words": words,
        "status": status,
        "told": words[f"error_{told}"],
        "root": root,
        "here": "",
    }
    return rendered(templates(folder), "error.html.j2", shown).encode(errors="replace")
