"""What a post shows in a frame of somebody else's: a link to it, and its picture where the address gives one away.

A frame loads a third party's scripts, and feed readers and mail programs show none. Which picture a player has is
told by YouTube's and Dailymotion's addresses alone; others would have to be asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aggregator.normalise.text import fold
from aggregator.normalise.urls import clean_url

if TYPE_CHECKING:
    from lxml.html import HtmlElement

SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data-cmp-src", "data-cookieblock-src")
YOUTUBE = r"https?://(?:www\.)?(?:youtube(?:-nocookie)?\.com/(?:embed|v)/|youtu\.be/)"
SOUNDCLOUD = r"https?://w\.soundcloud\.com/player/?\?(?:.*&)?url=(https?(?::|%3A)//(?:www\.)?soundcloud\.com[^&]+)"
INSTAGRAM = r"https?://(?:www\.)?instagram\.com/(p|reel|tv)/([\w-]+)/embed"
PLAYERS = (
    (re.compile(rf"{YOUTUBE}videoseries\?(?:.*&)?list=([\w-]+)"), r"https://www.youtube.com/playlist?list=\1", ""),
    (
        re.compile(rf"{YOUTUBE}([\w-]+)"),
        r"https://www.youtube.com/watch?v=\1",
        r"https://i.ytimg.com/vi/\1/hqdefault.jpg",
    ),
    (re.compile(r"https?://player\.vimeo\.com/video/(\d+)"), r"https://vimeo.com/\1", ""),
    (
        re.compile(r"https?://(?:www\.)?dailymotion\.com/embed/video/(\w+)"),
        r"https://www.dailymotion.com/video/\1",
        r"https://www.dailymotion.com/thumbnail/video/\1",
    ),
    (re.compile(r"https?://open\.spotify\.com/embed(?:-podcast)?/(\w+/\w+)"), r"https://open.spotify.com/\1", ""),
    (re.compile(SOUNDCLOUD, re.IGNORECASE), r"\1", ""),
    (re.compile(r"https?://platform\.(?:twitter|x)\.com/embed/.*[?&]id=(\d+)"), r"https://x.com/i/status/\1", ""),
    (re.compile(INSTAGRAM), r"https://www.instagram.com/\1/\2/", ""),
    (re.compile(r"(https?://embed\.ted\.com/talks/[\w-]+)"), r"\1", ""),
    (
        re.compile(
            r"(https?://(?:[\w-]+\.)*(?:soundcloud\.com|spotify\.com|bandcamp\.com|podbean\.com|buzzsprout\.com|anchor\.fm|"
            r"libsyn\.com|simplecast\.com|art19\.com|slideshare\.net|codepen\.io|loom\.com|wistia\.(?:com|net)|flourish\.studio|"
            r"datawrapper\.de|dwcdn\.net|npo\.nl|google\.\w+/maps)/.*)"
        ),
        r"\1",
        "",
    ),
)  # fmt: skip
"""The address in a frame, the page it belongs to, and its picture."""
HOLDERS = ("div", "section", "article", "main", "figure", "blockquote", "li", "td", "center")
"""What may hold a paragraph, and more."""
COUNTERS = re.compile(
    r"googletagmanager|doubleclick|googlesyndication|/ads?[/.]|facebook\.com/plugins/(?:like|share)", re.I
)
OTHER_ELEMENTS = re.compile(
    r"<(?:lite-youtube|amp-youtube|youtube-video)\b(?=[^<>]*+>)[^<>]*?\b(?:data-)?videoid\s*=\s*[\"']?([\w-]++)[^<>]*+>",
    re.IGNORECASE,
)
FLASH = re.compile(
    rf"<embed\b(?=[^<>]*+>)[^<>]*?\bsrc\s*=\s*[\"']?(?:https?:)?//{YOUTUBE.split('//', 1)[1]}([\w-]+)[^<>]*>",
    re.IGNORECASE,
)
PLAYERS_OF_THEIR_OWN = frozenset(("amp", "embed", "lite", "youtube"))
"""How the names of the elements above and below begin."""
AMP = re.compile(r"<(/?)amp-(img|video|audio|iframe)\b", re.IGNORECASE)


def as_frames(markup: str) -> str:
    """`markup` with players that are elements of their own as frames, and AMP's pictures as pictures."""
    if "<amp-" in markup.lower():
        markup = AMP.sub(r"<\1\2", markup)
    for pattern in (OTHER_ELEMENTS, FLASH):
        markup = pattern.sub(r'<iframe src="https://www.youtube.com/embed/\1"></iframe>', markup)
    return markup


def replace_frames(root: HtmlElement, base: str) -> None:
    """Each frame as a link to what it shows, with its picture; those that show nothing, or do not say what, go."""
    from lxml import html

    for frame in list(root.iter("iframe")):
        made = link_for(frame, base)
        if made is None or frame.getparent() is None:
            frame.drop_tree()
            continue
        for around in list(frame.iterancestors("a")):
            around.drop_tag()
        parent = frame.getparent()
        if parent is root or parent.tag in HOLDERS:
            line = html.Element("p")
            line.append(made)
            made = line
        made.tail, frame.tail = frame.tail, None
        parent.replace(frame, made)


def link_for(frame: HtmlElement, base: str) -> HtmlElement | None:
    """The link that stands for a frame; None where there is nothing to follow."""
    from lxml import html

    found = next((one for name in SOURCES if (one := clean_url(frame.get(name), base))), None)
    if found is None or COUNTERS.search(found):
        return None
    title = fold(frame.get("title") or "")
    page, picture = shown_by(found)
    address = clean_url(page or (found if title else None))
    if address is None:
        return None
    link = html.Element("a", href=address)
    if picture:
        image = html.Element("img", src=picture, alt="")
        image.tail = title or address
        link.append(image)
    else:
        link.text = title or address
    return link


def shown_by(address: str) -> tuple[str | None, str | None]:
    """The page that a player's address belongs to, and its picture; None where they are not known."""
    for pattern, page, picture in PLAYERS:
        match = pattern.match(address)
        if match:
            found = match.expand(page)
            return unquote(found) if "%3A//" in found[:10].upper() else found, match.expand(picture) or None
    return None, None
