"""Repairs of HTML that are made on its text, before anything parses it."""

from __future__ import annotations

import re
from collections.abc import Set

from aggregator.nesting import bounded
from aggregator.normalise.embeds import PLAYERS_OF_THEIR_OWN, as_frames

COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))|<!\[CDATA\[|\]\]>|<[!?][^>]*(?:>|\Z)", re.DOTALL)
"""What the two parsers that follow each other would read differently."""
VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
NOSCRIPT = re.compile(r"<noscript[^<>]*>(.*?)(?:</noscript[^<>]*>|\Z)", re.DOTALL | re.IGNORECASE)
NOSCRIPT_TAG = re.compile(r"</?noscript[^<>]*>", re.IGNORECASE)
CLOSED_AT_ONCE = re.compile(rf"<(?!(?:{VOID})\b)([a-zA-Z][\w-]*)((?:\s[^<>]*[\"'\s])?)/>", re.IGNORECASE)
SWALLOWING = "form iframe noembed noframes noscript textarea title xmp".split()
"""Elements that are taken out, or hold no markup: one that is never closed takes the rest of the post with it."""
MATH = re.compile(r"<math\b([^<>]*)>(.*?)(?:</math[^<>]*>|\Z)", re.DOTALL | re.IGNORECASE)
TEX = re.compile(r"<annotation\b(?=[^<>]*application/x-tex)[^<>]*+>([^<>]*+)<", re.IGNORECASE)
ALT = re.compile(r"\balt(?:text|img)?\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
HAS_TWIN = re.compile(r"katex-mathml|mwe-math", re.IGNORECASE)
"""Where the formula stands a second time, as text or as a picture."""
LAZY_PICTURE = re.compile(r"<img[^>]*\sdata-[^>]*>[^<]*$")
NAME = re.compile(r"</?([a-zA-Z]+)")


def repaired(markup: str) -> str:
    """`markup` as it was meant, no deeper than tools can bear. A look at the names in it spares most posts the rest."""
    text = uncommented(markup)
    names = names_in(text)
    if not names.isdisjoint(PLAYERS_OF_THEIR_OWN):
        text = as_frames(text)
        names = names_in(text)
    if "math" in names:
        text = MATH.sub(in_words, text)
    text = bounded(closed(text, names))
    return without_twins(text) if any(name.startswith("noscript") for name in names) else text


def names_in(markup: str) -> set[str]:
    """The names of the elements, in small letters; of one with a hyphen, what stands before it."""
    return {name.lower() for name in set(NAME.findall(markup))}


def uncommented(markup: str) -> str:
    """`markup` without comments, declarations and the marks of CDATA."""
    return COMMENT.sub("", markup) if "<!" in markup or "<?" in markup or "]]>" in markup else markup


def closed(markup: str, names: Set[str]) -> str:
    """Elements closed as XML closes them (`<script/>`), and frames never closed, in the way HTML reads."""
    text = CLOSED_AT_ONCE.sub(r"<\1\2></\1>", markup) if "/>" in markup else markup
    for name in SWALLOWING:
        if name in names:
            start = max(0, text.lower().rfind(f"</{name}"))
            text = text[:start] + re.sub(rf"(<{name}\b[^<>]*>)", rf"\1</{name}>", text[start:], flags=re.IGNORECASE)
    return text


def in_words(formula: re.Match[str]) -> str:
    """A formula in MathML, of which nothing passes, as it is typed (TeX), else as its symbols in a row."""
    if HAS_TWIN.search(formula.string, max(0, formula.start() - 200), formula.start()):
        return ""
    typed = TEX.search(formula[2]) or ALT.search(formula[1])
    words = next(filter(None, typed.groups()), "") if typed else re.sub(r"<[^<>]*>", " ", formula[2])
    return f"<code>{' '.join(words.split())}</code>" if words.strip() else ""


def without_twins(markup: str) -> str:
    """No noscript elements: a picture in one that stands beside its lazy twin goes, anything else comes forward."""

    def forward(found: re.Match[str]) -> str:
        before = markup[max(0, found.start() - 1500) : found.start()]
        is_twin = "<img" in found[1].lower() and LAZY_PICTURE.search(before.lower()) is not None
        return "" if is_twin else found[1]

    return NOSCRIPT_TAG.sub("", NOSCRIPT.sub(forward, markup))


def paragraphs(text: str) -> str:
    """Text without markup as paragraphs; entities in it are those of HTML."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts if part)
