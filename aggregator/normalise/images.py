"""Pictures: lazy ones restored, trackers taken out, addresses absolute."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.normalise.urls import clean_url

if TYPE_CHECKING:
    from lxml.html import HtmlElement

LAZY = (
    "data-src data-lazy-src data-original data-orig data-url data-orig-file data-large-file data-medium-file "
    "data-original-mos data-2000src data-1000src data-800src data-655src data-500src data-380src data-hi-res-src "
    "data-full-url data-image data-orig-src data-lazy data-lazyload data-ll-src data-flickity-lazyload data-cfsrc "
    "data-pagespeed-lazy-src data-ezsrc data-echo"
).split()
LAZY_SETS = ("data-srcset", "data-lazy-srcset")
PIXEL = re.compile(
    r"feeds\.feedburner\.com/~|feedsportal\.com|stats\.wordpress\.com|pixel\.wp\.com|api\.flattr\.com|//pixel\.|"
    r"__ptq\.gif|/pixel\.(?:gif|png)|doubleclick\.net|google-analytics\.com|facebook\.com/tr\b|/track(?:ing)?/open|"
    r"//(?:[\w.-]*\.)?(?:statcounter\.com/\d|scorecardresearch\.com/[bp]\b|met\.vgwort\.de/|mc\.yandex\.ru/watch|"
    r"getclicky\.com/\d+ns|goatcounter\.com/count|simpleanalytics(?:cdn)?\.com/noscript|medium\.com/_/stat|bat\.bing\.com/action|"
    r"px\.ads\.linkedin\.com|ct\.pinterest\.com|amazon-adsystem\.com/e/ir|feeds\.feedblitz\.com/[~_]/|tracking\.feedpress\.|"
    r"counter\.theconversation\.)|/(?:(?:matomo|piwik)\.php\?|i/adsct\b|wf/open\?)|[?&]republication-pixel=|"
    r"track\.hubspot|(?:^|[./])(?:spacer|blank|clear|1x1)\.(?:gif|png)",
    re.IGNORECASE,
)
NO_ADDRESS = re.compile(r"data:|[^?]*\{|(?:true|false|lazy|lazyload(?:ed|ing)?|auto|\d+)$", re.IGNORECASE)
"""A picture within the page, the pattern of an address (`x_{width}x.jpg`), or a setting."""
PLACEHOLDER = re.compile(r"^data:|placeholder|lazy[-_]?load|(?:^|/)(?:blank|spacer|transparent)\.\w+$", re.IGNORECASE)
DECORATION = re.compile(
    r"avatar|gravatar|emoji|smilies|logo|icon|badge|button|sprite|wp-includes/images", re.IGNORECASE
)
MOST_SOURCES = 20
"""Of one picture: where it is not closed, those of all that follow would be gone through for each."""
WIDEST = 2_048
"""Pixels: wider ones are for print."""
CANDIDATE = re.compile(r"([^\s,]\S*+)(?:(?<=,)|([^,]*+))")
"""An address, which may hold commas but does not end in one, and what is said of it up to the next comma: it never goes
back, for a srcset may be as long as a post (https://html.spec.whatwg.org/#parsing-a-srcset-attribute)."""
SIZE = re.compile(r"(\d+(?:\.\d+)?)([wx])")
UNIT = re.compile(r"px$")
TINY = re.compile(r"(?:^|;)(?:max-)?(?:width|height):(?:[01]px|0(?:[;!]|$))")


def restore(image: HtmlElement, base: str) -> bool:
    """Give the picture its real, absolute address; False when it has none or is a tracker."""
    lazy = sets = ""
    if any(name.startswith("data-") for name in image.attrib):
        stated = ((image.get(name) or "").strip() for name in LAZY)
        lazy = next((value for value in stated if value and not NO_ADDRESS.match(value)), "")
        sets = next((value for name in LAZY_SETS if (value := image.get(name))), "")
    source = (image.get("src") or "").strip()
    if not source or PLACEHOLDER.search(source) or lazy:
        source = lazy or largest(sets or image.get("srcset") or "") or source
    elif is_candidate(source, image.get("srcset") or ""):
        source = largest(image.get("srcset") or "") or source  # readers and mail programs know no srcset
    if is_pixel(image, source):
        return False
    address = clean_url(source, base)
    if address is None:
        return False
    image.set("src", address)
    candidates = srcset_of(sets or image.get("srcset") or "", base)
    if candidates:
        image.set("srcset", candidates)
    else:
        image.attrib.pop("srcset", None)
        image.attrib.pop("sizes", None)
    if image.get("alt") is None:
        image.set("alt", "")
    return True


def is_candidate(address: str, candidates: str) -> bool:
    """Whether a srcset offers this very address at some width."""
    return address in candidates and any(
        offered == address and unit == "w" for offered, _, unit in candidates_of(candidates)
    )


def candidates_of(candidates: str) -> Iterator[tuple[str, str, str]]:
    """The addresses of a srcset, each with the number and the unit of its size; '' for both where none is said."""
    for address, said in CANDIDATE.findall(candidates):
        size = SIZE.fullmatch(said.strip())
        if size or not said.strip():
            yield address.rstrip(","), *(size.groups() if size else ("", ""))


def from_picture(image: HtmlElement) -> None:
    """Give a picture without an address of its own that of the picture element it stands in."""
    holder = next(image.iterancestors("picture"), None)
    source = (image.get("src") or "").strip()
    if holder is None or (source and not PLACEHOLDER.search(source)):
        return
    for node in islice(holder.iter("source"), MOST_SOURCES):
        found = largest(node.get("srcset") or node.get("data-srcset") or node.get("data-lazy-srcset") or "")
        if found and not image.get("data-src"):
            image.set("data-src", found)


def is_pixel(image: HtmlElement, address: str) -> bool:
    """Whether the picture only reports that it was loaded: one pixel in size, hidden, or from a counter."""
    sides = [UNIT.sub("", (image.get(name) or "").strip()) for name in ("width", "height")]
    style = (image.get("style") or "").replace(" ", "").casefold()
    hidden = "display:none" in style or "visibility:hidden" in style
    tiny = any(side in ("0", "1") for side in sides) or TINY.search(style) is not None
    return hidden or tiny or PIXEL.search(address) is not None


def largest(candidates: str) -> str:
    """The address of the widest candidate of a srcset, of those for screens where there are any; '' for none."""
    found = [(float(size or 1), address) for address, size, _ in candidates_of(candidates)]
    fitting = [pair for pair in found if pair[0] <= WIDEST]
    return (
        max(fitting, key=lambda pair: pair[0])[1]
        if fitting
        else min(found, key=lambda pair: pair[0], default=(0, ""))[1]
    )


def srcset_of(candidates: str, base: str) -> str:
    """The srcset with absolute addresses; those that are none are left out."""
    kept = []
    for address, size, unit in candidates_of(candidates):
        clean = clean_url(address, base)
        if clean is not None and "," not in clean:
            kept.append(f"{clean} {size}{unit}".strip())
    return ", ".join(kept)


def is_decoration(image: HtmlElement) -> bool:
    """Whether a picture is too small or too plainly furniture to stand for the post."""
    side = UNIT.sub("", (image.get("width") or image.get("height") or "").strip())
    small = side.isdecimal() and int(side) < 100
    return small or DECORATION.search(f"{image.get('src')} {image.get('class') or ''}") is not None
