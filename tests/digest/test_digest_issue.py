"""The issue of a month: what it holds, how large it may be, and that nothing hostile gets into it."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import fromstring

from aggregator.digest.headers import from_line, list_id, subject
from aggregator.digest.message import message_of
from aggregator.digest.plain import safe
from aggregator.digest.planning import LARGEST
from aggregator.digest.render import render
from aggregator.digest.select import select
from aggregator.digest.window import month_before, months_due
from aggregator.model import Entry, Issue, IssueItem, Post, StoredPost
from aggregator.months import month_window
from aggregator.settings import Digest, Mail, Person, Publication, Settings
from tests.samples import examples

ZONE = "Europe/Amsterdam"
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def a_setting(folder: Path, **more: object) -> Settings:
    publication = Publication(title="Klantenpost", url="https://example.org/", author=Person(name="Redactie"))
    sender = Person(name="Redactie Ümlaut", email="redactie@example.org")
    mail = Mail(sender=sender, list_id="klantenpost.example.org", unsubscribe="https://example.org/u/{token}")
    values: dict[str, object] = {
        "publication": publication,
        "sources": (),
        "mail": mail,
        "file": folder / "sources.yaml",
    } | more
    return Settings(**values)  # type: ignore[arg-type]  # fields of Settings


def an_item(number: int, **more: object) -> IssueItem:
    values: dict[str, object] = {
        "post_id": f"{number:032x}", "title": f"Een titel van een bericht over klanten, nummer {number}",
        "link": f"https://blog{number % 7}.example/een-lang-adres-van-een-bericht/{number}", "source": f"Blog {number % 7}",
        "authors": ("Anna de Vries",), "date": NOW - timedelta(hours=number),
        "excerpt": "Een samenvatting van het bericht, met een paar zinnen. " * 4, "language": "nl", "reading_minutes": 3,
        "lead": number < 3,
    } | more  # fmt: skip
    return IssueItem(**values)  # type: ignore[arg-type]  # fields of IssueItem


def an_issue(count: int, **more: object) -> Issue:
    start, end = month_window("2026-10", ZONE)
    values: dict[str, object] = {
        "name": "2026-10", "state": "built", "start": start, "end": end, "items": tuple(an_item(n) for n in range(count)),
        "subject": "Klantenpost oktober", "preheader": "Eerst · Tweede", "number": 3,
    } | more  # fmt: skip
    return Issue(**values)  # type: ignore[arg-type]  # fields of Issue


@pytest.mark.parametrize("count", [1, 5, 24, 60, 200, 1000])
def test_an_issue_is_never_clipped_and_never_silent_about_it(count: int, tmp_path: Path) -> None:
    rendered = render(an_issue(count), a_setting(tmp_path))
    assert len(rendered.html.encode()) <= LARGEST
    assert bool(rendered.warnings) == (count > 60)
    for item in an_issue(count).items:
        assert (item.link in rendered.text.splitlines()) == (f'href="{item.link}"' in rendered.html)
        assert f'href="{item.link}"' in rendered.web
    if count == 24:
        assert len(rendered.html.encode()) <= 40_000


def test_the_html_is_what_mail_programs_need(tmp_path: Path) -> None:
    html = render(an_issue(10), a_setting(tmp_path)).html
    assert '<html lang="nl" dir="ltr"' in html
    assert html.count("[if ") == html.count("[endif]")
    assert "prefers-color-scheme:dark" in html
    assert len(re.findall("<h1", html)) == 1
    assert not re.search(r"<(?:img|script|link|iframe)\b", html)
    assert not re.search(r"url\(|@import|fonts\.g", html)
    hosts = set(re.findall(r'https?://([^/"]+)', re.sub(r"xmlns(:\w)?=\S+", "", html)))
    assert hosts <= {"example.org", *(f"blog{number}.example" for number in range(7))}
    for table in re.findall(r"<table[^>]*>", html):
        assert 'role="presentation"' in table


def test_a_foreign_post_is_marked_as_such(tmp_path: Path) -> None:
    html = render(an_issue(0, items=(an_item(1, language="en-GB"),)), a_setting(tmp_path)).html
    assert 'lang="en-GB"' in html


@pytest.mark.parametrize("theme", [None, "brief"])
def test_a_post_whose_language_nobody_knows_runs_as_its_letters_do(theme: str | None, tmp_path: Path) -> None:
    items = (an_item(1, title="5 שלום: tips", language="und"), an_item(2, title="5 tips", language="und"))
    made = render(an_issue(0, items=items), a_setting(tmp_path, digest=Digest(theme=theme)))
    for html in (made.html, made.web):
        found = {one.get("dir") for one in fromstring(html).iter("h3")}
        assert found == {"rtl", None}
        assert 'lang="und"' not in html


@pytest.mark.parametrize("theme", [None, "brief"])
def test_a_foreign_title_is_marked_in_the_list_at_the_top_too(theme: str | None, tmp_path: Path) -> None:
    items = (an_item(1, title="مرحبا بالعالم!", language="ar"), an_item(2))
    html = render(an_issue(0, items=items), a_setting(tmp_path, digest=Digest(theme=theme))).html
    for one in fromstring(html).iter("a"):
        if one.get("href") == items[0].link:
            above = [one, *one.iterancestors()]
            marked = next(element for element in above if element.get("lang"))
            assert (marked.get("lang"), marked.get("dir")) == ("ar", "rtl")
    assert html.count(items[0].link) == 2


def test_a_copy_is_named_and_linked_whatever_its_source_is_called(tmp_path: Path) -> None:
    item = an_item(1, copies=("Klant: de blog: https://c.example/2026/", "Twee: https://d.example/"))
    lines = render(an_issue(0, items=(item, an_item(2))), a_setting(tmp_path)).text.splitlines()
    place = next(number for number, line in enumerate(lines) if "Klant: de blog, Twee" in line)
    assert lines[place + 1 : place + 3] == ["https://c.example/2026/", "https://d.example/"]


def test_the_same_issue_gives_the_same_bytes(tmp_path: Path) -> None:
    assert render(an_issue(24), a_setting(tmp_path)) == render(an_issue(24), a_setting(tmp_path))


def test_a_template_that_fails_still_lets_a_plain_issue_out_loudly(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "digest.mjml.j2").write_text("<mjml><mj-body><p></mj-body></mjml>")
    rendered = render(an_issue(3), a_setting(tmp_path))
    assert "plain layout" in rendered.warnings[0]
    assert an_item(1).title in rendered.html


HOSTILE = st.text(max_size=80) | st.sampled_from(
    ["</mj-text><mj-raw>", "{{ 7*7 }}", "{% for x in y %}", "<mj-include path='/etc/passwd'/>", "a\r\nBcc: x@y.example", "\x00", "<b>",
     "&", "3 < 4", "]]>", "<!--", "\u202egnip", "<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>"]
)  # fmt: skip


@settings(deadline=None, max_examples=examples(25))
@given(HOSTILE, HOSTILE)
def test_feed_text_enters_as_text_only(title: str, excerpt: str) -> None:
    folder = Path("/nonexistent")
    items = (an_item(1, title=title, excerpt=excerpt, source=title or "x", authors=(title,)), an_item(2))
    issue = an_issue(0, items=items, subject=title, preheader=excerpt)
    rendered = render(issue, a_setting(folder))
    assert rendered.warnings == ()
    found = {str(element.tag) for element in fromstring(rendered.html).iter() if isinstance(element.tag, str)}
    assert not {tag for tag in found if tag in ("script", "img", "iframe") or tag.startswith("mj-")}
    shown = " ".join("".join(map(str, fromstring(rendered.html).itertext())).split())
    assert safe(title)[:100] in shown
    parsed = message(issue, rendered.html, rendered.text, folder)
    assert parsed["Bcc"] is None


@pytest.mark.parametrize(
    "title",
    [
        "=?utf-8?q?x=0D=0ABcc:_kwaad@x.example?=", "Wat =?UTF-8?B?DQpCY2M6IGthYWQ=?= zegt",
        "é =?utf-8?q?=0D=0A=0D=0A<b>kwaad</b>?= é", "==??utf-8?q?=0A?=",
    ],
)  # fmt: skip
def test_a_title_that_is_an_encoded_word_is_shown_and_not_decoded(title: str, tmp_path: Path) -> None:
    setting = a_setting(tmp_path)
    assert setting.mail is not None
    mail = replace(setting.mail, sender=replace(setting.mail.sender, name=title))
    setting = replace(setting, mail=mail, publication=replace(setting.publication, title=title))
    usual = email.message_from_bytes(message_of(an_issue(1), a_setting(tmp_path), NOW))
    parsed = email.message_from_bytes(message_of(an_issue(1, subject=title), setting, NOW), policy=email.policy.SMTP)
    assert parsed.keys() == usual.keys()
    assert [part.get_content_type() for part in parsed.walk()][1:] == ["text/plain", "text/html"]
    assert parsed["Subject"].replace(" ", "") == title.replace(" ", "")


@given(
    words=st.lists(
        st.sampled_from(
            ["café", "één", "klant", "de", "–", "🎉", "“Bel", "eens”", "coöperatie", "(NL)", "Müller,", '"x"']
        ),
        min_size=1,
        max_size=14,
    ).map(lambda words: " ".join(["één", *words]))
)
@settings(max_examples=60, deadline=None)
def test_a_subject_and_a_name_are_read_as_they_were_written(words: str) -> None:
    for line in (subject(words), from_line(words, "redactie@example.org"), list_id(words, "x.example.org")):
        assert max(map(len, line.split("\r\n"))) <= 78
        assert "?==?" not in line, "mail servers refuse words that nothing parts"
        told = str(make_header(decode_header(line.partition(":")[2].replace("\r\n", "").strip())))
        assert told.partition("<")[0].strip() == words


def message(issue: Issue, html: str, text: str, folder: Path) -> email.message.EmailMessage:
    raw = message_of(replace(issue, html=html, text=text), a_setting(folder), NOW, "lezer@example.org", "token")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    parsed = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(parsed, email.message.EmailMessage)
    for part in parsed.walk():
        assert part.defects == []
    return parsed


def test_the_message_keeps_the_rules_of_mail(tmp_path: Path) -> None:
    rendered = render(an_issue(24), a_setting(tmp_path))
    parsed = message(an_issue(24), rendered.html, rendered.text, tmp_path)
    for name in ("From", "To", "Date", "Message-ID", "Subject"):
        assert len(parsed.get_all(name, [])) == 1
    assert parsed["From"].addresses[0].display_name == "Redactie Ümlaut"
    assert re.fullmatch(r'"?Klantenpost"? <klantenpost\.example\.org>', parsed["List-Id"])
    assert parsed["List-Unsubscribe"] == "<https://example.org/u/token>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (parsed["Auto-Submitted"], parsed["Content-Language"]) == ("auto-generated", "nl")
    plain, page = parsed.iter_parts()
    assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert "https://example.org/u/token" in plain.get_content()
    assert 'href="https://example.org/u/token"' in page.get_content()
    again = message(an_issue(24), rendered.html, rendered.text, tmp_path)
    assert again.as_bytes() == parsed.as_bytes()


def test_no_line_begins_a_message_and_no_link_is_a_script(tmp_path: Path) -> None:
    newcomers = (("Kwaad", "javascript:alert(1)"), ("Goed", "https://goed.example/"))
    issue = an_issue(0, items=(an_item(1, excerpt="From here on."), an_item(2)), newcomers=newcomers)
    rendered = render(issue, a_setting(tmp_path))
    raw = message_of(replace(issue, html=rendered.html, text=rendered.text), a_setting(tmp_path), NOW)
    assert "\nFrom here on." in rendered.text
    assert not [line for line in raw.partition(b"\r\n\r\n")[2].split(b"\r\n") if line.startswith(b"From ")]
    for part in (rendered.html, rendered.text, rendered.web):
        assert "javascript:" not in part
        assert "https://goed.example/" in part


@pytest.mark.parametrize(
    ("unsubscribe", "headers"),
    [
        ("https://example.org/u/{token}", ("<https://example.org/u/t>", "List-Unsubscribe=One-Click")),
        ("https://example.org/u?a={address}", ("<https://example.org/u?a=a%2Bb@x.example>", "List-Unsubscribe=One-Click")),
        ("https://example.org/leave", ("<https://example.org/leave>", None)),  # a page that cannot tell who asks
        ("mailto:a@example.org?subject={token}", ("<mailto:a@example.org?subject=t>", None)),
    ],
)  # fmt: skip
def test_one_click_is_offered_where_a_click_tells_whose_it_is(
    unsubscribe: str, headers: tuple[str, str | None], tmp_path: Path
) -> None:
    setting = a_setting(tmp_path)
    assert setting.mail is not None
    setting = replace(setting, mail=replace(setting.mail, unsubscribe=unsubscribe, reply_to="a@b\u00fccher.example"))
    rendered = render(an_issue(2), setting)
    issue = an_issue(2, html=rendered.html, text=rendered.text)
    parsed = email.message_from_bytes(message_of(issue, setting, NOW, "a+b@x.example", "t"), policy=email.policy.SMTP)
    assert (parsed["List-Unsubscribe"], parsed["List-Unsubscribe-Post"]) == headers
    assert parsed["Reply-To"] == "a@xn--bcher-kva.example"


def an_entry(number: int, source: str) -> Entry:
    post = Post(source, str(number), f"https://x.example/{number}", f"Titel {number}", excerpt="Tekst.")
    return Entry("", StoredPost(f"{number:032x}", post, NOW, NOW - timedelta(hours=number), "published"), source, "")


def test_caps_leave_posts_out_with_a_reason_and_leads_come_from_several_sources() -> None:
    entries = [an_entry(number, "Druk" if number < 8 else f"Stil {number}") for number in range(12)]
    selection = select(entries, Digest(max_per_source=3, max_posts=6, lead=3))
    assert len(selection.items) == 6
    assert len(selection.items) + len(selection.left_out) == 12
    assert {item.source for item in selection.items if item.lead} == {"Druk", "Stil 8", "Stil 9"}
    assert all(item.left_out for item in selection.left_out)
    assert "already has 3 posts" in selection.left_out[0].left_out


def test_a_month_is_a_calendar_month_in_its_zone_whatever_the_clocks_do() -> None:
    start, end = month_window("2026-03", ZONE)
    assert (start.isoformat(), end.isoformat()) == ("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00")
    start, end = month_window("2026-12", ZONE)
    assert end.isoformat() == "2027-01-01T00:00:00+01:00"
    assert month_before(datetime(2026, 10, 31, 23, 30, tzinfo=UTC), ZONE) == "2026-10"
    with pytest.raises(ValueError, match="2026-10"):
        month_window("2026-13", ZONE)


def test_an_issue_is_due_on_its_day_a_missed_one_too_and_a_31st_that_is_not_there_is_the_last() -> None:
    at = datetime.fromisoformat
    assert months_due(at("2026-11-01T06:59:00+01:00"), ZONE, 1, 7, date(2026, 10, 1)) == []
    assert months_due(at("2026-11-01T07:00:00+01:00"), ZONE, 1, 7, date(2026, 10, 1)) == ["2026-10"]
    assert months_due(at("2026-11-02T00:00:00+01:00"), ZONE, 1, 7, date(2026, 8, 1)) == [
        "2026-08",
        "2026-09",
        "2026-10",
    ]
    assert months_due(at("2026-11-30T07:00:00+01:00"), ZONE, 31, 7, date(2026, 10, 1)) == ["2026-10"]
    assert months_due(at("2026-11-29T07:00:00+01:00"), ZONE, 31, 7, date(2026, 10, 1)) == []
