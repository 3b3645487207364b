"""Hashes that say whether a post is the same as before. Versioned: a change of rule must not look like an edit."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from aggregator.model import Post, RawPost, ToldBy

RAW_VERSION = "r1"
CONTENT_VERSION = "c1"


def digest(version: str, value: Any) -> str:
    """The version and 32 hexadecimal digits of the canonical JSON of `value`."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return version + blake2b(text.encode(), digest_size=16).hexdigest()


def plain(value: Any) -> Any:
    """`value` without its empty fields, so that a field added later changes no hash that was stored before."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((item.name, plain(getattr(value, item.name))) for item in fields(value))
        return {name: content for name, content in pairs if content not in (None, "", [], {})}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


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
    words = text.casefold().split()
    return digest(CONTENT_VERSION, words) if len(words) >= SHORTEST_TEXT else ""


SHORTEST_TEXT = 20
"""Words."""


def post_id(source: str, key: str) -> str:
    """32 hexadecimal digits: the lasting name of the post that `source` first showed under `key`."""
    return blake2b(f"{source}\n{key}".encode(), digest_size=16).hexdigest()
