"""Text from feeds as it may stand in a mail: on one line, cut to a length, without what breaks it or hides in it."""

from __future__ import annotations

import re
import unicodedata

# Control characters, lone surrogates and what is no character; and what turns the direction or takes no room. The
# joiners (U+200C, U+200D) stay where they stand alone: Persian words and family emoji need them.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|[\u200c\u200d]{2,}|(?<!\\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\\S)"
)


def safe(text: str) -> str:
    """`text` on one line, without characters that break a mail, turn its direction or hide in it."""
    bare = INVISIBLE.sub("", CONTROL.sub(" ", text)).replace("{{unsubscribe", "{ {unsubscribe")
    return " ".join(bare.split())


def without_control(text: str) -> str:
    """The same for text of several lines."""
    return "\n".join(INVISIBLE.sub("", CONTROL.sub(" ", line)) for line in text.splitlines())


def shortened(text: str, longest: int) -> str:
    """The first sentences or words of `text` that fit; '' when nothing may be shown."""
    if len(text) <= longest or longest == 0:
        return text if longest else ""
    ends = [mark.end() for mark in re.finditer(r"[.!?…]+[\"”’)]*(?=\s)", text[:longest])]
    if ends and ends[-1] >= longest // 2:
        return text[: ends[-1]]
    return text[: longest - 1].rsplit(None, 1)[0].rstrip(" ,;:-–—.") + "…"


def web(address: str) -> str:
    """`address` where it is one that a page may link to, else ''."""
    return address if address.startswith(("https://", "http://")) else ""


def direction_of(text: str) -> str:
    """The way in which the first letter of `text` runs, `ltr` or `rtl`; '' where there is none."""
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "")
    return "" if not first else "ltr" if first == "L" else "rtl"
