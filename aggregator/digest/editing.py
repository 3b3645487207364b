"""newsletters/YYYY-MM.yaml: what the editor says of one issue, and the list of posts to say it with.

The file has two parts. The editor's is never written again; below a line that says so stands what the last build
found, as comments, written anew by each build.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

from aggregator.config import ConfigurationError, Mistake, locate, parse, spell
from aggregator.model import Entry

KEYS = ("subject", "preheader", "intro", "lead", "order", "leave_out", "notes")
LONGEST = {"subject": 150, "preheader": 200, "intro": 5_000}
"""Characters. What is longer is a paste that went wrong, and would crowd out the posts."""
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Named:
    """A post that the file names, and where; `text` is the note on it."""

    link: str
    path: tuple[str | int, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Edits:
    """What the editor says; '' and () where the program chooses."""

    subject: str = ""
    preheader: str = ""
    intro: str = ""
    lead: tuple[Named, ...] = ()
    order: tuple[Named, ...] = ()
    leave_out: tuple[Named, ...] = ()
    notes: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class EditingFile:
    """The file as it was read: what it says, and its tree, in which mistakes are placed."""

    path: Path
    text: str = ""
    tree: Any = None
    edits: Edits = Edits()

    def refuse(self, mistakes: Sequence[Mistake]) -> None:
        """Raises ConfigurationError when there are any."""
        if mistakes:
            raise ConfigurationError(self.path, list(mistakes), self.text.splitlines())


def mark_of(edits: Edits) -> str:
    """The same for the same words of the editor, whatever comments stand beside them."""
    return sha256(repr(edits).encode(errors="replace")).hexdigest()[:16]


def read(path: Path, text: str) -> EditingFile:
    """The editing file that holds `text`. Raises ConfigurationError with every mistake and its place."""
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return EditingFile(path, text)
    tree = parse(path, text)
    file = EditingFile(path, text, tree)
    file.refuse(list(mistakes_in(tree)))

    def words(key: str) -> str:
        return str(tree.get(key) or "").strip()

    def named(key: str) -> tuple[Named, ...]:
        return tuple(Named(link, (key, place)) for place, link in enumerate(tree.get(key) or ()))

    edits = Edits(
        subject=words("subject"),
        preheader=words("preheader"),
        intro=words("intro"),
        lead=named("lead"),
        order=named("order"),
        leave_out=named("leave_out"),
        notes=tuple(Named(link, ("notes", link), note.strip()) for link, note in (tree.get("notes") or {}).items()),
    )
    return EditingFile(path, text, tree, edits)


def mistakes_in(tree: Any) -> Iterator[Mistake]:
    """What has not the form that it should have."""
    for key, value in tree.items():
        path = (key,)
        if key not in KEYS:
            near = get_close_matches(str(key), KEYS, n=1)
            hint = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(KEYS)}."
            yield mistake(tree, path, "unknown key", hint)
        elif value is None:
            continue
        elif key in LONGEST:
            if not isinstance(value, str):
                yield mistake(tree, path, "must be text", "Put it between quotes.")
            elif len(value) > LONGEST[key]:
                yield mistake(tree, path, f"is {len(value)} characters long; {LONGEST[key]} is the most")
        elif key == "notes":
            yield from mistakes_in_notes(tree, value)
        elif not isinstance(value, list):
            yield mistake(tree, path, "must be a list of addresses", "Write each on a line of its own, after `- `.")
        else:
            for place, link in enumerate(value):
                if not isinstance(link, str):
                    yield mistake(tree, (key, place), "must be the address of a post")


def mistakes_in_notes(tree: Any, notes: Any) -> Iterator[Mistake]:
    if not isinstance(notes, dict):
        yield mistake(tree, ("notes",), "must name posts", "Write `  https://its-address: Your words.` below it.")
        return
    for link, note in notes.items():
        if not isinstance(note, str):
            yield mistake(tree, ("notes", link), "must be text", "Put the note between quotes.")
        elif len(note) > LONGEST_NOTE:
            yield mistake(tree, ("notes", link), f"is {len(note)} characters long; {LONGEST_NOTE} is the most")


def mistake(tree: Any, path: tuple[str | int, ...], message: str, hint: str = "") -> Mistake:
    return Mistake(spell(path), message, *locate(tree, path), hint)


def settled(file: EditingFile, entries: Sequence[Entry], elsewhere: Mapping[str, str]) -> Edits:
    """The edits with every post named by its own link, checked against the `entries` the issue may hold.

    A copy's address names its original. `elsewhere` says of other posts, by link, why they cannot be in the issue.
    Raises ConfigurationError.
    """
    links = {copy.post.link: entry.stored.post.link for entry in entries for copy in entry.copies}
    links |= {entry.stored.post.link: entry.stored.post.link for entry in entries}
    titles = {entry.stored.post.link: entry.stored.post.title for entry in entries}
    seen: dict[str, Named] = {}
    wrong: list[Mistake] = []

    def known(named: Named) -> Named | None:
        link = links.get(named.link)
        if link is None:
            near = get_close_matches(named.link, links, n=1, cutoff=0.7)
            hint = f"Did you mean {near[0]} ({titles[links[near[0]]]})?" if near else ""
            message = elsewhere.get(named.link, "is the address of no post that this issue may hold")
            wrong.append(mistake(file.tree, named.path, message, hint))
            return None
        return Named(link, named.path, named.text)

    def listed(named: Sequence[Named]) -> tuple[Named, ...]:
        found = []
        for one in filter(None, map(known, named)):
            if one.link in seen:
                message = f"is named under `{seen[one.link].path[0]}` already"
                wrong.append(mistake(file.tree, one.path, message, "A post has one place."))
            else:
                seen[one.link] = one
                found.append(one)
        return tuple(found)

    edits = file.edits
    lead, order, leave_out = listed(edits.lead), listed(edits.order), listed(edits.leave_out)
    notes = tuple(one for one in map(known, edits.notes) if one)
    file.refuse(wrong)
    return Edits(edits.subject, edits.preheader, edits.intro, lead, order, leave_out, notes)


def named_links(edits: Edits) -> list[str]:
    """Every address that the file names."""
    return [named.link for named in (*edits.lead, *edits.order, *edits.leave_out, *edits.notes)]
