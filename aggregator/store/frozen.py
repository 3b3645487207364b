"""An issue as one line of JSON and back: what was built is kept to the letter, and read again without the posts."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from aggregator.model import Image, Issue, IssueItem, Picture


def freeze(issue: Issue) -> str:
    """All of `issue` but its state, which goes on changing, as JSON that is the same for the same issue."""
    values = asdict(issue)
    del values["state"]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=datetime.isoformat)


def thaw(text: str, state: Any) -> Issue:
    """The issue that `freeze` was given, in `state`."""
    values = json.loads(text)
    for name in ("items", "left_out"):
        values[name] = tuple(item_of(item) for item in values[name])
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
