"""An issue as HTML and as text, from the same values.

Feed HTML never enters MJML: the templates get plain text, which Jinja2 escapes, and checked addresses. mjml-python
fails on one stray `<` and crashes on deep nesting; neither can reach it this way.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aggregator.digest.page import EXCERPT, page_of
from aggregator.model import Issue
from aggregator.settings import Settings

SHIPPED = Path(__file__).parent.parent.parent / "templates"
LARGEST = 90_000
"""Bytes of HTML: Gmail clips a mail at 102 KB (https://github.com/hteumeuleu/email-bugs/issues/41)."""
STEPS = ((EXCERPT, 10_000), (90, 10_000), (0, 10_000), (0, 250), (0, 120), (0, 60), (0, 30))
"""How an issue that is too large is made smaller: shorter excerpts, none, then fewer posts with a link to the rest."""
COLUMNS = 72


@dataclass(frozen=True, slots=True)
class Rendered:
    """One issue in its forms, and what had to be given up for its size."""

    mjml: str
    html: str
    text: str
    warnings: tuple[str, ...] = ()


def render(issue: Issue, settings: Settings) -> Rendered:
    """The issue in the first of STEPS that keeps it within LARGEST. The same issue gives the same bytes."""
    environment = templates(settings.folder)
    text = environment.get_template("digest.txt.j2").render(
        page_of(issue, settings.publication, settings.digest, settings.mail)
    )
    warnings: list[str] = []
    mjml = html = ""
    for place, (excerpts, most) in enumerate(STEPS):
        page = page_of(issue, settings.publication, settings.digest, settings.mail, excerpts=excerpts, most=most)
        mjml = environment.get_template("digest.mjml.j2").render(page)
        html, failure = as_html(mjml, page, environment)
        if failure:
            warnings = [failure]
        if len(html.encode()) <= LARGEST:
            if place:
                shown = "without excerpts" if excerpts == 0 else "with shorter excerpts"
                shown += f" and with the first {most} posts only" if most < len(issue.items) else ""
                warnings.append(f"Issue {issue.name} would be clipped by mail programs, so it is shown {shown}.")
            break
    return Rendered(mjml, html, tidy(text), tuple(warnings))


def as_html(mjml: str, page: dict[str, Any], environment: Any) -> tuple[str, str]:
    """The MJML as HTML with its styles inlined; a plain page, and a warning, when MJML cannot read it."""
    from css_inline import CSSInliner
    from mjml import mjml2html

    try:
        html = mjml2html(mjml, disable_comments=True, fonts={}, include_loader=refuse)
    except ValueError as error:
        failure = f"templates/digest.mjml.j2 is not valid MJML ({error}); the issue was made with the plain layout."
        return str(environment.get_template("digest_plain.html.j2").render(page)), failure
    inliner = CSSInliner(keep_style_tags=False, load_remote_stylesheets=False, keep_at_rules=True)
    rules = environment.loader.get_source(environment, "digest.css")[0]
    return str(inliner.inline(html)).replace("</head>", f"<style>{tight(rules)}</style></head>", 1), ""


def tight(rules: str) -> str:
    """A style sheet without comments and white space."""
    bare = re.sub(r"/\*.*?\*/", "", rules, flags=re.S)
    return re.sub(r"\s*([{};:,])\s*", r"\1", " ".join(bare.split()))


def refuse(path: str) -> str:
    """No template reads another file."""
    raise ValueError(f"mj-include of {path} is not allowed")


def templates(folder: Path) -> Any:
    """The Jinja2 environment: templates/ beside sources.yaml first, then those that ship. HTML and MJML are escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader([folder / "templates", SHIPPED]),
        autoescape=select_autoescape(enabled_extensions=("mjml.j2", "html.j2"), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrapped"] = wrapped
    return environment


def wrapped(text: str) -> str:
    """`text` in lines of at most 72 columns; an address is never broken."""
    return textwrap.fill(text, COLUMNS, break_long_words=False, break_on_hyphens=False)


def tidy(text: str) -> str:
    """At most one empty line in a row, one line end at the end."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n") + "\n"
