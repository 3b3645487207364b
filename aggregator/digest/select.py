"""Which posts an issue holds, in which order, and why the others are not in it. Nothing is dropped in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.digest.editing import Edits
from aggregator.model import Entry, IssueItem
from aggregator.settings import Digest


@dataclass(frozen=True, slots=True)
class Selection:
    """The posts of an issue, leads first, and those left out with the reason."""

    items: tuple[IssueItem, ...]
    left_out: tuple[IssueItem, ...]


def select(entries: Sequence[Entry], digest: Digest, edits: Edits | None = None) -> Selection:
    """Choose from `entries`, newest first: what the editor names, then by caps for each source and in total.

    A post left out by a cap is free for the next issue, one left out by the editor is not. The leads are the
    editor's, else the newest ones from different sources.
    """
    edits = edits or Edits()
    notes = {note.link: note.text for note in edits.notes}
    items = [replace(item, note=notes.get(item.link, "")) for item in map(item_of, entries)]
    vetoed = {named.link for named in edits.leave_out}
    wanted = {named.link for named in (*edits.lead, *edits.order)}
    taken: list[IssueItem] = []
    left_out: list[IssueItem] = []
    by_source = Counter(item.source for item in items if item.link in wanted)
    total = sum(by_source.values())
    for item in items:
        if item.link in vetoed:
            left_out.append(replace(item, left_out="The editor left it out, for good.", for_good=True))
        elif item.link in wanted:
            taken.append(item)
        elif by_source[item.source] >= digest.max_per_source:
            left_out.append(replace(item, left_out=f"{item.source} already has {digest.max_per_source} posts in it."))
        elif total >= digest.max_posts:
            left_out.append(replace(item, left_out=f"The issue already holds {digest.max_posts} posts."))
        else:
            by_source[item.source] += 1
            total += 1
            taken.append(item)
    places = {named.link: place for place, named in enumerate((*edits.lead, *edits.order))}
    taken.sort(key=lambda item: places.get(item.link, len(places)))
    named = {one.link for one in edits.lead}
    leads = [item for item in taken if item.link in named] or leads_of(taken, digest.lead)
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
        tags=post.tags,
        source_link=entry.source_link,
    )


def groups_of(items: Sequence[IssueItem], digest: Digest) -> list[tuple[str, list[IssueItem]]]:
    """The posts that are no leads, under their source or tag, the fullest group first; or all under ''.

    What shares no tag with another post comes last, under ''.
    """
    rest = [item for item in items if not item.lead]
    if digest.group_by == "none":
        return [("", rest)] if rest else []
    names = tags_of(rest) if digest.group_by == "tag" else {item.post_id: item.source for item in rest}
    found: dict[str, list[IssueItem]] = {}
    for item in rest:
        found.setdefault(names[item.post_id], []).append(item)
    return sorted(found.items(), key=lambda group: (group[0] == "", -len(group[1]), group[0].casefold()))


def tags_of(items: Sequence[IssueItem]) -> Mapping[str, str]:
    """By post, the one of its tags that most of `items` carry; '' where it shares none."""
    counts = Counter(tag.casefold() for item in items for tag in dict.fromkeys(item.tags))
    spelt: dict[str, str] = {}
    for item in items:
        for tag in item.tags:
            spelt.setdefault(tag.casefold(), tag)

    def shared(item: IssueItem) -> str:
        common = [tag.casefold() for tag in item.tags if counts[tag.casefold()] > 1]
        return spelt[min(common, key=lambda tag: (-counts[tag], tag))] if common else ""

    return {item.post_id: shared(item) for item in items}
