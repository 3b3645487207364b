"""A real browser for tests: Debian's Chromium, driven through Playwright; and the checkers that `make tools` installs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import PROJECT, skip_or_fail

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE, DESKTOP = (390, 844), (1280, 900)
Scheme = Literal["light", "dark"]
PAIRS: list[tuple[Scheme, tuple[int, int]]] = [
    ("light", DESKTOP), ("dark", PHONE), ("light", PHONE), ("dark", DESKTOP),
]  # fmt: skip
EVERY_LOOK = os.environ.get("AGGREGATOR_EVERY_LOOK") == "1"
LOOKS = PAIRS if EVERY_LOOK else PAIRS[:2]
"""How pages are looked at: in both palettes and at both sizes; with AGGREGATOR_EVERY_LOOK=1 in each pair of them."""

VIOLATIONS = """async rules => {
  const {violations} = await axe.run({rules, resultTypes: ["violations"]});
  const line = (one, node) => `${one.id} (${one.impact}): ${one.help}: ${node.html.slice(0, 200)}`;
  return violations.flatMap(one => one.nodes.map(node => line(one, node)));
}"""
"""Of all that axe-core says, what is wrong: what it found right is a hundred times as much to bring over."""


def node_tool(path: str) -> Path:
    """A file of the Node packages of tools/; the test is skipped where `make tools` has not installed them."""
    found = PROJECT / "tools" / "node_modules" / path
    if not found.exists():
        skip_or_fail(f"needs {path.split('/', maxsplit=1)[0]}, which `make tools` installs")
    return found


@contextmanager
def a_browser() -> Iterator[Browser]:
    """A fresh browser. Its start costs two seconds, a page in it next to nothing: a test has one for all it looks at."""
    program = shutil.which("chromium")
    if program is None:
        skip_or_fail("needs the program chromium, which is not installed here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def browsing(browser: Browser | None = None, *, script: bool = True, **more: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page of this browser, or of a fresh one, that shares nothing with others; and what it asked for so far."""
    with ExitStack() as stack:
        browser = browser or stack.enter_context(a_browser())
        asked: list[str] = []
        context = browser.new_context(java_script_enabled=script, **{"bypass_csp": True, **more})
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        yield page, asked
        context.close()


def looked_at(page: Page, scheme: Scheme, size: tuple[int, int]) -> None:
    """From now on the page is shown in this palette and at this size."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})


def violations(page: Page, off: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds wrong with the page that is shown, a line each; the rules `off` are not asked."""
    page.add_script_tag(path=node_tool("axe-core/axe.min.js"))
    rules = {rule: {"enabled": False} for rule in off}
    found: list[str] = page.evaluate(VIOLATIONS, rules)
    return found
