"""One way of cleaning for every kind of source: repaired on a tree, then passed through the allow-list."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.model import Image
from aggregator.nesting import bounded
from aggregator.normalise.allowed import cleaner, sorter
from aggregator.normalise.embeds import as_frames, replace_frames
from aggregator.normalise.images import from_picture, is_decoration, restore
from aggregator.normalise.notes import keep_anchors, number_notes
from aggregator.normalise.tails import READ_ON, drop_clutter, drop_head, drop_read_on, drop_tail
from aggregator.normalise.text import fold, harmless, text_of
from aggregator.normalise.urls import clean_url

if TYPE_CHECKING:
    from lxml.html import HtmlElement

LONGEST = 1_000_000
"""Characters of one post's HTML."""
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>|<[!?][^>]*>", re.DOTALL)
"""What the two parsers that follow each other here would read differently."""
VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
NOSCRIPT = re.compile(r"<noscript[^>]*>(.*?)</noscript\s*>", re.DOTALL | re.IGNORECASE)
NOSCRIPT_TAG = re.compile(r"</?noscript[^>]*>", re.IGNORECASE)
CLOSED_AT_ONCE = re.compile(rf"<(?!(?:{VOID})\b)([a-zA-Z][\w-]*)((?:\s[^<>]*[\"'\s])?)/>", re.IGNORECASE)
SWALLOWING = "iframe noembed noframes noscript textarea title xmp".split()
"""Elements of which the content is no markup: one that is never closed takes the rest of the post with it."""
LAZY_PICTURE = re.compile(r"<img[^>]*\sdata-[^>]*>[^<]*$")
MARKUP = re.compile(r"<[a-zA-Z!/]")
DROPPED = (
    "script style form template svg math object embed link meta title head base button input select textarea".split()
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
EMPTIABLE = (
    "p",
    "div",
    "span",
    "strong",
    "em",
    "b",
    "i",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "ul",
    "ol",
    "figure",
    "a",
)
URLS = {"a": "href", "source": "src", "audio": "src", "video": "src", "track": "src", "blockquote": "cite", "q": "cite"}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Safe HTML, and the first picture in it that can stand for the post."""

    html: str
    image: Image | None = None
    remarks: tuple[str, ...] = ()


def clean_html(markup: str, base: str, title: str = "", authors: Sequence[str] = (), *, whole: bool = True) -> Cleaned:
    """`markup` as HTML that is safe to publish: links absolute against `base`, no script, no tracker, no furniture."""
    if not whole and not title and not authors and is_plain(markup):
        return Cleaned(f"<p>{markup.strip()}</p>")
    text = harmless(markup)
    remarks = (f"It was cut after {LONGEST} characters.",) if len(text) > LONGEST else ()
    text = without_twins(bounded(closed(as_frames(COMMENT.sub("", text[:LONGEST])))))
    if not MARKUP.search(text):
        text = paragraphs(text)
    root = tree_of(harmless(sorter().clean(text)))  # what `&#xFFFE;` stood for is in it now
    drop_comments_and_scripts(root)
    drop_clutter(root)
    replace_frames(root, base)
    restore_pictures(root, base)
    make_absolute(root, base)
    drop_head(root, title)
    drop_tail(root, authors)
    if not whole:
        drop_read_on(root)
    keep_anchors(root)
    drop_empty(root)
    number_notes(root, base.partition("#")[0])
    fit_headings(root)
    image = first_picture(root)
    safe = cleaner().clean(inner(root)).strip()
    if not MARKUP.search(safe):
        safe = paragraphs(safe) if text_of(safe) else ""
    return Cleaned(safe, image, remarks)


def is_plain(text: str) -> bool:
    """Whether the text is one paragraph without markup, of which cleaning would leave every character as it is."""
    ordinary = text.isprintable() and "<" not in text and ">" not in text and "&" not in text
    return ordinary and text.strip() != "" and not READ_ON.fullmatch(fold(text)) and len(text) <= LONGEST


def closed(markup: str) -> str:
    """Elements closed as XML closes them (`<script/>`), and frames never closed, in the way HTML reads."""
    text = CLOSED_AT_ONCE.sub(r"<\1\2></\1>", markup)
    lowered = text.lower()
    for name in SWALLOWING:
        if f"<{name}" in lowered:
            start = max(0, lowered.rfind(f"</{name}"))
            text = text[:start] + re.sub(rf"(<{name}\b[^<>]*>)", rf"\1</{name}>", text[start:], flags=re.IGNORECASE)
            lowered = text.lower()
    return text


def without_twins(markup: str) -> str:
    """No noscript elements: a picture in one that stands beside its lazy twin goes, anything else comes forward."""

    def forward(found: re.Match[str]) -> str:
        before = markup[max(0, found.start() - 1500) : found.start()]
        is_twin = "<img" in found[1].lower() and LAZY_PICTURE.search(before.lower()) is not None
        return "" if is_twin else found[1]

    if "noscript" not in markup.lower():
        return markup
    return NOSCRIPT_TAG.sub("", NOSCRIPT.sub(forward, markup))


def paragraphs(text: str) -> str:
    """Text without markup as paragraphs; entities in it are those of HTML."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts if part)


def tree_of(markup: str) -> HtmlElement:
    """The markup as the content of one element."""
    from lxml import html

    parser = html.HTMLParser(encoding="utf-8", recover=True, huge_tree=True)
    document = html.document_fromstring(f"<html><body>{markup}</body></html>".encode("utf-8", "ignore"), parser=parser)
    return next(document.iter("body"), document)


def inner(root: HtmlElement) -> str:
    """The content of `root` as HTML."""
    from lxml import etree

    text = entities.escape(root.text or "", quote=False)
    return text + "".join(etree.tostring(child, encoding="unicode", method="html") for child in root)


def drop_comments_and_scripts(root: HtmlElement) -> None:
    """Out with what is never content."""
    from lxml import etree

    for node in list(root.iterdescendants(etree.Comment, etree.ProcessingInstruction, etree.Entity, *DROPPED)):
        if node.getparent() is not None:
            node.drop_tree()


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
        elif node.tag == "a" and re.match(r"(?:mailto|tel):", value, re.IGNORECASE):
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


def drop_empty(root: HtmlElement) -> None:
    """Out with elements that hold nothing to see, innermost first, and breaks that only space things out."""
    for node in reversed(list(root.iterdescendants(*EMPTIABLE))):
        if not len(node) and not fold(node.text or "") and node.getparent() is not None:
            keep_space = bool(node.text) and node.tag not in ("p", "div", "li", "ul", "ol", "figure")
            if keep_space:
                node.drop_tag()
            else:
                node.drop_tree()
    for node in list(root.iter("p", "div")):
        children = list(node)
        if (
            children
            and all(child.tag == "br" and not fold(child.tail or "") for child in children)
            and not fold(node.text or "")
        ):
            node.drop_tree()
    for node in list(root.iter("br")):
        following = node.getnext()
        while following is not None and following.tag == "br" and not fold(node.tail or ""):
            third = following.getnext()
            if third is None or third.tag != "br" or fold(following.tail or ""):
                break
            following.drop_tree()
            following = third


def fit_headings(root: HtmlElement) -> None:
    """Headings under the post's own, which is an h2: the highest becomes h3, and no level is left out."""
    headings = list(root.iter(*HEADINGS))
    levels = sorted({int(node.tag[1]) for node in headings})
    fitted = {level: min(6, 3 + place) for place, level in enumerate(levels)}
    for node in headings:
        node.tag = f"h{fitted[int(node.tag[1])]}"


def first_picture(root: HtmlElement) -> Image | None:
    for image in root.iter("img"):
        if not is_decoration(image) and urlsplit(image.get("src") or "").scheme in ("http", "https"):
            return Image(image.get("src") or "", fold(image.get("alt") or ""))
    return None
