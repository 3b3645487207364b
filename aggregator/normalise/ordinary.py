"""Ordinary HTML, cleaned without a tree: most posts are paragraphs, headings, lists, links and pictures, all closed.

Of such a post each tag is looked at once. Whatever is out of the ordinary, or would be taken out, is declined, and
cleaned the long way round; a property holds the two to the very same result. The sanitiser is the last step here too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from aggregator.model import Image
from aggregator.normalise.allowed import cleaner
from aggregator.normalise.embeds import link_for
from aggregator.normalise.images import is_decoration, restore
from aggregator.normalise.ordinary_parts import HEADINGS, Declined, Parts, parts_of
from aggregator.normalise.prompts import BUTTON, CLUTTER, READ_ON, is_prompt
from aggregator.normalise.tails import LONG_BLOCK, TITLES, looked_at, squeezed
from aggregator.normalise.text import WITHIN_WORDS, fold
from aggregator.normalise.urls import clean_url, without_trackers

ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
SCRIPT = re.compile(r'<script(?: [a-z-]+(?:="[^"<>]*")?)*>[^<>]*</script>')
FRAME = re.compile(
    r"(^\s*|</(?:p|h[1-6]|ul|ol|blockquote|figure)>\s*)"
    r'<iframe((?: (?:src|width|height|title|frameborder|allow|loading)="[^"<>]*")+(?: allowfullscreen)?)></iframe>'
)
RELATIVE = re.compile(r"(?:\.\./)*[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*/?")
AS_WRITTEN = re.compile(r"[A-Za-z0-9_.!~*'()@/:=?;#%&,+-]+")
"""An address of which libxml2 leaves every character as it is."""


def cleaned_at_once(
    markup: str, base: str, title: str, authors: Sequence[str], *, whole: bool
) -> tuple[str, str, Image | None] | None:
    """The safe HTML of an ordinary post, its text, and the picture that can stand for it; None for any other."""
    try:
        parts = parts_of(without_foreign(markup, base))
        nothing_added(parts, title, authors, whole=whole)
        image = with_addresses(parts, base)
    except Declined:
        return None
    fit_headings(parts)
    tags = [f"<{tag}>" for tag in parts.tags]
    spaces = ["" if name in WITHIN_WORDS else " " for name in parts.names]
    return cleaner().clean(between(parts.texts, tags)).strip(), fold(html.unescape(between(parts.texts, spaces))), image


def between(texts: Sequence[str], others: Sequence[str]) -> str:
    pieces = [""] * (len(texts) + len(others))
    pieces[0::2], pieces[1::2] = texts, others
    return "".join(pieces)


def without_foreign(markup: str, base: str) -> str:
    """`markup` without scripts, and with links for the frames that stand between its blocks: see embeds.py."""
    if "<script" in markup:
        markup = SCRIPT.sub("", markup)
    return FRAME.sub(lambda found: linked(found, base), markup) if "<iframe" in markup else markup


def linked(found: re.Match[str], base: str) -> str:
    from lxml import etree
    from lxml import html as lxml_html

    about = attributes_of(found[2].replace(" allowfullscreen", ""))
    address_of(about.get("src", ""), base)
    link = link_for(lxml_html.Element("iframe", about), base)
    return found[1] + ("" if link is None else f"<p>{etree.tostring(link, encoding='unicode', method='html')}</p>")


def nothing_added(parts: Parts, title: str, authors: Sequence[str], *, whole: bool) -> None:
    """Raises Declined where software may have added something at the head or the end: see tails.py."""
    blocks = sorted(parts.blocks)
    headings = [parts.text(block) for block in blocks if parts.names[block[0]] in TITLES]
    if headings and squeezed(title) in map(squeezed, headings):
        raise Declined
    names = {name.casefold() for name in authors}
    last = ""
    for block in reversed(blocks[looked_at(len(blocks)) :]):
        text = parts.text(block)
        if not text:
            continue
        if not last and (text.strip(" .,-–—").casefold() in names or (not whole and reads_on(parts, block, text))):
            raise Declined
        last = text
        if is_prompt(text):
            raise Declined
        if len(text.split(None, LONG_BLOCK)) >= LONG_BLOCK and not is_linked(parts, block, text):
            return
    if blocks and not last:
        raise Declined


def reads_on(parts: Parts, block: tuple[int, int], text: str) -> bool:
    return any(READ_ON.fullmatch(one) for one in (text, *(f" {link}" for link in parts.links_in(block))))


def is_linked(parts: Parts, block: tuple[int, int], text: str) -> bool:
    return sum(map(len, parts.links_in(block))) * 10 >= len(text) * 8


def with_addresses(parts: Parts, base: str) -> Image | None:
    """Make the addresses absolute; the first picture that can stand for the post. Raises Declined where one is lost."""
    first: Image | None = None
    seen = set()
    for place, (tag, name) in enumerate(zip(parts.tags, parts.names, strict=True)):
        if " " not in tag:
            if tag in ("a", "img", "img/"):
                raise Declined
            continue
        about = attributes_of(tag)
        if name == "a":
            parts.tags[place] = written("a", about | {"href": address_of(about.get("href", ""), base)})
        elif name == "img":
            address, image = picture(about, base)
            if address in seen:
                raise Declined
            seen.add(address)
            parts.tags[place] = written("img", about)
            first = first or image
    return first


def attributes_of(tag: str) -> dict[str, str]:
    """What the attributes of a tag say. Raises Declined for those that lead somewhere or name what is taken out."""
    about = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(tag)}
    if tag.count('="') != len(about) or not about.keys().isdisjoint(("id", "name", "cite")):
        raise Declined
    if "class" in about and (CLUTTER.search(about["class"]) or BUTTON.search(about["class"])):
        raise Declined
    return about


def address_of(written: str, base: str) -> str:
    """The absolute address that an attribute gives. Raises Declined where tools may differ on it."""
    address = without_trackers(written, base) or (clean_url(written, base) if RELATIVE.fullmatch(written) else None)
    if address is None or "xn--" in address or not AS_WRITTEN.fullmatch(address):
        raise Declined
    return address


def picture(about: dict[str, str], base: str) -> tuple[str, Image | None]:
    """The address of a picture, and the picture if it can stand for the post; its attributes as they are to be."""
    from lxml import html as lxml_html

    address_of(about.get("src", ""), base)
    element = lxml_html.Element("img", about)
    if any(name.startswith("data-") for name in about) or not restore(element, base):
        raise Declined
    about.clear()
    about.update(element.attrib)
    address = about["src"]
    if not AS_WRITTEN.fullmatch(address):
        raise Declined
    return address, None if is_decoration(element) else Image(address, fold(about["alt"]))


def written(name: str, about: Mapping[str, str]) -> str:
    return f"{name} " + " ".join(f'{attribute}="{html.escape(value)}"' for attribute, value in about.items())


def fit_headings(parts: Parts) -> None:
    """As in tree.py: the highest becomes h3, and no level is left out."""
    levels = sorted(HEADINGS.intersection(parts.names))
    fitted = {level: f"h{min(6, 3 + place)}" for place, level in enumerate(levels)}
    for place, name in enumerate(parts.names) if levels else ():
        if name in fitted:
            parts.tags[place] = parts.tags[place].replace(name, fitted[name], 1)
