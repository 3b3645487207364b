"""Reading what was published with parsers that are not the program's own."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
PROVENANCE = re.compile(r"<p class=\"provenance\".*?</p>\s*$", re.S)


@dataclass(frozen=True)
class Published:
    """One entry of out/atom.xml."""

    id: str
    title: str
    link: str
    author: str
    published: datetime
    content: str
    text: str
    images: tuple[str, ...]
    tags: tuple[str, ...]
    source: str
    related: tuple[str, ...]


class Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.images: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(dict(attrs).get("src") or "")
        if tag in ("p", "li", "br", "div", "h2", "h3", "h4", "h5", "h6", "td", "blockquote", "figure"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def folded(text: str) -> str:
    """`text` with every run of white space as one space."""
    return " ".join(html.unescape(text).split())


def entries_of(file: Path) -> list[Published]:
    """The entries of an Atom file, in its order; a body's last paragraph, which names the source, is not its text."""
    found = []
    for entry in ElementTree.fromstring(file.read_bytes()).iter(f"{ATOM}entry"):
        content = entry.findtext(f"{ATOM}content") or ""
        reader = Text()
        reader.feed(PROVENANCE.sub("", content))
        links = entry.findall(f"{ATOM}link")
        found.append(
            Published(
                id=entry.findtext(f"{ATOM}id") or "",
                title=entry.findtext(f"{ATOM}title") or "",
                link=next((link.get("href", "") for link in links if link.get("rel") == "alternate"), ""),
                author=entry.findtext(f"{ATOM}author/{ATOM}name") or "",
                published=datetime.fromisoformat(entry.findtext(f"{ATOM}published") or ""),
                content=content,
                text=folded("".join(reader.parts)),
                images=tuple(reader.images),
                tags=tuple(category.get("term", "") for category in entry.findall(f"{ATOM}category")),
                source=entry.findtext(f"{ATOM}source/{ATOM}title") or "",
                related=tuple(link.get("href", "") for link in links if link.get("rel") in ("related", "via")),
            ),
        )
    return found
