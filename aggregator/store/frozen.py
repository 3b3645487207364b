"""An issue as one line of JSON and back: what was built is kept to the letter, and read again without the posts."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from aggregator.model import Image, Issue, IssueItem, Picture


def freeze(issue: Issue) -> tuple[str, str]:
    """All of `issue` but its state, which goes on changing, as JSON that is the same for the same issue.

    Apart comes what it left out: that may be a hundred times as much.
    """
    values = asdict(issue)
    del values["state"]
    left_out = values.pop("left_out")
    return written(values), written(left_out)


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=datetime.isoformat)


def thaw(text: str, state: Any, left_out: str | None = None) -> Issue:
    """The issue that `freeze` was given, in `state`; without what it left out, unless that is given too."""
    values = json.loads(text)
    apart = values.get("left_out", ()) if left_out is None else json.loads(left_out)  # once, it was in the one text
    values["items"] = tuple(item_of(item) for item in values["items"])
    values["left_out"] = tuple(item_of(item) for item in apart)
    for name in ("past", "newcomers"):
        values[name] = tuple(tuple(pair) for pair in values.get(name, ()))
    issue = Issue(**values, state=state)
    since = moment(values["since"]) if values.get("since") else None
    return replace(issue, start=moment(values["start"]), end=moment(values["end"]), since=since)


def item_of(values: dict[str, Any]) -> IssueItem:
    image, picture = values.pop("image"), values.pop("picture", None)
    item = IssueItem(**values, image=Image(**image) if image else None, picture=Picture(**picture) if picture else None)
    authors, copies, tags = tuple(item.authors), tuple(item.copies), tuple(item.tags)
    return replace(item, date=moment(values["date"]), authors=authors, copies=copies, tags=tags)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
