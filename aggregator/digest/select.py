"""Which posts an issue holds, in which order, and why the others are not in it. Nothing is dropped in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aggregator.model import Entry, IssueItem
from aggregator.settings import Digest

LEAD_EXCERPT = 240
EXCERPT = 160


@dataclass(frozen=True, slots=True)
class Selection:
    """The posts of an issue, leads first and then newest first, and those left out with the reason."""

    items: tuple[IssueItem, ...]
    left_out: tuple[IssueItem, ...]


def select(entries: Sequence[Entry], digest: Digest) -> Selection:
    """Choose from `entries`, newest first: caps by source and in total, and the leads from different sources.

    A post left out by a cap is free for the next issue.
    """
    taken: list[IssueItem] = []
    left_out: list[IssueItem] = []
    by_source: Counter[str] = Counter()
    for entry in entries:
        item = item_of(entry)
        if by_source[item.source] >= digest.max_per_source:
            left_out.append(replace(item, left_out=f"{item.source} already has {digest.max_per_source} posts in it."))
        elif len(taken) >= digest.max_posts:
            left_out.append(replace(item, left_out=f"The issue already holds {digest.max_posts} posts."))
        else:
            by_source[item.source] += 1
            taken.append(item)
    leads = leads_of(taken, digest.lead)
    chosen = [replace(item, lead=True) for item in leads] + [item for item in taken if item not in leads]
    return Selection(tuple(chosen), tuple(left_out))


def leads_of(items: Sequence[IssueItem], count: int) -> list[IssueItem]:
    """The posts that open the issue: the newest ones with an excerpt, from as many sources as there are."""
    leads: list[IssueItem] = []
    for once in (True, False):
        for item in items:
            seen = {lead.source for lead in leads}
            if len(leads) < count and item not in leads and item.excerpt and not (once and item.source in seen):
                leads.append(item)
    return sorted(leads, key=items.index)


def item_of(entry: Entry) -> IssueItem:
    """The plain values of an entry that an issue needs: text and checked addresses, no HTML."""
    stored, post = entry.stored, entry.stored.post
    return IssueItem(
        post_id=stored.id,
        title=post.title,
        link=post.link,
        source=entry.source_title,
        authors=tuple(name for name in post.authors if name != entry.source_title),
        date=stored.date,
        excerpt=post.excerpt,
        language=post.language,
        reading_minutes=post.reading_minutes,
        undated=stored.dated_by == "first-seen",
        image=post.image,
        copies=tuple(f"{copy.post.source}: {copy.post.link}" for copy in entry.copies),
    )


def groups_of(items: Sequence[IssueItem], digest: Digest) -> list[tuple[str, list[IssueItem]]]:
    """The posts that are no leads, under the name of their source, the fullest group first; or all under ''."""
    rest = [item for item in items if not item.lead]
    if digest.group_by == "none":
        return [("", rest)] if rest else []
    found: dict[str, list[IssueItem]] = {}
    for item in rest:
        found.setdefault(item.source, []).append(item)
    return sorted(found.items(), key=lambda group: (-len(group[1]), group[0].casefold()))
