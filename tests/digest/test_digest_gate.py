"""The gate for mails: our own checks, and everybody else's, over small months and absurd ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from aggregator.checkers import CHECKERS, FOR_PAGES, Mail, checked
from aggregator.digest.checking import Checked, faults_of
from aggregator.digest.files import list_page
from aggregator.digest.message import message_of
from aggregator.digest.planning import LARGEST, LARGEST_ENCODED
from aggregator.digest.render import Rendered, render
from aggregator.model import Issue, Picture
from aggregator.settings import Digest
from tests.browser import EVERY_LOOK, LOOKS, browsing, looked_at, violations
from tests.conftest import skip_or_fail
from tests.digest.making import NOW, a_setting, an_issue, an_item

COUNTS = (5, 24, 60, 200, 1000)
NOWHERE = Path("/nonexistent")


@cache
def rendered(count: int, pictured: bool = False) -> Rendered:
    return render(issue_of(count, pictured), a_setting(NOWHERE))


def issue_of(count: int, pictured: bool = False) -> Issue:
    issue = an_issue(count, intro="Beste lezer,\n\nEen *rustige* maand, met [een boek](https://boek.example/).")
    if not pictured:
        return issue
    shown = Picture("https://example.org/digest/2026-10/a.jpg", 1104, 621, "Een telefoon", "https://blog1.example/a")
    return replace(issue, items=tuple(replace(item, picture=shown if item.lead else None) for item in issue.items))


@pytest.mark.parametrize("count", COUNTS)
def test_our_own_gate_lets_every_month_through(count: int) -> None:
    made = rendered(count)
    issue = replace(issue_of(count), html=made.html, text=made.text)
    assert faults_of(issue, a_setting(NOWHERE)) == ()
    assert len(made.html.encode()) <= (40_000 if count == 24 else LARGEST)


def test_titles_in_a_script_that_travels_at_three_bytes_a_letter_are_not_clipped_either() -> None:
    items = tuple(an_item(n, title=f"Τι μαθαίνεις από ένα παράπονο {n}" * 4, language="el") for n in range(200))
    made = render(an_issue(0, items=items), a_setting(NOWHERE))
    issue = an_issue(0, items=items, html=made.html, text=made.text)
    assert faults_of(issue, a_setting(NOWHERE)) == ()
    assert len(message_of(issue, a_setting(NOWHERE), NOW)) < 2 * LARGEST_ENCODED


WRONG = {
    "is the most": lambda html: html.replace("</body>", "<p>" + "x" * LARGEST + "</p></body>"),
    "is asked from elsewhere": lambda html: html.replace("<h1", '<img src="https://t.example/p.gif" alt="x"><h1', 1),
    "the width of a tracker": lambda html: html.replace("<h1", '<img src="https://example.org/p.gif" width="1"><h1', 1),
    "has no description": lambda html: html.replace("<h1", '<img src="https://example.org/p.gif" width="99"><h1', 1),
    "no `lang`": lambda html: html.replace(' lang="nl"', ""),
    "headings of the first level": lambda html: html.replace("<h1", "<h2").replace("</h1", "</h2"),
    "follows one of level": lambda html: html.replace("<h2", "<p").replace("</h2", "</p"),
    "role=presentation": lambda html: html.replace('role="presentation"', ""),
    "are all called": lambda html: html.replace("</body>", '<a href="https://a.example">x</a><a href="https://b.example">x</a>'),
    "no address on the web": lambda html: html.replace("</body>", '<a href="javascript:x">x</a>'),
    "conditional comments": lambda html: html.replace("<![endif]-->", "", 1),
    "fetches a style sheet": lambda html: html.replace("</style>", "@import 'x';</style>", 1),
    "an @-rule within another": lambda html: html.replace("</style>", "@media a{@media b{p{color:red}}}</style>", 1),
    "In the light palette": lambda html: html.replace("color:#565656", "color:#999999").replace("color: #565656", "color:#999999"),
    "In the dark palette": lambda html: html.replace("color:#b5b5b5 !important", "color:#444444 !important"),
    "no link to unsubscribe": lambda html: html.replace("{{unsubscribe}}", "https://example.org/"),
    "U+202E": lambda html: html.replace("</h1>", "\u202e</h1>"),
    "<script>": lambda html: html.replace("</body>", "<script>1</script></body>"),
    "lacks the address": lambda html: html.replace("https://blog1.example/2026", "https://blog1.example/1999"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", list(WRONG))
def test_the_gate_sees(sentence: str) -> None:
    html = WRONG[sentence](rendered(5).html)
    assert html != rendered(5).html
    found = faults_of(replace(issue_of(5), html=html, text=rendered(5).text), a_setting(NOWHERE))
    assert any(sentence in one for one in found), found


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [("text", "\n{{unsubscribe}}\n", "\nAfmelden: {{unsubscribe}}\n"),
     ("text", "\n{{unsubscribe}}\n", "\n{{unsubscribe}}\nAfmelden: {{unsubscribe}}\n"),
     ("html", 'href="{{unsubscribe}}"', 'href="{{unsubscribe}}&amp;x=1"'),
     ("html", "</h1>", " {{unsubscribe}}</h1>")],
)  # fmt: skip
def test_the_gate_sees_a_link_to_unsubscribe_that_no_mail_can_hold(part: str, before: str, after: str) -> None:
    made = {"html": rendered(5).html, "text": rendered(5).text}
    assert before in made[part]
    made[part] = made[part].replace(before, after, 1)
    found = faults_of(replace(issue_of(5), **made), a_setting(NOWHERE))  # type: ignore[arg-type]  # two texts
    assert len(found) == 1, found
    assert "own" in found[0] or "href" in found[0]


def test_the_gate_sees_that_nobody_can_unsubscribe_and_by_mail_is_enough() -> None:
    setting = a_setting(NOWHERE)
    assert setting.mail is not None
    for by_mail, sentences in ((None, 1), ("mailto:nieuws+{token}@example.org", 0)):
        other = replace(setting, mail=replace(setting.mail, unsubscribe=None, unsubscribe_by_mail=by_mail))
        made = render(issue_of(5), other)
        found = faults_of(replace(issue_of(5), html=made.html, text=made.text), other)
        assert [one for one in found if "unsubscribe" in one] == list(found)
        assert len(found) == sentences, found


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Callable[[str, str], Path]]:
    def put(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    yield put


def mail_of(count: int, pictured: bool = False) -> Mail:
    made = rendered(count, pictured)
    issue = replace(issue_of(count, pictured), html=made.html, text=made.text)
    return Mail(made.html, message_of(issue, a_setting(NOWHERE), NOW, "lezer@example.org", "token"))


def asked(name: str, mail: Mail) -> Checked:
    """What a checker says; the test is skipped where it is not installed."""
    said = checked(name, CHECKERS[name], mail)
    if said.missing:
        skip_or_fail(f"{name}: {said.missing}")
    return said


@pytest.mark.parametrize("count", COUNTS if EVERY_LOOK else (24, 200))
@pytest.mark.parametrize("name", ["html-validate", "caniemail", "SpamAssassin"])
def test_others_find_nothing_wrong_with_any_month(name: str, count: int) -> None:
    assert asked(name, mail_of(count, pictured=count == 24)).faults == ()


@pytest.mark.xdist_group("chromium")
def test_the_letter_passes_the_same_gate() -> None:
    setting = a_setting(NOWHERE, digest=Digest(address="Postbus 1, Utrecht", theme="brief"))
    made = render(issue_of(24, pictured=True), setting)
    assert "Georgia" in made.html
    issue = replace(issue_of(24, pictured=True), html=made.html, text=made.text)
    assert faults_of(issue, setting) == ()
    mail = Mail(made.html, message_of(issue, setting, NOW, "lezer@example.org", "token"))
    assert [asked(name, mail).faults for name in CHECKERS] == [()] * len(CHECKERS)


@pytest.mark.xdist_group("chromium")
def test_nor_does_axe_in_either_palette() -> None:
    assert asked("axe-core", mail_of(24, pictured=True)).faults == ()


WRONG_FOR_OTHERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "html-validate": ("text-content", lambda html: html.replace("</h1>", "</h1><button type='button'></button>")),
    "caniemail": ("position", lambda html: html.replace("<h1", "<p style='position:fixed'>x</p><h1", 1)),
    "axe-core": ("dark: color-contrast", lambda html: html.replace("color:#b5b5b5 !important", "color:#333 !important")),
}  # fmt: skip


@pytest.mark.xdist_group("chromium")
@pytest.mark.parametrize("name", list(WRONG_FOR_OTHERS))
def test_others_are_asked_indeed(name: str) -> None:
    word, spoil = WRONG_FOR_OTHERS[name]
    html = spoil(mail_of(5).html)
    assert html != mail_of(5).html
    faults = asked(name, Mail(html, b"")).faults
    assert any(word in fault.lower() for fault in faults), faults


def test_spamassassin_is_asked_indeed() -> None:
    spam = b"From: x@y.example\r\nSubject: Test\r\n\r\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
    said = asked("SpamAssassin", Mail("", spam))
    assert "GTUBE" in said.faults[0]


@pytest.mark.xdist_group("chromium")
def test_axe_finds_nothing_wrong_and_nothing_is_asked_from_anywhere(files: Callable[[str, str], Path]) -> None:
    mails = {count: files(f"{count}.html", rendered(count).html) for count in (COUNTS if EVERY_LOOK else COUNTS[::2])}
    mails[0] = files("pictured.html", rendered(24, pictured=True).html)
    web = files("web.html", rendered(24).web)
    issues = [replace(issue_of(5), state="sent"), replace(issue_of(5), name="2026-09", state="sent", number=2)]
    listed = files("list.html", list_page(issues, a_setting(NOWHERE)).decode())
    with browsing() as (page, asked):
        for scheme, size in LOOKS:
            looked_at(page, scheme, size)
            for mail in mails.values():
                page.goto(mail.as_uri())
                assert violations(page, FOR_PAGES) == []
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            for own in (web, listed):
                page.goto(own.as_uri())
                assert violations(page) == []
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        elsewhere = {url for url in asked if not url.startswith("file:")}
        assert elsewhere == {"https://example.org/digest/2026-10/a.jpg"}


def test_the_groups_can_be_tags(tmp_path: Path) -> None:
    items = [an_item(n, lead=False, tags=(("Klachten", "crm") if n % 2 else ("CRM", f"los {n}"))) for n in range(4)]
    issue = an_issue(0, items=(*items, an_item(9, lead=False, tags=("enig",))))
    text = render(issue, a_setting(tmp_path, digest=Digest(group_by="tag"))).text
    assert text.index("\nCRM\n") < text.index("\nMEER BERICHTEN\n")
