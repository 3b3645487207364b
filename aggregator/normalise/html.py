"""One way of cleaning for every kind of source: repaired on a tree, then passed through the allow-list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.model import Image
from aggregator.normalise.allowed import cleaner, sorter
from aggregator.normalise.embeds import replace_frames
from aggregator.normalise.images import from_picture, is_decoration, restore
from aggregator.normalise.markup import paragraphs, repaired
from aggregator.normalise.notes import keep_anchors, number_notes
from aggregator.normalise.ordinary import cleaned_at_once
from aggregator.normalise.prompts import READ_ON
from aggregator.normalise.tails import drop_clutter, drop_head, drop_read_on, drop_tail
from aggregator.normalise.text import fold, harmless, text_of
from aggregator.normalise.tree import drop_comments_and_scripts, drop_empty, fit_headings, inner, part_words, tree_of
from aggregator.normalise.urls import clean_url

if TYPE_CHECKING:
    from lxml.html import HtmlElement

LONGEST = 1_000_000
"""Characters of one post's HTML."""
MARKUP = re.compile(r"<[a-zA-Z!/]")
FRAME, PICTURE, NAMES = "<iframe", "<img", (' class="', ' id="', ' name="')
"""As the sorter writes them: where none is, steps that look for them are spared."""
NO_PAGE = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
URLS = {"a": "href", "source": "src", "audio": "src", "video": "src", "track": "src"} | dict.fromkeys(
    ("blockquote", "q", "ins", "del"), "cite"
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Safe HTML, its text, and the first picture in it that can stand for the post."""

    html: str
    text: str
    image: Image | None = None
    remarks: tuple[str, ...] = ()


def clean_html(markup: str, base: str, title: str = "", authors: Sequence[str] = (), *, whole: bool = True) -> Cleaned:
    """`markup` as HTML that is safe to publish: links absolute against `base`, no script, no tracker, no furniture."""
    if not whole and not title and not authors and is_plain(markup):
        return Cleaned(f"<p>{markup.strip()}</p>", fold(markup))
    if len(markup) <= LONGEST:
        found = cleaned_at_once(markup if "<" in markup else paragraphs(markup), base, title, authors, whole=whole)
        if found is not None:
            return Cleaned(*found)
    return cleaned_on_a_tree(markup, base, title, authors, whole=whole)


def cleaned_on_a_tree(markup: str, base: str, title: str, authors: Sequence[str], *, whole: bool) -> Cleaned:
    """The same of any HTML, however broken."""
    text = harmless(markup)
    remarks = (f"It was cut after {LONGEST} characters.",) if len(text) > LONGEST else ()
    text = repaired(text[:LONGEST])
    if not MARKUP.search(text):
        text = paragraphs(text)
    text = harmless(sorter().clean(text))  # what `&#xFFFE;` stood for is in it now
    is_framed, is_named = FRAME in text, any(name in text for name in NAMES)
    is_pictured = is_framed or PICTURE in text
    root = tree_of(text)
    drop_comments_and_scripts(root)
    if is_named:
        drop_clutter(root)
    if is_framed:
        replace_frames(root, base)
    if is_pictured:
        restore_pictures(root, base)
    make_absolute(root, base)
    drop_head(root, title)
    drop_tail(root, authors, base)
    if not whole:
        drop_read_on(root)
    if is_named:
        keep_anchors(root)
    drop_empty(root)
    if is_named:
        number_notes(root, base.partition("#")[0])
    fit_headings(root)
    part_words(root)
    image = first_picture(root) if is_pictured else None
    safe = cleaner().clean(inner(root)).strip()
    if not MARKUP.search(safe):
        safe = paragraphs(safe) if text_of(safe) else ""
    return Cleaned(safe, text_of(safe), image, remarks)


def is_plain(text: str) -> bool:
    """Whether the text is one paragraph without markup, of which cleaning would leave every character as it is."""
    ordinary = text.isprintable() and "<" not in text and ">" not in text and "&" not in text
    return ordinary and text.strip() != "" and not READ_ON.fullmatch(fold(text)) and len(text) <= LONGEST


def restore_pictures(root: HtmlElement, base: str) -> None:
    """Real, absolute addresses; trackers and pictures without an address go, and a picture that stood there before."""
    seen: set[str] = set()
    for image in list(root.iter("img")):
        if image.getparent() is None:
            continue
        from_picture(image)
        if not restore(image, base) or image.get("src") in seen:
            image.drop_tree()
        else:
            seen.add(image.get("src") or "")


def make_absolute(root: HtmlElement, base: str) -> None:
    """Links absolute and without trackers; one that leads nowhere safe loses its address."""
    page = base.split("#", maxsplit=1)[0]
    for node in root.iter(*URLS):
        name = URLS[node.tag]
        value = (node.get(name) or "").strip()
        if not value:
            node.attrib.pop(name, None)
        elif node.tag == "a" and NO_PAGE.match(value):
            node.set(name, re.sub(r"\s", "", value.split("?")[0] if value.lower().startswith("mailto:?") else value))
        elif (address := clean_url(page + value if value.startswith("#") else value, base)) is not None:
            node.set(name, address)
        else:
            node.attrib.pop(name, None)
    for node in root.iter("video"):
        poster = clean_url(node.get("poster"), base)
        if poster:
            node.set("poster", poster)
        else:
            node.attrib.pop("poster", None)
    for node in list(root.iter("source")):
        node.attrib.pop("srcset", None)
        if not node.get("src"):
            node.drop_tag()  # the parser, which does not know that it is empty, puts what follows into it


def first_picture(root: HtmlElement) -> Image | None:
    for image in root.iter("img"):
        if not is_decoration(image) and urlsplit(image.get("src") or "").scheme in ("http", "https"):
            return Image(image.get("src") or "", fold(image.get("alt") or ""))
    return None
