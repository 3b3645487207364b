"""Bylines: names of people, without addresses, prefixes or the names that software gives."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from aggregator.normalise.text import fold

PREFIX = re.compile(
    r"^(?:(?:geschreven|gepost|geplaatst|gepubliceerd|written|posted|published|words|tekst|text|gastblog|guest\s+post)?\s*"
    r"(?:door|by|von|par|auteur|author)\b\s*:?\s+|(?:tekst|text|words)\s*:\s*|gastblogger\s*:?\s+|/?u/|@\S+\s+(?=\S))",
    re.IGNORECASE,
)
LATER = re.compile(r"\s+(?:[|—–·•-]\s.*\d|[—–·•]\s|op\s+\d|on\s+(?:\w+\s+)?\d|in\s+categor|@).*$", re.IGNORECASE)
ADDRESS = re.compile(r"https?://\S+")
ASIDE = re.compile(r"(?<=\S)\s*\([^()@]*\)\s*$")
ROLE = re.compile(r",\s+[a-z][^,]*$")
SCRIPT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
PARTICLES = "van de der den het ten ter te 't von zu da di du la le bin al en".split()
MAIL = r"(?<![^\s<>()\",;:])[^\s<>()\",;:]+@[^\s<>()\",;:]+"
"""From the beginning of a word on: looked for from each of its letters, a long word would be read as often."""
TAG = re.compile(r"<(?!\s*(?:mailto:)?[^\s<>]+@)[^<>]*>")
MAIL_THEN_NAME = re.compile(rf"^{MAIL}\s*\((.+)\)$")
NAME_THEN_MAIL = re.compile(rf"^\"?(.+?)\"?\s*[<(]\s*(?:mailto:)?{MAIL}\s*[>)]$")
NOBODY = re.compile(
    r"^(?:admin|administrator|beheerder|(?:van\s+)?(?:(?:de|onze)\s+)?redactie\b.*|redacteur|editor|"
    r"editorial staff|webmaster|webredactie|(?:the\s+)?editors|staff|guest\s+author|gastauteur|gastblogger|"
    r"unknown|onbekend|anonymous|anoniem|author|auteur|user|gebruiker|root|noreply|no-reply|info|blog|wordpress|wp)\d*$",
    re.IGNORECASE,
)
ABBREVIATED = re.compile(r"(?:\.\w|\b[JS]r)\.$")
"""`Bakker B.V.`"""
JOINT = re.compile(r"\s*(?:;|/|\||&|,\s*(?:en|and)\s|\s(?:en|and|und|et)\s)\s*", re.IGNORECASE)
LONGEST_NAME = 80
LONGEST_BYLINE = 10_000
"""Characters: a paper may have some hundred authors."""


@lru_cache(maxsize=1_000)
def people_of(raws: tuple[str, ...], nobody: tuple[str | None, ...] = ()) -> tuple[str, ...]:
    """The people that bylines name, each once, in order. `nobody` holds names that are no person: the blog's own.

    Most blogs have few authors: the bylines of one post are those of the next.
    """
    refused = {fold(name).casefold() for name in nobody if name}
    names = (name for raw in raws for name in names_in(raw))
    return tuple(dict.fromkeys(name for name in names if name.casefold() not in refused))


def names_in(raw: str) -> tuple[str, ...]:
    """The names in one byline; mail addresses, prefixes and software's names are no part of them."""
    text = SCRIPT.sub(" ", html.unescape(html.unescape(raw[:LONGEST_BYLINE])))
    text = fold(ADDRESS.sub(" ", TAG.sub(" ", text)))
    for pattern in (MAIL_THEN_NAME, NAME_THEN_MAIL):
        found = pattern.match(text)
        if found:
            text = found[1].strip()
    text = ROLE.sub("", ASIDE.sub("", LATER.sub("", PREFIX.sub("", text))))
    found_names = []
    for part in split(text):
        name = re.sub(rf"[<(]?\s*(?:mailto:)?{MAIL}\s*[>)]?", "", part)
        name = re.sub(r"^@|\(\s*\)", "", name).strip(" \t\"',;:-–—|<>()")
        name = name if ABBREVIATED.search(name) else name.strip(".")
        if name and len(name) <= LONGEST_NAME and not NOBODY.match(name) and re.search(r"[^\W\d_]", name):
            found_names.append(spelt(name))
    return tuple(found_names)


def spelt(name: str) -> str:
    """A name in capitals as names are written: `JAN VAN DER BERG` is Jan van der Berg. Of one word it stays."""
    words = name.split()
    if len(words) < 2 or name != name.upper():
        return name
    return " ".join(word.lower() if word.lower() in PARTICLES else word.title() for word in words)


def split(text: str) -> list[str]:
    """The parts of a list of names. A comma parts names when every part has a first and a last name, or an "en" ends
    the list; `Jansen, Bart` is one name."""
    parts = []
    listed = JOINT.split(text)
    for part in listed:
        pieces = [piece.strip() for piece in part.split(",")]
        whole = all(len(piece.split()) >= 2 for piece in pieces)
        single = len(listed) > 1 and ";" not in text and all(len(piece.split()) == 1 for piece in pieces)
        parts += pieces if whole or single else [part]
    return parts
