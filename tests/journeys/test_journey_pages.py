"""Every kind of page in a real browser: fit for everybody, valid, asking nobody else, readable with nothing but text."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from lxml import html
from playwright.sync_api import Browser

from tests.browser import LOOKS, PHONE, a_browser, browsing, looked_at, node_tool, violations
from tests.conftest import PROJECT
from tests.journeys.a_publication import Brought, a_publication, front
from tests.journeys.conftest import Site
from tests.serving import Served, served

KINDS = ("index", "archive", "months", "status", "digest", "error")
LANGUAGES = ("nl", "en")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as found:
        yield found


@pytest.fixture(scope="module", params=[pytest.param(one, marks=pytest.mark.xdist_group(one)) for one in LANGUAGES])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Brought, Served]]:
    def make(configuration: str, name: str = "site") -> Site:
        folder = tmp_path_factory.mktemp(name)
        (folder / "sources.yaml").write_text(configuration, encoding="utf-8")
        return Site(folder)

    brought = a_publication(make, request.param)
    with served(front(brought.settings)) as site:
        yield brought, site


def test_the_policy_that_is_sent_lets_every_style_through(shown: tuple[Brought, Served], browser: Browser) -> None:
    brought, site = shown
    with browsing(browser, bypass_csp=False) as (page, _):
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        for kind in KINDS:
            page.goto(urljoin(site.url, brought.kinds[kind]))
        assert [one for one in complaints if "404" not in one] == []


def test_no_page_shuts_anybody_out_and_none_asks_another_host(
    shown: tuple[Brought, Served], browser: Browser, tmp_path: Path
) -> None:
    brought, site = shown
    pictures = Path(os.environ.get("AGGREGATOR_PICTURES", tmp_path))
    with browsing(browser) as (page, asked):
        for scheme, size in LOOKS:
            looked_at(page, scheme, size)
            where = "phone" if size == PHONE else "desktop"
            for kind in KINDS:
                page.goto(urljoin(site.url, brought.kinds[kind]))
                picture = pictures / f"{brought.settings.publication.language}-{kind}-{where}-{scheme}.png"
                page.screenshot(path=picture)
                assert (kind, violations(page)) == (kind, [])
                assert (kind, page.get_by_role("link", name="·").count()) == (kind, 0), "dots are read out with links"
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert (kind, where, wide) == (kind, where, 0)
        elsewhere = [address for address in asked if not address.startswith((site.url, "data:"))]
        assert elsewhere == []


def test_the_markup_is_valid(shown: tuple[Brought, Served], tmp_path: Path) -> None:
    brought, site = shown
    checker = node_tool("html-validate/bin/html-validate.mjs")
    for kind in KINDS:
        (tmp_path / f"{kind}.html").write_bytes(httpx.get(urljoin(site.url, brought.kinds[kind])).content)
    rules = PROJECT / "tools" / "html-validate.json"
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(rules_of(rules, "pages")))
    pages = [f"{kind}.html" for kind in KINDS if kind != "digest"]
    assert validated(checker, tmp_path, pages) == ""
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(rules_of(rules, "mail")))
    assert validated(checker, tmp_path, ["digest.html"]) == ""


def rules_of(file: Path, kind: str) -> dict[str, object]:
    """The recommended rules, but for those that the file names with why they do not hold here."""
    told = json.loads(file.read_text())
    rules = {one["rule"]: one["set"] for one in told["always"] + (told["mail"] if kind == "mail" else [])}
    return {"root": True, "extends": ["html-validate:recommended"], "rules": rules}


def validated(checker: Path, folder: Path, pages: list[str]) -> str:
    ended = subprocess.run(
        ["node", checker, *pages], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    return ended.stdout + ended.stderr


def test_the_pages_are_whole_without_style_images_and_script(shown: tuple[Brought, Served], browser: Browser) -> None:
    brought, site = shown
    with browsing(browser, script=False) as (page, _):
        page.route(
            "**/*", lambda route: route.continue_() if route.request.resource_type == "document" else route.abort()
        )
        for kind in ("index", "archive", "months", "status", "error"):
            page.goto(urljoin(site.url, brought.kinds[kind]))
            assert page.locator("main").is_visible()
            assert page.locator("h1").count() == 1
            assert page.locator("img, script, iframe").count() == 0
            page.keyboard.press("Tab")
            assert page.locator(":focus").get_attribute("class") == "skip"
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url: url.endswith("#content"))
        page.goto(site.url)
        article = page.locator("article").first
        assert (
            article.locator("a").first.get_attribute("href") == "https://loket.example/wie-belt-er-eigenlijk-nog-0.html"
        )
        assert {"Loket", "min"} <= set(article.inner_text().split())


def test_every_link_within_leads_somewhere_and_every_post_is_in_the_archive(shown: tuple[Brought, Served]) -> None:
    """Walked from the front page: no page is lost, every feed it names is there, and every post is met once."""
    _, site = shown
    posts: list[str] = []
    todo, seen = [site.url], {site.url}
    with httpx.Client() as client:
        while todo:
            address = todo.pop()
            answer = client.get(address)
            assert answer.status_code == 200, address
            if not answer.headers["content-type"].startswith("text/html") or "/digest/" in address:
                continue
            page = html.fromstring(answer.content)
            if "/archive/2" in address:
                posts += [urljoin(address, link.get("href", "")) for link in page.cssselect("article .title a")]
            found = page.cssselect("a[href], link[href]")
            links = [urljoin(address, link.get("href", "")).split("#")[0] for link in found]
            fresh = {link for link in links if link.startswith(site.url)} - seen
            seen |= fresh
            todo += sorted(fresh)
    assert len(posts) == len(set(posts)) == 60
    assert f"{site.url}digest/2026-10/" in seen
    head = html.fromstring(httpx.get(f"{site.url}archive/").content).cssselect("link[rel=alternate]")
    combined = ["../atom.xml", "../rss.xml", "../feed.json", "../feeds/tags/klantcontact.xml"]
    assert [link.get("href") for link in head] == combined, (
        "no page names the feed of each source: there may be thousands"
    )
    assert {f"{site.url}feeds/sources/loket.xml", f"{site.url}feeds/tags/klantcontact.xml"} <= seen
    assert len([address for address in seen if "/archive/2" in address and address.endswith(".html")]) >= 6


def test_endless_words_stay_on_narrow_pages_and_each_title_runs_its_own_way(
    site: Callable[..., Site], browser: Browser
) -> None:
    endless = "W" * 600
    made = site(
        "publication: {title: Proef, url: 'https://example.org/b/', author: {name: Redactie}}\n"
        f"sources: [{{name: Klein, path: '*.md'}}, {{name: {endless[:150]}, url: 'http://127.0.0.1:9/'}}]\n"
    )
    for name, title, text in (
        ("lang", endless, endless),
        ("he", "שלום עולם (CRM)!", "זהו פוסט בעברית."),
        ("nl", "Dag!", "Dag."),
    ):
        (made.folder / f"{name}.md").write_text(f"---\ntitle: '{title}'\ndate: 2026-11-02\n---\n{text}\n", "utf-8")
    assert made.run("run").returncode == 3
    with browsing(browser) as (page, _):
        for path in ("index.html", "archive/2026-11.html", "status.html"):
            for width in (320, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto((made.out / path).as_uri())
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert (path, wide) == (path, width)
        page.goto((made.out / "index.html").as_uri())
        for words, way in (("שלום", "rtl"), ("Dag!", "ltr")):
            heading = page.locator(".title", has_text=words)
            assert heading.evaluate("one => getComputedStyle(one).direction") == way
    canonical = {
        path: html.fromstring(page).xpath("string(//link[@rel='canonical']/@href)")
        for path, page in made.published().items()
        if path in ("index.html", "archive/index.html", "archive/2026-11.html")
    }
    assert canonical == {
        "index.html": "https://example.org/b/",
        "archive/index.html": "https://example.org/b/archive/",
        "archive/2026-11.html": "https://example.org/b/archive/2026-11.html",
    }


def test_what_changed_in_a_month_rewrites_its_page_and_no_other(site: Callable[..., Site]) -> None:
    from tests.journeys.a_publication import NOW, run, write_post

    brought = a_publication(site, "nl", posts=24)
    made = Site(brought.settings.folder)
    before = {path: content for path, content in made.published().items() if path.endswith(".html")}
    write_post(made, 100, NOW.replace(month=10, day=8))
    run(made, "run", "--all")
    after = {path: content for path, content in made.published().items() if path.endswith(".html")}
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {"archive/2026-10.html", "index.html", "status.html"}
    assert b"noindex" not in after["index.html"]
    file = made.folder / "sources.yaml"
    file.write_text(file.read_text().replace("  language: nl\n", "  language: nl\n  noindex: true\n"))
    run(made, "publish")
    assert all(
        b'content="noindex"' in page
        for path, page in made.published().items()
        if path.endswith(".html") and "digest" not in path
    )
