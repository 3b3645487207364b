"""What the sample blogs must come out as: read from the expectation that lies beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from ruamel.yaml import YAML

from tests.journeys.reading_out import Published, folded


@dataclass(frozen=True)
class Expected:
    """One post as it must be published; None where the sample states nothing."""

    link: str
    title: str
    author: str
    published: datetime | None
    first: str
    last: str
    never: tuple[str, ...]
    image: str | None
    tags: tuple[str, ...]


def expectations(shared: Path, side: Literal["document", "village"]) -> list[Expected]:
    """The posts of the seed documents, or the same posts as the village serves them."""
    rows = YAML(typ="safe", pure=True).load((shared / "seeds" / "expected.yaml").read_text("utf-8"))["posts"]
    found = []
    for row in rows:
        date = row["published"][side] if row["published"] else None
        image = row.get("image") or {}
        found.append(
            Expected(
                link=row["village"] if side == "village" else "",
                title=row["title"],
                author=row["author"],
                published=datetime.fromisoformat(date) if date else None,
                first=row["first"],
                last=row["last"],
                never=tuple(row["never"]),
                image=image.get(side),
                tags=tuple((row.get("tags") or {}).get(side, ())),
            ),
        )
    return found


def differences(expected: Expected, entry: Published, first_seen: datetime) -> list[str]:
    """What is wrong with `entry`, one line each; empty when it is as expected."""
    wrong = []
    if expected.link and entry.link != expected.link:
        wrong.append(f"link {entry.link}")
    if entry.author != expected.author:
        wrong.append(f"author {entry.author!r} instead of {expected.author!r}")
    if entry.published != (expected.published or first_seen):
        wrong.append(f"published {entry.published} instead of {expected.published or first_seen}")
    if expected.published and entry.published.utcoffset() != expected.published.utcoffset():
        wrong.append(f"zone {entry.published.utcoffset()}")
    if not entry.text.startswith(folded(expected.first)):
        wrong.append(f"begins {entry.text[:80]!r} instead of {expected.first!r}")
    if not entry.text.endswith(folded(expected.last)):
        wrong.append(f"ends {entry.text[-120:]!r} instead of {expected.last!r}")
    wrong += [f"holds {text!r}" for text in expected.never if text in entry.content or text in entry.text]
    if expected.image is not None and expected.image not in entry.images:
        wrong.append(f"images {entry.images} instead of {expected.image}")
    if expected.image is not None and entry.content.count(expected.image) != 1:
        wrong.append(f"image {expected.image} stands there {entry.content.count(expected.image)} times")
    if expected.tags and entry.tags != expected.tags:
        wrong.append(f"tags {entry.tags} instead of {expected.tags}")
    return wrong
