"""The gate for mails: our own checks, and everybody else's, over small months and absurd ones."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from aggregator.digest.checking import faults_of
from aggregator.digest.files import list_page
from aggregator.digest.message import message_of
from aggregator.digest.planning import LARGEST, LARGEST_ENCODED
from aggregator.digest.render import Rendered, render
from aggregator.model import Issue, Picture
from aggregator.settings import Digest
from tests.browser import DESKTOP, PHONE, browsing, node_tool, violations
from tests.digest.making import NOW, a_setting, an_issue, an_item

COUNTS = (5, 24, 60, 200, 1000)
NOWHERE = Path("/nonexistent")
FOR_MAIL = ("landmark-one-main", "region")
"""axe's rules that hold for pages: a mail is shown within one."""
REVIEWED = {
    "!important keyword", "<body> element", "<style> element", "@media", "Attribute selector", "Class selector",
    "Descendant combinator", "Type selector",  # the style sheet is for dark mode and small screens only
    "aria-label attribute", "role attribute", "lang attribute",  # for screen readers, where they are heard
    "display:none", "overflow", "height property",  # hides the line for lists of mails, which is the text that follows
    "transform", "outline", "text-decoration", "word-break", "word-spacing", "width attribute",  # of MJML's own frame, and of no consequence
    "<meta name='color-scheme'> element", "color-scheme meta", "prefers-color-scheme", "max-width", "Child combinator",
}  # fmt: skip


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


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Callable[[str, str], Path]]:
    def put(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    yield put


@pytest.mark.parametrize("count", COUNTS)
def test_html_validate_finds_nothing_that_shuts_people_out(count: int, files: Callable[[str, str], Path]) -> None:
    program = node_tool("html-validate/bin/html-validate.mjs")
    # MJML's frame has conditional comments for Outlook, and a role=article that mail programs know.
    rules = {
        "extends": ["html-validate:a11y"],
        "rules": {"no-conditional-comment": "off", "prefer-native-element": "off"},
    }
    config = files("rules.json", json.dumps(rules))
    mail = files("mail.html", rendered(count, pictured=count == 24).html)
    done = subprocess.run(
        ["node", program, "-c", config, "--formatter", "json", mail], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout) == []


def test_every_feature_that_a_mail_program_lacks_was_looked_at(files: Callable[[str, str], Path]) -> None:
    index = node_tool("caniemail/dist/index.js")
    mail = files("mail.html", rendered(24, pictured=True).html)
    script = files("ask.mjs", f"""
        import {{ caniemail }} from {json.dumps(index.as_uri())};
        import {{ readFileSync }} from "node:fs";
        const found = caniemail({{ clients: ["*"], html: readFileSync({json.dumps(str(mail))}, "utf8") }});
        const titles = new Set();
        for (const issues of found.issues.errors.values()) for (const issue of issues) titles.add(issue.title);
        console.log(JSON.stringify([...titles]));
        """)  # fmt: skip
    done = subprocess.run(["node", script], capture_output=True, text=True, check=True)
    titles = set(json.loads(done.stdout))
    assert titles, "the list of features was not read"
    assert titles <= REVIEWED, titles - REVIEWED


@pytest.mark.parametrize("count", COUNTS)
def test_spamassassin_sees_no_spam(count: int, tool: Callable[[str], str], tmp_path: Path) -> None:
    made = rendered(count)
    issue = replace(issue_of(count), html=made.html, text=made.text)
    raw = message_of(issue, a_setting(NOWHERE), NOW, "lezer@example.org", "token")
    command = [tool("spamassassin"), "-L", "-t", "-x"]
    done = subprocess.run(
        command, input=raw, capture_output=True, check=False, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    )
    score = re.search(rb"\((-?[\d.]+) points", done.stdout)
    assert score, done.stderr
    assert float(score[1]) < 1.0, done.stdout[-2000:]


@pytest.mark.xdist_group("chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_and_nothing_is_asked_from_anywhere(
    scheme: str, files: Callable[[str, str], Path]
) -> None:
    mails = {count: files(f"{count}.html", rendered(count).html) for count in COUNTS}
    mails[0] = files("pictured.html", rendered(24, pictured=True).html)
    web = files("web.html", rendered(24).web)
    issues = [replace(issue_of(5), state="sent"), replace(issue_of(5), name="2026-09", state="sent", number=2)]
    listed = files("list.html", list_page(issues, a_setting(NOWHERE)).decode())
    for size in (DESKTOP, PHONE):
        with browsing(scheme, size) as (page, asked):  # type: ignore[arg-type]  # of the two schemes
            for mail in mails.values():
                page.goto(mail.as_uri())
                assert violations(page, FOR_MAIL) == []
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
