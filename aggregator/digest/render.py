"""An issue as a mail in HTML and text, as a page, and as the content of a feed: all from the same values.

Feed HTML never enters MJML: the templates get plain text, which Jinja2 escapes, and checked addresses. mjml-python
fails on one stray `<` and crashes on deep nesting; neither can reach it this way.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aggregator.digest.page import Room, page_of
from aggregator.digest.planning import plan
from aggregator.digest.theme import mistakes_in_theme
from aggregator.model import Issue
from aggregator.settings import Settings
from aggregator.templating import place_of, rendered

SHIPPED = Path(__file__).parent.parent.parent / "templates"
COLUMNS = 72
FULL = Room()


@dataclass(frozen=True, slots=True)
class Rendered:
    """One issue in its forms, and what had to be given up for its size."""

    mjml: str
    html: str
    text: str
    web: str
    """The page on the web: every post, whatever the mail had to leave out."""
    warnings: tuple[str, ...] = ()


def render(issue: Issue, settings: Settings) -> Rendered:
    """The issue in all its forms. The same issue gives the same bytes.

    Raises ConfigurationError for a catalogue that cannot be used, TemplateMistakeError for a template (one of the mail
    costs its layout only), and ValueError when the issue is too large with no post in it.
    """
    environment = templates(settings)
    mail = Mail(issue, settings, environment)
    planned = plan(mail.html, len(issue.items), pictures=any(item.picture for item in issue.items))
    # The text says what the HTML says: filters count a mail whose parts differ as spam.
    text = rendered(environment, "digest.txt.j2", page_of(issue, settings, planned.room))
    web = rendered(environment, "digest_web.html.j2", page_of(issue, settings, FULL))
    warnings = [*mistakes_in_theme(settings), *mail.failures]
    if planned.given_up:
        warnings.append(f"Issue {issue.name} would be clipped by mail programs, so it is shown {planned.given_up}.")
    return Rendered(mail.mjml, planned.html, tidy(text), web, tuple(warnings))


def content_of(issue: Issue, settings: Settings) -> str:
    """The whole issue as HTML for a feed: headings, paragraphs and links."""
    return rendered(templates(settings), "digest_content.html.j2", page_of(issue, settings, FULL))


class Mail:
    """The mail's HTML in any room, and what went wrong with its template: said once, however often it is tried."""

    def __init__(self, issue: Issue, settings: Settings, environment: Any) -> None:
        self.issue, self.settings, self.environment = issue, settings, environment
        self.mjml = ""
        self.failures: list[str] = []

    def html(self, room: Room) -> str:
        page = page_of(self.issue, self.settings, room)
        if not self.failures:
            try:
                self.mjml = self.environment.get_template("digest.mjml.j2").render(page)
                return with_styles(self.mjml, self.environment.get_template("digest.css").render())
            except Exception as error:  # a theme is anybody's work, and the mail must leave
                self.failures.append(failure(error))
        return rendered(self.environment, "digest_plain.html.j2", page)


def failure(error: Exception) -> str:
    """What is wrong with the template, and what became of the issue."""
    place = place_of(error, "digest.mjml.j2")
    return (
        f"ATTENTION: {place} cannot be used ({type(error).__name__}: {error}); the issue was made with the plain "
        "layout. Mend the template and build again before you approve it."
    )


def with_styles(mjml: str, rules: str) -> str:
    """MJML as HTML with its styles in the elements, and `rules` in the head for what cannot be there."""
    from css_inline import CSSInliner
    from mjml import mjml2html

    html = mjml2html(mjml, disable_comments=True, fonts={}, include_loader=refuse)
    html = CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False).inline(html)
    return html.replace("</head>", f"<style>{tight(rules)}</style></head>", 1)


def tight(rules: str) -> str:
    """A style sheet without comments and white space."""
    bare = re.sub(r"/\*.*?\*/", "", rules, flags=re.S)
    return re.sub(r"\s*([{};:,])\s*", r"\1", " ".join(bare.split()))


def refuse(path: str) -> str:
    """No template reads another file."""
    raise ValueError(f"mj-include of {path} is not allowed")


def folders(settings: Settings) -> list[Path]:
    """Where templates are looked for, in order: the theme, templates/ beside sources.yaml, what ships."""
    theme = settings.digest.theme
    places = [settings.folder / "templates", SHIPPED]
    return [place / "themes" / theme for place in places if theme] + places


def templates(settings: Settings) -> Any:
    """The Jinja2 environment. HTML and MJML are escaped; templates are sandboxed from the program's own values."""
    from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=FileSystemLoader(folders(settings)),
        autoescape=select_autoescape(enabled_extensions=("mjml.j2", "html.j2"), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrapped"] = wrapped
    return environment


def wrapped(text: str) -> str:
    """`text` in lines of at most 72 columns, each of its own lines by itself; an address is never broken."""
    return "\n".join(
        textwrap.fill(line, COLUMNS, break_long_words=False, break_on_hyphens=False) for line in text.split("\n")
    )


def tidy(text: str) -> str:
    """At most one empty line in a row, one line end at the end."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n") + "\n"
