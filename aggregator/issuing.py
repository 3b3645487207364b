"""Building issues with all that belongs to it: the editing file, pictures, the files under out/, the list of issues."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from aggregator.config import ConfigurationError
from aggregator.dedupe.corrections import WITHHELD
from aggregator.digest.building import Built, build_issue, draft_of, name_of, preheader_of, subject_of
from aggregator.digest.editing import EditingFile, mark_of, read
from aggregator.digest.files import FILES, put_out, put_out_list
from aggregator.digest.for_editor import written_anew
from aggregator.digest.page import heading_of
from aggregator.digest.render import render
from aggregator.model import Issue
from aggregator.publish import writer
from aggregator.publish.files import remove, write_if_changed
from aggregator.settings import Settings
from aggregator.store import Refused, Store, issues


def build(settings: Settings, store: Store, name: str | None, now: datetime, since: date | None = None) -> Built:
    """Build an issue as its editing file says, and bring that file up to date; see building.build_issue."""
    name = name_of(settings, name, now, since)
    file = editing_file(settings, name)
    illustrate = None
    if settings.digest.images:
        from aggregator.picturing import illustrator

        illustrate = illustrator(settings, now)
    built = build_issue(settings, store, name, now, writer(settings, now), since, file, illustrate)
    saved = editing_text(file.path)  # again: pictures take their time, and the editor may have saved meanwhile
    write_if_changed(file.path, written_anew(replace(file, text=saved), built.issue).encode(errors="replace"))
    listed = publish_list(settings, store, now)
    issues.note_to_show(store, issues.to_show(store) - {name})
    return replace(built, written=built.written + listed)


def draft(settings: Settings, store: Store, name: str, now: datetime) -> Issue:
    """What issue `name` would hold if it were built now; raises as building.draft_of does."""
    return draft_of(settings, store, name, now, editing_file(settings, name))


def refuse_edited(settings: Settings, store: Store, name: str) -> None:
    """Raises Refused where the editor's file says something else than when the issue was built."""
    issue = issues.load(store, name)
    if issue is not None and issue.edited not in ("", mark_of(editing_file(settings, name).edits)):
        raise Refused(
            f"Issue {name} is not approved: {editing_path(settings, name)} was changed since it was built. "
            f"`aggregator digest build {name}`, look at it, and approve it then."
        )


def publish_list(settings: Settings, store: Store, now: datetime) -> tuple[str, ...]:
    """Bring out/digest/index.html and atom.xml in line with the issues; the paths that changed."""
    held = issues.items_held(store, WITHHELD)
    shown = [without(issue, held.get(issue.name, frozenset()), settings) for issue in issues.list_issues(store)]
    return put_out_list(shown, settings, writer(settings, now))


def show_what_is_not_withheld(settings: Settings, store: Store, now: datetime) -> list[str]:
    """Take posts that are withheld since an issue was built out of its copy on the web, and put back those that are no
    more; write the copy of one that was built by a run that ended before it could. A sentence where one was.

    The issue itself stays what it is, and so does the mail that was sent.
    """
    held, before = issues.items_held(store, WITHHELD), issues.to_show(store)
    issues.note_to_show(store, before | held.keys())  # a run that is killed at it leaves that to the next
    said = []
    for name in sorted(before | held.keys()):
        issue, posts = issues.load(store, name), held.get(name, frozenset())
        if issue is None or issue.state == "dropped":
            continue
        pictures = {item.picture.url for item in issue.items if item.picture and item.post_id not in posts}
        brought_back = [put_back(settings, name, picture, now) for picture in sorted(pictures)]
        changed = put_out_without(issue, posts, settings, now)
        for picture in {item.picture.url for item in issue.items if item.picture} - pictures:
            put_aside(settings, name, picture)
        if not changed and not any(brought_back):
            continue
        was = "the mail that was sent is what it is" if issue.state == "sent" else NOT_SENT.format(name=name)
        taken_out = f"{len(posts)} of its posts are withheld and taken out of its page; {was}."
        said.append(f"Issue {name}: {taken_out if posts else WHOLE_AGAIN}")
    if said:
        publish_list(settings, store, now)
    issues.note_to_show(store, held)
    return said


def put_out_again(settings: Settings, store: Store, now: datetime) -> tuple[str, ...]:
    """Write the issues anew of which a file is gone from under out/, and their list; the paths that changed.

    What is left of one that was given up is taken away: the program may have ended before it could.
    """
    held = issues.items_held(store, WITHHELD)
    written: tuple[str, ...] = ()
    for name, state in issues.states(store).items():
        if state == "dropped":
            take_away(settings, name)
            continue
        gone = not all((settings.out / "digest" / name / file).is_file() for file in FILES)
        issue = issues.load(store, name) if gone else None
        if issue is not None:
            if settings.digest.images:
                from aggregator.picturing import illustrator

                issue, _ = illustrator(settings, now)(issue, issue)  # the same picture has its address of before
            written += put_out_without(issue, held.get(name, frozenset()), settings, now)
    return written + publish_list(settings, store, now)


def put_out_without(issue: Issue, posts: frozenset[str], settings: Settings, now: datetime) -> tuple[str, ...]:
    """Write the files of an issue, without `posts` of it; the paths that changed."""
    shown = without(issue, posts, settings)
    rendered = render(shown, settings)
    shown = replace(shown, html=rendered.html, text=rendered.text) if posts else issue
    return put_out(shown, rendered, settings, writer(settings, now))


def put_aside(settings: Settings, name: str, picture: str) -> None:
    """Take a picture (by its URL) from under out/, to be put back when its post is withheld no more."""
    file = picture.rpartition("/")[2]
    place = settings.out / "digest" / name / file
    with suppress(FileNotFoundError):
        write_if_changed(aside(settings, name) / file, place.read_bytes())
    remove(place)


def put_back(settings: Settings, name: str, picture: str, now: datetime) -> bool:
    """Put a picture back that was put aside; whether there was one."""
    file = picture.rpartition("/")[2]
    try:
        content = (aside(settings, name) / file).read_bytes()
    except FileNotFoundError:
        return False
    writer(settings, now)(f"digest/{name}/{file}", content)
    remove(aside(settings, name) / file)
    return True


def aside(settings: Settings, name: str) -> Path:
    """Where pictures of an issue lie that are not shown."""
    return settings.folder / "state" / "withheld" / name


WHOLE_AGAIN = "its page is whole again: nothing of it is withheld any more, or nothing keeps it from being written."
NOT_SENT = "its mail still holds them: `aggregator digest drop {name}`, and build it again, before it is sent"


def without(issue: Issue, posts: frozenset[str], settings: Settings) -> Issue:
    """The issue as it is shown without these posts; its subject and preheader name them no more."""
    if posts.isdisjoint(item.post_id for item in issue.items):
        return issue
    shown = replace(issue, items=tuple(item for item in issue.items if item.post_id not in posts))
    if not shown.items:
        return replace(shown, subject=heading_of(shown, settings), preheader="")
    return replace(shown, subject=subject_of(shown, settings), preheader=preheader_of(shown))


def take_away(settings: Settings, name: str) -> None:
    """Take the files of an issue that was given up from under out/."""
    for path in sorted((settings.out / "digest" / name).glob("*")):
        remove(path)


def editing_path(settings: Settings, name: str) -> Path:
    return settings.folder / "newsletters" / f"{name}.yaml"


def editing_file(settings: Settings, name: str) -> EditingFile:
    """The editing file of issue `name`, empty where there is none. Raises ConfigurationError."""
    from aggregator.months import MONTH

    path = editing_path(settings, name)
    if not MONTH.match(name) or not path.is_file():
        return EditingFile(path)
    return read(path, editing_text(path))


def editing_text(path: Path) -> str:
    """What the file holds, '' where it is not there. Raises ConfigurationError."""
    try:
        return path.read_bytes().decode("utf-8-sig") if path.is_file() else ""
    except UnicodeDecodeError as error:
        from aggregator.config import Mistake

        raise ConfigurationError(path, [Mistake("", f"cannot be read as UTF-8 text: {error}")]) from None
