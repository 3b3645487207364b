"""The editor's file: it takes what people write, survives every build, and points at what is wrong."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator import issues_due, issuing, newsletter
from aggregator.config import ConfigurationError
from aggregator.digest.building import Built, build_issue
from aggregator.digest.editing import EditingFile
from aggregator.digest.for_editor import written_anew
from aggregator.digest.render import render
from aggregator.publish.files import PublishError
from aggregator.settings import Digest
from aggregator.store import Refused, issues
from tests.digest.making import a_setting, an_issue, an_item
from tests.store.build import a_post, keep, opened

NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)
HEAD = "https://een.example/"


def built(folder: Path, edits: str = "", now: datetime = NOW, **digest: object) -> Built:
    """The issue of October over six posts, built as `edits` says; without any as the file of before says."""
    settings = a_setting(folder, digest=Digest(**digest))  # type: ignore[arg-type]  # fields of Digest
    if edits:
        (folder / "newsletters").mkdir(exist_ok=True)
        (folder / "newsletters" / "2026-10.yaml").write_text(edits, encoding="utf-8")
    with opened(folder) as store:
        for number in range(6):
            date = datetime(2026, 10, 20, tzinfo=UTC) - timedelta(days=number)
            keep(store, a_post(f"p{number}", date=date, excerpt="Een zin.", first_seen=NOW - timedelta(days=1)))
        return issuing.build(settings, store, "2026-10", now)


def written(folder: Path) -> str:
    return (folder / "newsletters" / "2026-10.yaml").read_text(encoding="utf-8")


def test_what_the_editor_says_is_done_and_stays_to_the_letter(tmp_path: Path) -> None:
    own = (
        "# Mijn aantekening\nsubject: Een eigen onderwerp\nintro: |\n  Beste *lezer*, zie [hier](https://boek.example/).\n"
        f"lead: [{HEAD}p3]\norder:\n  - {HEAD}p5\nleave_out:\n  - {HEAD}p0\nnotes:\n  {HEAD}p1: Dit moet u lezen.\n"
    )
    first = built(tmp_path, own)
    issue = first.issue
    assert issue.subject == "Een eigen onderwerp"
    assert [item.link[-2:] for item in issue.items] == ["p3", "p5", "p1", "p2", "p4"]
    assert [item.lead for item in issue.items] == [True, False, False, False, False]
    assert [(item.link[-2:], item.for_good) for item in issue.left_out] == [("p0", True)]
    assert '<a href="https://boek.example/"' in issue.html
    assert "<em>lezer</em>" in issue.html
    assert "Dit moet u lezen." in issue.html
    assert "Dit moet u lezen." in issue.text
    assert written(tmp_path).startswith(own)
    again = built(tmp_path)
    assert (again.issue, again.written, again.changes) == (issue, (), ())
    assert written(tmp_path).startswith(own)


def test_what_was_edited_since_the_build_is_not_approved_without_it(tmp_path: Path) -> None:
    settings = replace(a_setting(tmp_path), store="sqlite:///state/aggregator.db")
    built(tmp_path, "subject: Eerst\n")
    (tmp_path / "newsletters" / "2026-10.yaml").write_text("subject: Toch anders\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"2026-10\.yaml was changed since it was built"):
        newsletter.approve(settings, "2026-10", NOW)
    built(tmp_path, "# Een aantekening is geen woord aan de lezers.\nsubject: Toch anders\n")
    newsletter.approve(settings, "2026-10", NOW)


def test_what_the_editor_saves_during_a_build_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(tmp_path, "subject: Eerst\n")

    def slowly(*values: Any) -> Built:
        (tmp_path / "newsletters" / "2026-10.yaml").write_text("subject: Daarna\n", encoding="utf-8")
        return build_issue(*values)

    monkeypatch.setattr(issuing, "build_issue", slowly)
    assert built(tmp_path).issue.subject == "Eerst"
    assert written(tmp_path).startswith("subject: Daarna\n#")
    monkeypatch.undo()
    assert built(tmp_path).issue.subject == "Daarna"


def test_the_first_build_writes_a_file_whose_lines_can_be_copied_into_it(tmp_path: Path) -> None:
    built(tmp_path)
    text = written(tmp_path)
    for key in ("subject", "preheader", "intro", "lead", "order", "leave_out", "notes"):
        assert re.search(rf"(?m)^#.*\n{key}:$", text)
    line = next(line for line in text.splitlines() if "p4" in line)
    assert "Titel p4" in line
    changed = built(tmp_path, text.replace("leave_out:\n", f"leave_out:\n{line[1:]}\n"))
    assert changed.changes == ("gone: 'Titel p4' (Een): The editor left it out, for good.",)


def test_each_build_says_what_changed_since_the_one_before(tmp_path: Path) -> None:
    built(tmp_path)
    changes = "\n".join(built(tmp_path, f"subject: Nieuw\nlead: [{HEAD}p4]\nnotes: {{'{HEAD}p1': Lees!}}\n").changes)
    assert "subject: 'Klantenpost oktober: Titel p0' -> 'Nieuw'" in changes
    assert "opens the issue: 'Titel p4' (Een)" in changes
    assert "note added: 'Titel p1' (Een)" in changes


@pytest.mark.parametrize(
    ("edits", "place", "words"),
    [
        ("lead: [https://een.example/p9]\n", ":1:8:", "address of no post"),
        ("\nleave_out:\n  - https://een.example/p33\n", ":3:5:", "Did you mean https://een.example/p3 (Titel p3)?"),
        ("leed: []\n", ":1:1:", "Did you mean `lead`?"),
        ("subject: [a]\n", ":1:1:", "must be text"),
        ("lead: https://een.example/p1\n", ":1:1:", "must be a list"),
        ("notes: {https://een.example/p1: 3}\n", ":1:9:", "must be text"),
        ("lead: [https://een.example/p1]\norder: [https://een.example/p1]\n", ":2:9:", "is named under `lead` already"),
        ("lead: [https://een.example/p1\n", ":2:1:", "not valid YAML"),
        (f"intro: {'x' * 6_000}\n", ":1:1:", "6000 characters"),
    ],
)
def test_a_mistake_names_its_line_and_what_was_meant(edits: str, place: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        built(tmp_path, edits)
    assert f"2026-10.yaml{place}" in str(caught.value)
    assert words in str(caught.value)
    with opened(tmp_path) as store:
        assert issues.load(store, "2026-10") is None


def test_what_the_editor_left_out_is_in_no_later_issue_and_a_post_of_an_earlier_one_cannot_be_named(
    tmp_path: Path,
) -> None:
    settings = a_setting(tmp_path, digest=Digest(approval=False))
    built(tmp_path, f"leave_out: [{HEAD}p0]\n", approval=False)
    later = NOW + timedelta(days=30)
    with opened(tmp_path) as store:
        keep(store, a_post("nieuw", date=NOW + timedelta(days=1), first_seen=NOW + timedelta(days=1)))
        issue = issuing.build(settings, store, "2026-11", later).issue
        assert [item.link for item in issue.items] == [f"{HEAD}nieuw"]
    (tmp_path / "newsletters" / "2026-12.yaml").write_text(f"lead: [{HEAD}p1]\n", encoding="utf-8")
    with opened(tmp_path) as store, pytest.raises(ConfigurationError, match="is in issue 2026-10"):
        issuing.build(settings, store, "2026-12", later + timedelta(days=30))
    with opened(tmp_path) as store, pytest.raises(Refused):
        issuing.build(settings, store, "2026-10", later)


def test_of_the_posts_of_years_that_had_no_room_the_newest_are_listed_and_none_is_counted(tmp_path: Path) -> None:
    settings = a_setting(tmp_path)
    years_ago = [
        an_item(101, source_link=HEAD, date=NOW - timedelta(days=900 + number), left_out="Vol.")
        for number in range(300)
    ]
    issue = replace(an_issue(9), left_out=(an_item(101, source_link=HEAD, left_out="Vol."), *years_ago))
    text = written_anew(EditingFile(tmp_path / "x.yaml"), issue)
    assert (text.count("Vol."), "and 101 older ones" in text) == (200, True)
    assert "Nog 1 bericht op Blog 3" in render(issue, settings).text


def test_an_issue_whose_files_a_run_could_not_write_is_written_by_the_next(tmp_path: Path) -> None:
    settings = a_setting(tmp_path, digest=Digest(day=1, hour=7, approval=False))
    in_the_way = tmp_path / "out" / "digest"
    in_the_way.parent.mkdir()
    in_the_way.touch()
    with opened(tmp_path) as store:
        keep(store, a_post("a", date=datetime(2026, 10, 20, tzinfo=UTC), first_seen=datetime(2026, 10, 21, tzinfo=UTC)))
        with pytest.raises(PublishError):
            issues_due.build_due(settings, store, NOW)
        assert issues.states(store) == {"2026-10": "approved"}
        in_the_way.unlink()
        made, said = issues_due.build_due(settings, store, NOW)
        assert (made, [sentence.partition(": ")[0] for sentence in said]) == ((), ["Issue 2026-10"])
        assert issues_due.build_due(settings, store, NOW) == ((), ())
    assert {"index.html", "message.eml"} <= {path.name for path in (in_the_way / "2026-10").iterdir()}
    assert "2026-10" in (in_the_way / "index.html").read_text(encoding="utf-8")


def test_an_issue_that_is_due_and_too_small_says_so_once_and_its_posts_wait(tmp_path: Path) -> None:
    settings = a_setting(tmp_path, digest=Digest(day=1, hour=7, min_posts=2))
    with opened(tmp_path) as store:
        keep(store, a_post("a", date=datetime(2026, 10, 20, tzinfo=UTC), first_seen=datetime(2026, 10, 21, tzinfo=UTC)))
        made, said = issues_due.build_due(settings, store, NOW)
        assert made == ()
        assert "there is 1 new post, and an issue needs 2. The posts wait for the next issue." in said[0]
        assert issues_due.build_due(settings, store, NOW + timedelta(hours=1)) == ((), ())
        keep(store, a_post("b", date=NOW, first_seen=NOW))
        made, said = issues_due.build_due(settings, store, datetime(2027, 1, 5, 10, tzinfo=UTC))
        assert [one.issue.name for one in made] == ["2026-11"]
        assert [item.link[-1] for item in made[0].issue.items] == ["b", "a"]
        assert "was due on 2026-12-01 at 07:00; no run came by then, and it is built now, 35 days later" in said[0]
        assert "2026-11 is built and waits for you" in said[1]


def test_a_mistake_in_a_template_puts_an_issue_off_and_stops_no_run(tmp_path: Path) -> None:
    settings = a_setting(tmp_path, digest=Digest(day=1, hour=7))
    template = tmp_path / "templates" / "digest.txt.j2"
    template.parent.mkdir()
    template.write_text("{{ nowhere }}")
    with opened(tmp_path) as store:
        keep(store, a_post("a", date=datetime(2026, 10, 20, tzinfo=UTC), first_seen=datetime(2026, 10, 21, tzinfo=UTC)))
        made, said = issues_due.build_due(settings, store, NOW)
        assert made == ()
        assert re.search(r"2026-10 is due and was not built: \S+digest.txt.j2:1: cannot be used", said[0])
        template.unlink()
        made, _ = issues_due.build_due(settings, store, NOW)
        assert [one.issue.name for one in made] == ["2026-10"]


def test_an_archive_is_counted_and_a_newcomer_is_told_how_to_take_it(tmp_path: Path) -> None:
    settings = a_setting(tmp_path)
    with opened(tmp_path) as store:
        old = [a_post(f"o{n}", date=datetime(2026, 8, 1 + n, tzinfo=UTC), first_seen=NOW) for n in range(9)]
        keep(store, *old)
        with pytest.raises(ValueError, match=r"no new post.* 9 posts were old .*--since DATE"):
            issuing.build(settings, store, "2026-10", NOW)
        # What comes to light long after that is news, however old it says it is.
        late = a_post("laat", date=datetime(2019, 1, 1, tzinfo=UTC), first_seen=NOW + timedelta(days=60))
        keep(store, late)
        issue = issuing.build(settings, store, "2026-12", NOW + timedelta(days=61)).issue
        assert [item.link for item in issue.items] == [f"{HEAD}laat"]
        assert issue.past == (("Een", 9),)


def test_in_the_issue_after_the_first_not_every_blog_is_new_and_later_each_is_once(tmp_path: Path) -> None:
    built(tmp_path)
    settings = a_setting(tmp_path)

    def newcomers(name: str, now: datetime, source: str) -> tuple[str, ...]:
        with opened(tmp_path) as store:
            keep(
                store,
                a_post(f"v{name}", source=source, date=now - timedelta(days=9), first_seen=now - timedelta(days=9)),
            )
            return tuple(name for name, _ in issuing.build(settings, store, name, now).issue.newcomers)

    december, january, february = (datetime(*day, tzinfo=UTC) for day in ((2026, 12, 1), (2027, 1, 1), (2027, 2, 1)))
    assert newcomers("2026-11", december, "Een") == ()
    assert newcomers("2026-12", january, "Twee") == ("Twee",)
    assert newcomers("2027-01", february, "Een") == ()


def test_a_month_that_has_not_begun_has_no_issue(tmp_path: Path) -> None:
    built(tmp_path)
    with opened(tmp_path) as store, pytest.raises(ValueError, match="2027-11 is not built: that month has not begun"):
        issuing.build(a_setting(tmp_path), store, "2027-11", NOW)


def test_an_issue_whose_files_are_gone_is_there_again_to_the_letter(tmp_path: Path) -> None:
    settings = a_setting(tmp_path, digest=Digest())
    built(tmp_path)
    with opened(tmp_path) as store:
        issues.approve(store, "2026-10", NOW)
        issuing.publish_list(settings, store, NOW)
        before = {path: path.read_bytes() for path in settings.out.rglob("*") if path.is_file()}
        assert issues_due.put_back(settings, store, NOW, thorough=True) == ()
        (settings.out / "digest" / "2026-10" / "mail.html").unlink()
        assert issues_due.put_back(settings, store, NOW) == (), "a run looks for the list only"
        assert issues_due.put_back(settings, store, NOW, thorough=True) == ("digest/2026-10/mail.html",)
        shutil.rmtree(settings.out)
        assert issues_due.put_back(settings, store, NOW)
        assert {path: path.read_bytes() for path in settings.out.rglob("*") if path.is_file()} == before
        issues.drop(store, "2026-10", NOW)  # and the program ended there
        assert issues_due.put_back(settings, store, NOW, thorough=True)
        assert not (settings.out / "digest" / "2026-10").exists()
