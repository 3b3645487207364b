"""Building issues with all that belongs to it: the editing file, pictures, the files under out/, the list of issues."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from aggregator.config import ConfigurationError
from aggregator.dedupe.corrections import WITHHELD
from aggregator.digest.building import Built, build_issue, draft_of, name_of, preheader_of, subject_of
from aggregator.digest.editing import EditingFile, read
from aggregator.digest.files import put_out, put_out_list
from aggregator.digest.for_editor import written_anew
from aggregator.digest.page import heading_of
from aggregator.digest.render import render
from aggregator.model import Issue
from aggregator.publish import writer
from aggregator.publish.files import remove, write_if_changed
from aggregator.settings import Settings
from aggregator.store import Store, issues


def build(settings: Settings, store: Store, name: str | None, now: datetime, since: date | None = None) -> Built:
    """Build an issue as its editing file says, and bring that file up to date; see building.build_issue."""
    name = name_of(settings, name, now, since)
    file = editing_file(settings, name)
    illustrate = None
    if settings.digest.images:
        from aggregator.picturing import illustrator

        illustrate = illustrator(settings, now)
    built = build_issue(settings, store, name, now, writer(settings, now), since, file, illustrate)
    write_if_changed(file.path, written_anew(file, built.issue).encode(errors="replace"))
    return replace(built, written=built.written + publish_list(settings, store, now))


def draft(settings: Settings, store: Store, name: str, now: datetime) -> Issue:
    """What issue `name` would hold if it were built now; raises as building.draft_of does."""
    return draft_of(settings, store, name, now, editing_file(settings, name))


def publish_list(settings: Settings, store: Store, now: datetime) -> tuple[str, ...]:
    """Bring out/digest/index.html and atom.xml in line with the issues; the paths that changed."""
    held = issues.items_held(store, WITHHELD)
    shown = [without(issue, held.get(issue.name, frozenset()), settings) for issue in issues.list_issues(store)]
    return put_out_list(shown, settings, writer(settings, now))


def take_out_withheld(settings: Settings, store: Store, now: datetime) -> list[str]:
    """Take posts that are withheld since an issue was built out of its copy on the web; a sentence where one was.

    The issue itself stays what it is, and so does the mail that was sent.
    """
    said = []
    for name, posts in sorted(issues.items_held(store, WITHHELD).items()):
        issue = issues.load(store, name)
        if issue is None or issue.state == "dropped":
            continue
        shown = without(issue, posts, settings)
        rendered = render(shown, settings)
        shown = replace(shown, html=rendered.html, text=rendered.text)
        if put_out(shown, rendered, settings, writer(settings, now)):
            for item in issue.items:
                if item.post_id in posts and item.picture:
                    remove(settings.out / "digest" / name / item.picture.url.rpartition("/")[2])
            was = "the mail that was sent is what it is" if issue.state == "sent" else NOT_SENT.format(name=name)
            said.append(f"Issue {name}: {len(posts)} of its posts are withheld and taken out of its page; {was}.")
    if said:
        publish_list(settings, store, now)
    return said


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
    try:
        return read(path, path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        from aggregator.config import Mistake

        raise ConfigurationError(path, [Mistake("", f"cannot be read as UTF-8 text: {error}")]) from None
