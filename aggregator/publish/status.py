"""out/status.json and out/status.html: how every source fares, since when, why, and how often it posts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aggregator.model import HealthState, SourceState
from aggregator.publish.words import local_date, words_for
from aggregator.settings import Publication, Source

MONTHS = 12
BAR, GAP, HEIGHT = 9, 3, 28
"""Pixels of the picture of a source's rhythm."""
PICTURE = {"width": MONTHS * (BAR + GAP) - GAP, "height": HEIGHT}
WELL: frozenset[HealthState] = frozenset({"ok", "unchanged"})


def status_json(
    sources: Sequence[Source], states: Mapping[str, SourceState], rhythms: Mapping[str, Sequence[int]]
) -> bytes:
    """The state of every source for scripts: nothing that changes while nothing happens, no headers, no secrets."""
    rows = [row_of(source, states.get(source.name), rhythms.get(source.name, ())) for source in sources]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)  # a line each: json is quick at that
    return f'{{"sources": [\n{lines}\n]}}\n'.encode()


def row_of(source: Source, state: SourceState | None, rhythm: Sequence[int]) -> dict[str, Any]:
    kind = state_of(state)
    return {
        "name": source.name,
        "link": state.link if state else "",
        "state": kind,
        "since": moment(state.since) if state else None,
        "why": state.sentence if state and kind != "ok" else "",
        "posts": state.post_count if state else 0,
        "newest": moment(state.newest) if state else None,
        "posts_a_month": list(rhythm),
    }


def state_of(state: SourceState | None) -> str:
    """`unchanged` is how most readings of a healthy source end, and no news to anybody."""
    return "never-read" if state is None or state.since is None else "ok" if state.state in WELL else state.state


def moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def shown_rows(
    sources: Sequence[Source],
    states: Mapping[str, SourceState],
    rhythms: Mapping[str, Sequence[int]],
    publication: Publication,
) -> list[dict[str, Any]]:
    """The same for people, days as dates."""
    words = words_for(publication.language)
    rows = []
    for source in sources:
        state, rhythm = states.get(source.name), rhythms.get(source.name, ())
        kind = state_of(state)
        since, newest = (state.since, state.newest) if state else (None, None)
        rows.append(
            {
                "name": source.name,
                "link": state.link if state else "",
                "well": kind == "ok",
                "state": words[f"state_{kind}"],
                "why": state.sentence if state and kind != "ok" else "",
                "since": local_date(since, publication.timezone) if since and kind != "ok" else None,
                "newest": local_date(newest, publication.timezone) if newest else None,
                "count": state.post_count if state else 0,
                "bars": bars(rhythm),
                "total": sum(rhythm),
            }
        )
    return rows


def bars(counts: Sequence[int]) -> str:
    """One bar a month, oldest first, the tallest filling the picture; a month without posts is a thin line.

    As the one path of an SVG: twelve elements a source would be half of the page.
    """
    most = max(counts, default=0)
    drawn = []
    for place, count in enumerate(counts):
        height = max(1, round(HEIGHT * count / most)) if most else 1
        drawn.append(f"M{place * (BAR + GAP)} {HEIGHT}v-{height}h{BAR}v{height}z")
    return "".join(drawn)


def months_until(newest: datetime, timezone: str) -> list[str]:
    """The last MONTHS months as YYYY-MM, ending with that of the newest post: the picture moves when posts come."""
    local = newest.astimezone(ZoneInfo(timezone))
    number = local.year * 12 + local.month - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(number - MONTHS + 1, number + 1)]
