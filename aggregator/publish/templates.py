"""The templates that pages are made with: those that ship, and the operator's own before them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

PAGES = "archive.html.j2", "base.html.j2", "page.html.j2", "posts.html.j2", "status.html.j2"
"""Those that news shows on."""
SHIPPED = Path(__file__).parent.parent.parent / "templates"


def templates(folder: Path) -> Any:
    """The Jinja2 environment: templates/ beside sources.yaml first, then those that ship. Each is compiled once, unless
    it changes, or another one comes before it."""
    own = folder / "templates"
    return environment(own, frozenset(path.name for path in own.glob("*")))


@lru_cache(maxsize=1)
def environment(own: Path, _names: frozenset[str]) -> Any:
    """Another one for other names of files in `own`: Jinja2 looks whether a template changed, not whether one came."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader([own, SHIPPED])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def load_templates(folder: Path, language: str) -> None:
    """Have ready what pages are made with. A mistake in a template is told by who uses it."""
    from aggregator.publish.words import month_named

    month_named("2000-01", language)
    for name in PAGES:
        with suppress(Exception):
            templates(folder).get_template(name)


def digest_of_templates(folder: Path) -> str:
    """Of all that pages are rendered with: when one is edited, every page is made anew."""
    summed = blake2b(digest_size=12)
    for path in files_of_templates(folder):
        if path.name.endswith(".html.j2"):
            with suppress(OSError):  # told by who uses it
                summed.update(path.name.encode() + path.read_bytes())
    return summed.hexdigest()


def files_of_templates(folder: Path) -> Iterator[Path]:
    """Every file that may be a template, in order. Hidden ones are what editors leave beside a file that is open."""
    for place in (SHIPPED, folder / "templates"):
        if place.is_dir():
            yield from sorted(path for path in place.iterdir() if path.is_file() and not path.name.startswith("."))
