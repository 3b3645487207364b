"""The picture that stands for a post, which the post shows once: in one size or another, from one server or another."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

from aggregator.model import Image, RawPost
from aggregator.normalise.html import Cleaned
from aggregator.normalise.text import fold
from aggregator.normalise.urls import clean_url

PICTURE = re.compile(r'<img\b[^>]*?\ssrc="([^"]*)"')
SIZE = re.compile(r"-(\d{2,4})x\d{2,4}(?=\.\w+$)|-scaled(?=\.\w+$)|(?<=[/=])[sw](\d{2,4})(?:-\w+)*(?=/|$)")
"""What an address of a picture says of its size (WordPress, Blogger, image services)."""
SERVED = re.compile(r"^.*https?%3A%2F%2F|^https?://(?:i\d\.wp\.com/)?", re.IGNORECASE)
"""Its scheme, and who serves it for another (Substack, WordPress)."""
WHOLE = 10_000
"""Pixels: what a picture is taken to be wide whose address names no size."""


def pictured(raw: RawPost, base: str, cleaned: Cleaned) -> tuple[Image | None, str]:
    """The picture of the post, and the post's HTML with it."""
    address = clean_url(raw.image.url, base) if raw.image else None
    if raw.image is None or address is None:
        return cleaned.image, cleaned.html
    if cleaned.image is not None and picture_key(address) == picture_key(cleaned.image.url):
        largest = max(cleaned.image.url, address, key=width_of)  # what is named may be its thumbnail, or what is shown
        return Image(largest, cleaned.image.alt or fold(raw.image.alt)), cleaned.html
    image = Image(address, fold(raw.image.alt))
    if not raw.whole or holds_picture(cleaned.html, address):
        return image, cleaned.html
    return image, f'<p><img src="{attribute(image.url)}" alt="{attribute(image.alt)}"></p>\n{cleaned.html}'


def holds_picture(content: str, address: str) -> bool:
    """Whether the content shows the picture already."""
    wanted = picture_key(address)
    return any(picture_key(shown) == wanted for shown in PICTURE.findall(content))


def picture_key(address: str) -> str:
    """What the addresses of one picture have in common."""
    path = html.unescape(address).split("?", maxsplit=1)[0]
    return unquote(SIZE.sub("", SERVED.sub("", path)))


def width_of(address: str) -> int:
    """In pixels, as the address of a picture says; more than any where it says none, as that of the whole one."""
    found = SIZE.search(html.unescape(address).split("?", maxsplit=1)[0])
    return int(found[1] or found[2] or WHOLE) if found else WHOLE


def attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
