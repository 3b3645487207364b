"""What a build changed since the build before: what the editor looks at first."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.model import Issue, IssueItem


def differences(before: Issue, after: Issue) -> tuple[str, ...]:
    """A line for each thing that differs; () when the two are the same."""
    return tuple(lines(before, after))


def lines(before: Issue, after: Issue) -> Iterator[str]:
    for name in ("subject", "preheader"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{name}: {old!r} -> {new!r}"
    if before.intro != after.intro:
        yield "intro: rewritten" if before.intro and after.intro else f"intro: {'added' if after.intro else 'gone'}"
    was = {item.post_id: item for item in before.items}
    now = {item.post_id: item for item in after.items}
    out = {item.post_id: item.left_out for item in after.left_out}
    for post, item in now.items():
        if post not in was:
            yield f"added: {called(item)}"
    for post, item in was.items():
        if post not in now:
            yield f"gone: {called(item)}: {out.get(post, 'it may not be in this issue any more.')}"
    for post, item in now.items():
        if post in was:
            yield from changed(was[post], item)
    stayed = [post for post in was if post in now]
    order = [post for post in now if post in was]
    if stayed != order:
        first = next(new for old, new in zip(stayed, order, strict=True) if old != new)
        yield f"in another order, from {called(now[first])} on"


def changed(old: IssueItem, new: IssueItem) -> Iterator[str]:
    if old.lead != new.lead:
        yield f"{'opens the issue' if new.lead else 'opens the issue no more'}: {called(new)}"
    if old.note != new.note:
        yield f"note {'added' if not old.note else 'changed' if new.note else 'gone'}: {called(new)}"
    if (old.title, old.link) != (new.title, new.link):
        yield f"edited by its source: {called(old)} -> {new.title!r} {new.link}"
    elif (old.excerpt, old.authors, old.copies) != (new.excerpt, new.authors, new.copies):
        yield f"edited by its source: {called(new)}"
    if old.picture != new.picture:
        yield f"picture {'added' if not old.picture else 'changed' if new.picture else 'gone'}: {called(new)}"


def called(item: IssueItem) -> str:
    return f"{item.title!r} ({item.source})"
