"""The templates that pages are made with: those that ship, and the operator's own before them."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent.parent.parent / "templates"


def templates(folder: Path) -> Any:
    """The Jinja2 environment: templates/ beside sources.yaml first, then those that ship."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader([folder / "templates", SHIPPED])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def digest_of_templates(folder: Path) -> str:
    """Of all that pages are rendered with: when one is edited, every page is made anew."""
    summed = blake2b(digest_size=12)
    for place in (SHIPPED, folder / "templates"):
        for path in sorted(place.glob("*.html.j2")):
            summed.update(path.name.encode() + path.read_bytes())
    return summed.hexdigest()
