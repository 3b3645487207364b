"""Bylines: names of people, without addresses, prefixes or the names that software gives."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from aggregator.normalise.text import fold

PREFIX = re.compile(
    r"^(?:geschreven|gepost|geplaatst|gepubliceerd|written|posted|published|words|tekst|text)?\s*"
    r"(?:door|by|von|par|auteur|author)\b\s*:?\s+",
    re.IGNORECASE,
)
LATER = re.compile(r"\s+(?:\||—|–|·|•|op\s+\d|on\s+\d|in\s+categor|@\s).*$", re.IGNORECASE)
MAIL = r"[^\s<>()\",;:]+@[^\s<>()\",;:]+"
MAIL_THEN_NAME = re.compile(rf"^{MAIL}\s*\((.+)\)$")
NAME_THEN_MAIL = re.compile(rf"^\"?(.+?)\"?\s*[<(]\s*(?:mailto:)?{MAIL}\s*[>)]$")
NOBODY = re.compile(
    r"^(?:admin|administrator|beheerder|redactie|de redactie|redacteur|editor|editorial staff|webmaster|webredactie|"
    r"unknown|onbekend|anonymous|anoniem|author|auteur|user|gebruiker|root|noreply|no-reply|info|blog|wordpress|wp)\d*$",
    re.IGNORECASE,
)
JOINT = re.compile(r"\s*(?:;|/|\||&|,\s*(?:en|and)\s|\s(?:en|and|und|et)\s)\s*", re.IGNORECASE)
LONGEST_NAME = 80


def people_of(raws: Iterable[str], nobody: Iterable[str | None] = ()) -> tuple[str, ...]:
    """The people that bylines name, each once, in order. `nobody` holds names that are no person: the blog's own."""
    refused = {fold(name).casefold() for name in nobody if name}
    names = (name for raw in raws for name in names_in(raw))
    return tuple(dict.fromkeys(name for name in names if name.casefold() not in refused))


def names_in(raw: str) -> list[str]:
    """The names in one byline; mail addresses, prefixes and software's names are no part of them."""
    text = fold(re.sub(r"<(?!\s*(?:mailto:)?\S+@)[^<>]*>", " ", html.unescape(html.unescape(raw))))
    for pattern in (MAIL_THEN_NAME, NAME_THEN_MAIL):
        found = pattern.match(text)
        if found:
            text = found[1].strip()
    text = LATER.sub("", PREFIX.sub("", text))
    found_names = []
    for part in split(text):
        name = re.sub(rf"[<(]?\s*(?:mailto:)?{MAIL}\s*[>)]?", "", part)
        name = re.sub(r"^@|https?://\S+|\(\s*\)", "", name).strip(" \t\"'.,;:-–—|<>()")
        if name and len(name) <= LONGEST_NAME and not NOBODY.match(name) and re.search(r"[^\W\d_]", name):
            found_names.append(name)
    return found_names


def split(text: str) -> list[str]:
    """The parts of a list of names. A comma parts names only when every part has a first and a last name."""
    parts = []
    for part in JOINT.split(text):
        pieces = [piece.strip() for piece in part.split(",")]
        whole = all(len(piece.split()) >= 2 for piece in pieces)
        parts += pieces if whole else [part]
    return parts
