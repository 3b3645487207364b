"""A real browser for tests: Debian's Chromium, driven through Playwright; and the checkers that `make tools` installs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, sync_playwright

from tests.conftest import PROJECT, skip_or_fail

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE, DESKTOP = (390, 844), (1280, 900)
Scheme = Literal["light", "dark"]


def node_tool(path: str) -> Path:
    """A file of the Node packages of tools/; the test is skipped where `make tools` has not installed them."""
    found = PROJECT / "tools" / "node_modules" / path
    if not found.exists():
        skip_or_fail(f"needs {path.split('/', maxsplit=1)[0]}, which `make tools` installs")
    return found


@contextmanager
def browsing(
    scheme: Scheme = "light", size: tuple[int, int] = DESKTOP, *, script: bool = True, **more: Any
) -> Iterator[tuple[Page, list[str]]]:
    """A page of a fresh browser, and the addresses that it asked for so far."""
    program = shutil.which("chromium")
    if program is None:
        skip_or_fail("needs the program chromium, which is not installed here")
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        context = browser.new_context(
            color_scheme=scheme,
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=script,
            **{"bypass_csp": True, **more},
        )
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        yield page, asked
        browser.close()


def violations(page: Page, off: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds wrong with the page that is shown, a line each; the rules `off` are not asked."""
    page.add_script_tag(path=node_tool("axe-core/axe.min.js"))
    rules = {rule: {"enabled": False} for rule in off}
    found = page.evaluate("rules => axe.run({rules})", rules)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
