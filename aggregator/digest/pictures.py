"""Foreign images made into pictures of our own: decoded within bounds, scaled, and written anew as JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

WIDEST = 1104
"""Pixels: shown at 552, sharp on a dense screen."""
TALLEST = 1104
SMALLEST = 200
"""Pixels of either side. What is smaller is an icon, or counts who looks."""
LARGEST = 80_000
"""Bytes of a picture."""
MOST_PIXELS = 40_000_000
"""Of the original: a file of a few bytes can claim any size, and decoding it takes three bytes for each pixel."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITIES = (82, 72, 60, 45, 30)


@dataclass(frozen=True, slots=True)
class Made:
    """A picture; or why there is none, in words that follow the address."""

    content: bytes = b""
    width: int = 0
    height: int = 0
    refused: str = ""


def remade(body: bytes) -> Made:
    """`body` as a JPEG of at most LARGEST bytes, without metadata, transparent parts white. The same gives the same."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(BytesIO(body), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                return Made(refused=f"claims {width} by {height} pixels")
            if min(width, height) < SMALLEST:
                return Made(refused=f"is {width} by {height} pixels; {SMALLEST} is the least")
            image.draft("RGB", (WIDEST, TALLEST))
            image.load()
            turned = ImageOps.exif_transpose(image)
            if turned.mode in ("RGBA", "LA", "PA", "P"):
                layer = turned.convert("RGBA")
                turned = Image.new("RGB", layer.size, "white")
                turned.paste(layer, mask=layer.getchannel("A"))
            picture = turned.convert("RGB")
            picture.thumbnail((WIDEST, TALLEST), Image.Resampling.LANCZOS)
    except UnidentifiedImageError:
        return Made(refused="is no JPEG, PNG, WebP or GIF image")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return Made(refused=f"cannot be decoded ({error})")
    while min(picture.size) >= SMALLEST:
        for quality in QUALITIES:
            out = BytesIO()
            picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
            if out.tell() <= LARGEST:
                return Made(out.getvalue(), picture.width, picture.height)
        picture = picture.reduce(2)
    return Made(refused=f"does not fit in {LARGEST} bytes")
