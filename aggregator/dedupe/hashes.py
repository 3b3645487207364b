"""Hashes that say whether a post is the same as before. Versioned: a change of rule must not look like an edit."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from hashlib import blake2b
from json import JSONEncoder
from typing import Any

from aggregator.model import Post, RawPost, ToldBy

RAW_VERSION = "r1"
CONTENT_VERSION = "c1"
CANONICAL = JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def digest(version: str, value: Any) -> str:
    """The version and 32 hexadecimal digits of the canonical JSON of `value`."""
    return digest_of(version, CANONICAL.encode(value))


def digest_of(version: str, written: str) -> str:
    return version + blake2b(written.encode(), digest_size=16).hexdigest()


def plain(value: Any) -> Any:
    """`value` without its empty fields, so that a field added later changes no hash that was stored before."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    kind: type = type(value)
    names = names_of(kind)
    if not names:
        return value
    found = {}
    for name in names:
        content = getattr(value, name)
        if content is not None and type(content) is not str:
            content = plain(content)
        if content not in (None, "", [], {}):
            found[name] = content
    return found


@cache
def names_of(kind: type) -> tuple[str, ...]:
    """The names of the fields of a dataclass; none of another type."""
    return tuple(item.name for item in fields(kind)) if is_dataclass(kind) else ()


def raw_hash(raw: RawPost, told_by: ToldBy = "id") -> str:
    """Of a post as its source told it, wherever it stood, without what the source is not trusted with."""
    if told_by != "id":
        raw = replace(raw, id=None) if told_by == "link" else replace(raw, id=None, link=None)
    return digest(RAW_VERSION, {name: value for name, value in plain(raw).items() if name != "position"})


def content_hash(post: Post) -> str:
    """Of what a reader sees of a post: differs when it was edited."""
    image = post.image.url if post.image else ""
    return digest(CONTENT_VERSION, [post.title, post.link, list(post.authors), post.content, list(post.tags), image])


@lru_cache(maxsize=256)
def text_hash(text: str) -> str:
    """Of a post's words alone; '' for a text too short to tell posts apart."""
    folded = text if text.isprintable() and "  " not in text else " ".join(text.split())
    words = folded.strip().casefold()  # which makes no space of anything
    if words.count(" ") + 1 < SHORTEST_TEXT:
        return ""
    # The JSON of the list of words: escaped at once, as no word holds a space, nor does what it is escaped to.
    listed = CANONICAL.encode(words).replace(" ", '","')
    return digest_of(CONTENT_VERSION, f"[{listed}]")


SHORTEST_TEXT = 20
"""Words."""


def post_id(source: str, key: str) -> str:
    """32 hexadecimal digits: the lasting name of the post that `source` first showed under `key`."""
    return blake2b(f"{source}\n{key}".encode(), digest_size=16).hexdigest()
