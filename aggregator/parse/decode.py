"""Bytes to text and text to a tree: never fails, whatever the label says."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from aggregator.nesting import bounded
from aggregator.parse.mending import nearly_utf8

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_CHARACTERS = 5_000_000

BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
PROLOG = re.compile(rb"^\s*<\?xml[^>]+encoding\s*=\s*[\"']([\w.:-]+)")
WESTERN = ("iso8859-1", "ascii", "latin-1", "iso8859-15")
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def decode_text(body: bytes, content_type: str = "") -> str:
    """The text of `body`: by byte order mark, HTTP charset, the charset it states itself, UTF-8, windows-1252.

    A label that cannot be right is passed over; ISO-8859-1 means windows-1252, as in every browser
    (https://encoding.spec.whatwg.org/#names-and-labels). Characters that no XML may hold are dropped.
    """
    for mark, name in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return UNWANTED.sub("", body[len(mark) :].decode(name, "replace"))
    for label in labels(body, content_type):
        try:
            return UNWANTED.sub("", body.decode(label))
        except (LookupError, UnicodeDecodeError):
            continue
    text = nearly_utf8(body)
    return UNWANTED.sub("", body.decode("windows-1252", "replace") if text is None else text)


def labels(body: bytes, content_type: str) -> list[str]:
    """The encodings to try, in order."""
    stated = CHARSET.findall(content_type)
    stated += [found.decode("ascii", "replace") for found in META.findall(body[:4096]) + PROLOG.findall(body[:1024])]
    names = []
    for name in stated:
        try:
            known = codecs.lookup(name).name
        except LookupError:
            continue
        names.append("windows-1252" if known in WESTERN[:3] else known)
    return [*names, "utf-8"]


def html_tree(body: bytes, content_type: str = "") -> HtmlElement:
    """The document as a tree; an empty one for an empty body. Scripts are still in it."""
    return tree_of(decode_text(body, content_type))


def tree_of(text: str) -> HtmlElement:
    """The HTML in `text` as a whole document, cut where it is beyond all measure."""
    from lxml import html

    shallow = bounded(text[:MOST_CHARACTERS]).strip() or "<html></html>"
    parser = html.HTMLParser(encoding="utf-8", recover=True, huge_tree=True)
    try:
        return html.document_fromstring(shallow.encode("utf-8", "ignore"), parser=parser)
    except (ValueError, AssertionError):
        return html.document_fromstring(b"<html><body></body></html>", parser=parser)
    except Exception as error:
        if type(error).__module__ != "lxml.etree":
            raise
        return html.document_fromstring(b"<html><body></body></html>", parser=parser)
