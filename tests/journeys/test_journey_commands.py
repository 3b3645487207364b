"""The commands as an operator and an editor use them: what they print, what they touch, how they end."""

from __future__ import annotations

import fcntl
import gzip
import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click import UsageError

from aggregator.cli_shared import believed, plainly
from aggregator.store.database import Contradiction
from tests.browser import node_tool
from tests.conftest import PROJECT
from tests.journeys.conftest import Site, Village
from tests.journeys.reading_out import entries_of

Make = Callable[..., Site]


@pytest.fixture
def examples(tmp_path: Path) -> Site:
    """The shipped sources.yaml and examples, in a folder of their own."""
    shutil.copy(PROJECT / "sources.yaml", tmp_path)
    shutil.copytree(PROJECT / "examples", tmp_path / "examples")
    return Site(tmp_path)


def test_the_shipped_examples_are_read_offline_and_what_was_done_is_said(examples: Site) -> None:
    result = examples.run("run", "--verbose")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Read 5 sources: 10 new posts, 1 copy recognised." in result.stdout
    assert "Look at out/index.html" in result.stdout
    titles = [entry.title for entry in entries_of(examples.out / "atom.xml")]
    assert len(titles) == len(set(titles)) == 9
    assert "Bel eens zomaar" not in titles, "the copy is named under its original"
    assert "Nog niet af" not in titles, "a draft is not published"


def test_under_cron_a_good_run_says_nothing_and_the_next_changes_nothing(examples: Site) -> None:
    first = examples.run("run")
    assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
    before = examples.published()
    times = {path: path.stat().st_mtime_ns for path in examples.out.rglob("*")}
    second = examples.run("run", now="2026-12-24T10:00:00Z")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert examples.published() == before
    assert {path: path.stat().st_mtime_ns for path in examples.out.rglob("*")} == times


def test_a_report_as_json_can_be_read_by_a_script(examples: Site) -> None:
    report = json.loads(examples.run("run", "--json").stdout)
    assert sum(outcome["new"] for outcome in report["outcomes"]) == 10
    assert sorted(report["written"]) == sorted(name for name in examples.published())
    states = json.loads(examples.run("status", "--json").stdout)
    assert [state["name"] for state in states][:2] == ["Aan de balie", "Buren en relaties"]


def test_a_mistake_in_the_configuration_touches_nothing(examples: Site) -> None:
    file = examples.folder / "sources.yaml"
    file.write_text(file.read_text().replace("  title: Klantenpost\n", "  titel: Klantenpost\n", 1))
    result = examples.run("run")
    assert result.returncode == 2
    assert "sources.yaml:6:3: publication.titel: unknown key" in result.stderr
    assert "Did you mean `title`?" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (examples.folder / "out").exists()
    assert not (examples.folder / "state").exists()


def test_two_runs_are_kept_apart(examples: Site) -> None:
    (examples.folder / "state").mkdir()
    with (examples.folder / "state" / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = examples.run("run")
    assert result.returncode == 75
    assert "Another run holds" in result.stderr
    assert not examples.out.exists()


def test_when_every_source_fails_what_was_published_still_stands(examples: Site) -> None:
    examples.run("run")
    before = examples.published()
    for path in (examples.folder / "examples").rglob("*"):
        if path.is_file():
            path.unlink()
    result = examples.run("run")
    assert result.returncode == 4
    assert result.stderr.count("\n") == 5
    index, atom = "index.html", "atom.xml"
    assert examples.published()[atom] == before[atom]
    assert index in examples.published()


def test_a_name_that_no_source_has_is_refused_with_the_likely_one(examples: Site) -> None:
    for name in ("Klantlesen", "KLANTLESSEN"):
        result = examples.run("fetch", name)
        assert result.returncode == 2
        assert "Did you mean 'Klantlessen'?" in result.stderr


def test_explain_tells_why_a_post_is_not_in_the_feed_by_itself(examples: Site) -> None:
    examples.run("run")
    copy = examples.run("explain", "https://klantlessen.example/bel-eens-zomaar/").stdout
    assert "named as a copy under https://burenenrelaties.example/2026/11/bel-eens-zonder-reden.html" in copy
    assert "It credits burenenrelaties.example" in copy
    unknown = examples.run("explain", "https://nergens.example/").stdout
    assert "Nothing is known of https://nergens.example/" in unknown


def test_explain_tells_scripts_the_same(examples: Site) -> None:
    new = json.loads(examples.run("explain", "--json", "klantlessen").stdout)
    assert (new["listed"], new["state"]["since"]) == (True, None)
    assert "not read yet" in examples.run("explain", "klantlessen").stdout
    examples.run("run")
    copy = json.loads(examples.run("explain", "--json", "https://klantlessen.example/bel-eens-zomaar/").stdout)
    assert copy["original"]["link"] == "https://burenenrelaties.example/2026/11/bel-eens-zonder-reden.html"
    assert [one["kind"] for one in copy["decisions"]] == ["new"]
    original = json.loads(examples.run("explain", "--json", copy["original"]["link"]).stdout)
    assert original["entry_id"].encode() in (examples.out / "atom.xml").read_bytes()
    source = json.loads(examples.run("explain", "--json", "klantlessen").stdout)
    assert set(source["titles"]) == {one["post"] for one in source["decisions"]}
    unknown = json.loads(examples.run("explain", "--json", "https://nergens.example/").stdout)
    assert unknown == {"address": "https://nergens.example/", "set_aside": []}


def test_an_issue_is_built_the_same_twice_and_holds_no_post_of_an_approved_one(examples: Site) -> None:
    examples.run("run")
    first = examples.run("digest", "build", "2026-11")
    assert first.returncode == 0, first.stderr
    assert "Built issue 2026-11: 7 posts" in first.stdout
    folder = examples.out / "digest" / "2026-11"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    texts = ["digest.mjml", "digest.txt", "index.html", "issue.json", "mail.html"]
    assert sorted(files) == sorted([*texts, *(f"{name}.gz" for name in texts), "message.eml"])
    assert gzip.decompress(files["mail.html.gz"]) == files["mail.html"]
    assert examples.run("digest", "build", "2026-11", now="2026-11-29T10:00:00Z").returncode == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert examples.run("digest", "approve", "2026-11").returncode == 0
    again = examples.run("digest", "build", "2026-11")
    assert again.returncode == 2
    assert "is approved; it is not built again" in again.stderr
    following = examples.run("digest", "build", "2026-12", now="2026-12-31T10:00:00Z")
    assert following.returncode == 2
    assert "Issue 2026-12 is not built: there is no new post" in following.stderr
    assert "2026-11  approved" in examples.run("digest", "list").stdout
    assert "Bel eens zonder reden" in examples.run("digest", "show", "2026-11").stdout


@pytest.mark.xdist_group("chromium")
def test_the_gate_asks_every_checker_and_tells_how_to_have_those_that_are_missing(
    examples: Site, tool: Callable[[str], str], tmp_path: Path
) -> None:
    examples.run("run")
    examples.run("digest", "build", "2026-11")
    for program in ("node", "chromium", "spamassassin"):
        tool(program)
    node_tool("caniemail/dist/index.js")
    passed = examples.run("digest", "check", "--all")
    assert passed.returncode == 0, passed.stdout
    assert passed.stdout.startswith("Issue 2026-11 is well.")
    for figure in ("our own rules", "html-validate", "caniemail", "axe-core", "SpamAssassin"):
        assert figure in passed.stdout
    for options, status in (((), 0), (("--all",), 2)):
        bare = examples.run("digest", "check", *options, PATH=str(tmp_path))
        assert bare.returncode == status
        assert "4 of 5 checkers said nothing" in bare.stdout
        assert "Debian's package is called chromium" in bare.stdout


def test_an_issue_that_is_dropped_leaves_nothing_behind_and_noindex_holds_for_issues_too(examples: Site) -> None:
    file = examples.folder / "sources.yaml"
    file.write_text(file.read_text("utf-8").replace("publication:\n", "publication:\n  noindex: true\n"), "utf-8")
    examples.run("run")
    assert examples.run("digest", "build", "2026-11").returncode == 0
    for page in ("2026-11/index.html", "index.html"):
        assert '<meta name="robots" content="noindex">' in (examples.out / "digest" / page).read_text("utf-8")
    assert examples.run("digest", "drop", "2026-11").returncode == 0
    assert not (examples.out / "digest" / "2026-11").exists()
    assert (examples.out / "digest" / "index.html.gz").is_file()


def test_a_post_that_is_withheld_leaves_the_web_copies_of_an_issue(examples: Site) -> None:
    examples.run("run")
    examples.run("digest", "build", "2026-11")
    examples.run("digest", "approve", "2026-11")
    folder = examples.out / "digest"
    assert b"Bel eens zonder reden" in (folder / "2026-11" / "index.html").read_bytes()
    file = examples.folder / "sources.yaml"
    post = "https://burenenrelaties.example/2026/11/bel-eens-zonder-reden.html"
    withhold = f"publication:\n  withhold: [{{post: '{post}'}}]\n"
    file.write_text(file.read_text("utf-8").replace("publication:\n", withhold), "utf-8")
    told = examples.run("run").stderr
    assert "Issue 2026-11: 1 of its posts are withheld and taken out of its page; its mail still holds" in told
    for path in (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".gz"):
        assert b"Bel eens zonder reden" not in path.read_bytes(), path
        assert b"bel-eens-zonder-reden" not in path.read_bytes(), path
    assert examples.run("run").stderr == ""
    assert "Bel eens zonder reden" in examples.run("digest", "show", "2026-11").stdout
    sent = examples.run("send", "2026-11", "--into", f"eml:{examples.folder / 'mails'}")
    assert sent.returncode != 0
    assert "Issue 2026-11 is not sent: 1 of its posts were withheld" in sent.stderr


def test_a_post_that_is_withheld_no_more_comes_back_into_the_web_copies_of_an_issue(examples: Site) -> None:
    examples.run("run")
    examples.run("digest", "build", "2026-11")
    examples.run("digest", "approve", "2026-11")
    examples.run("run")
    before = examples.published()
    file = examples.folder / "sources.yaml"
    as_it_was = file.read_text("utf-8")
    posts = ("burenenrelaties.example/2026/11/bel-eens-zonder-reden.html", "burenenrelaties.example")
    withhold = f"publication:\n  withhold: [{{post: 'https://{posts[0]}'}}, {{source: Buren en relaties}}]\n"
    file.write_text(as_it_was.replace("publication:\n", withhold), "utf-8")
    examples.run("run")
    less = (examples.out / "digest" / "2026-11" / "index.html").read_bytes()
    assert less != before["digest/2026-11/index.html"]
    file.write_text(as_it_was, "utf-8")
    told = examples.run("run")
    assert "Issue 2026-11: its page is whole again: nothing of it is withheld any more" in told.stderr
    after = examples.published()
    assert {path for path in before if after.get(path) != before[path] and not path.startswith("status.")} == set()
    assert examples.run("run").stderr == ""


def test_every_link_of_the_issue_stands_in_its_text_and_nothing_is_loaded_from_elsewhere(examples: Site) -> None:
    examples.run("run")
    examples.run("digest", "build", "2026-11")
    folder = examples.out / "digest" / "2026-11"
    text, page = (folder / "digest.txt").read_text("utf-8"), (folder / "index.html").read_text("utf-8")
    issue = json.loads((folder / "issue.json").read_text("utf-8"))
    for item in issue["items"]:
        assert item["link"] in text.splitlines()
        assert item["link"] in page
    assert max(len(line) for line in text.splitlines() if "://" not in line) <= 72
    assert len(page.encode()) < 40_000
    assert "<img" not in page
    assert "fonts.googleapis" not in page


def test_a_run_builds_the_issue_that_is_due_once_and_makes_a_missed_one_good(examples: Site) -> None:
    file = examples.folder / "sources.yaml"
    file.write_text(file.read_text() + "  day: 1\n  hour: 7\n")
    assert examples.run("run", now="2026-11-24T10:00:00Z").returncode == 0
    early = examples.run("run", "--verbose", now="2026-12-01T05:59:00Z")
    assert "Built newsletter" not in early.stdout
    due = examples.run("run", "--verbose", now="2026-12-01T06:00:00Z")
    assert "Built newsletter issue 2026-11." in due.stdout
    again = examples.run("run", "--verbose", now="2026-12-02T06:00:00Z")
    assert "Built newsletter" not in again.stdout
    assert "Nothing changed in out." in again.stdout


@pytest.mark.xdist_group("village")
def test_adding_a_blog_shows_what_it_is_and_writes_it_down(site: Make, village: Village) -> None:
    configuration = (
        "# of ours\npublication:\n  title: Proef\n  url: https://example.org/\n  author: {name: Redactie}\n"
        "network:\n  allow_private: true  # the village\nsources:\n  - name: Defacto   # the first\n"
        "    url: http://127.0.0.1:8101/\n"
    )
    blogs = site(configuration)
    before = (blogs.folder / "sources.yaml").read_text()
    result = blogs.run("sources", "add", "http://127.0.0.1:8105/")
    assert result.returncode == 0, result.stderr
    assert "names the feed http://127.0.0.1:8105/feed/" in result.stdout
    assert "Samenwerking met klanten by Donald van der Goes" in result.stdout
    added = "  - name: Beter Samenwerken\n    url: http://127.0.0.1:8105/\n"
    assert (blogs.folder / "sources.yaml").read_text() == before + added
    assert "Beter Samenwerken" in blogs.run("sources", "list").stdout
    twice = blogs.run("sources", "add", "http://127.0.0.1:8105/feed/")
    assert twice.returncode == 2
    assert "A source is called 'Beter Samenwerken' already; give this one another name with --name." in twice.stderr
    assert blogs.run("fetch", "Beter Samenwerken").returncode == 0
    twice = blogs.run("sources", "add", "http://127.0.0.1:8105/feed/", "--name", "Nog eens")
    assert twice.returncode == 2
    assert "http://127.0.0.1:8105/feed/ is followed already, as Beter Samenwerken." in twice.stderr
    checked = blogs.run("sources", "check", "Defacto")
    assert "De R van relatie" in checked.stdout
    refused = blogs.run("sources", "add", "http://127.0.0.1:8109/")
    assert refused.returncode == 3
    assert "unreachable" in refused.stdout
    assert (blogs.folder / "sources.yaml").read_text() == before + added


class Nameless(BaseHTTPRequestHandler):
    """A feed without a title that begins with its oldest post."""

    def do_GET(self) -> None:
        items = "".join(
            f"<item><title>Bericht {day}</title><pubDate>{day:02} Nov 2026 08:00 +0100</pubDate></item>"
            for day in range(1, 10)
        )
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.end_headers()
        self.wfile.write(f"<rss version='2.0'><channel>{items}</channel></rss>".encode())

    def log_message(self, *_: object) -> None:
        pass


def test_a_password_is_no_part_of_a_name_and_the_newest_posts_are_shown(site: Make) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Nameless) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        publication = "publication: {title: Proef, url: 'https://example.org/', author: {name: Redactie}}\n"
        blogs = site(f"{publication}network: {{allow_private: true}}\nsources:\n")
        place = f"127.0.0.1:{server.server_port}/rss.xml"
        added = blogs.run("sources", "add", f"http://ik:geheim@{place}", now="2026-11-24T10:00:00Z")
        server.shutdown()
    assert added.returncode == 0, added.stderr
    assert "geheim" not in added.stdout
    assert [line.split()[-1] for line in added.stdout.splitlines() if "Bericht" in line] == ["9", "8", "7", "6", "5"]
    written = f"sources:\n  - name: http://{place}\n    url: http://ik:geheim@{place}\n"
    assert (blogs.folder / "sources.yaml").read_text().endswith(written)


def test_help_loads_nothing_that_it_does_not_need(examples: Site) -> None:
    command = (
        "import sys; sys.argv = ['aggregator', '--help']\ntry:\n    import aggregator.cli; aggregator.cli.main()\n"
    )
    command += "except SystemExit:\n    pass\nprint(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert "digest" in result.stdout
    loaded = set(result.stderr.split())
    assert not loaded & {"httpx", "feedparser", "lxml", "pydantic", "ruamel", "feedgen", "jinja2", "rich", "sqlite3"}


def test_a_command_ends_with_its_status_and_all_of_its_output(examples: Site) -> None:
    """Started as users start it: a run is else a fork of a process that has its modules."""

    def started(*arguments: str, output: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
        command, environment = (
            [sys.executable, "-m", "aggregator", *arguments],
            examples.environment("2026-10-15T12:00:00Z"),
        )
        return subprocess.run(
            command, stdout=output, stderr=subprocess.PIPE, text=True, cwd=examples.folder, env=environment, check=False
        )

    listed = started("sources", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout == examples.run("sources", "list").stdout != ""
    assert started("sources", "nothing").returncode == 2
    with Path("/dev/full").open("w") as full:
        told = started("--help", output=full.fileno())
    assert told.returncode == 1
    assert told.stderr == "aggregator: what this says could not be printed: No space left on device\n"


def test_letters_that_the_terminal_has_not_are_spelt_and_json_holds_them_all(site: Make) -> None:
    publication = "publication: {title: Proef, url: 'https://example.org/', author: {name: Redactie}}\n"
    blogs = site(f"{publication}sources: [{{name: 'Blog → 😀', path: '*.md'}}]\n")
    listed = blogs.run("sources", "list", PYTHONIOENCODING="latin-1")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "\\u2192 \\U0001f600" in listed.stdout
    told = json.loads(blogs.run("sources", "list", "--json", PYTHONIOENCODING="latin-1").stdout)
    assert told[0]["name"] == "Blog → 😀"


LIST = """<?xml version="1.0"?><opml version="1.0"><head><title>Mijn lijst</title></head><body>
<outline text="Klanten"><outline type="rss" text="Het &amp; loket" xmlUrl="https://loket.example/feed?a=1&amp;b=2"/>
<outline text="Het &amp; loket" xmlurl="https://anders.example/rss"/></outline>
<outline type="link" text="Zonder feed" url="https://zonder.example/"/>
<outline text="Kapot" xmlUrl="feed:nergens"/><outline text="Dubbel" xmlUrl="http://www.loket.example/feed?a=1&amp;b=2"/>
<outline text="Een map zonder iets"/><outline text="Alleen een pagina" type="rss" htmlUrl="https://pagina.example/"/>
<outline xmlUrl="https://ik:geheim@ruw.example/feed?a=1&b=2"/>
<outline text="Caf\xe9 &#x202e;keerom" xmlUrl="https://keerom.example/feed"/></body></opml>"""
"""As no encoding names it: windows-1252, an `&` that stands bare, a letter that turns what follows round."""


def test_a_list_of_another_reader_is_taken_in_once_and_given_out_again(examples: Site) -> None:
    before = (examples.folder / "sources.yaml").read_text("utf-8")
    (examples.folder / "lijst.opml").write_text(LIST, "cp1252")
    result = examples.run("sources", "import", "lijst.opml")
    assert (result.returncode, result.stdout) == (0, "Added 6 sources to sources.yaml.\n")
    assert "Kapot: 'feed:nergens' is no absolute http(s) address" in result.stderr
    assert "Dubbel: http://www.loket.example/feed?a=1&b=2 is followed already, as Het & loket." in result.stderr
    listed = examples.run("sources", "list").stdout
    for line in ("Het & loket ", "https://loket.example/feed?a=1&b=2", "Het & loket (2)", "Zonder feed", "Alleen een pagina", "Café keerom ",
                 "https://ruw.example/feed?a=1&b=2  https://ruw.example/feed?a=1&b=2"):  # fmt: skip
        assert line in listed
    assert all(line in (examples.folder / "sources.yaml").read_text("utf-8") for line in before.splitlines())
    assert "Added 0 sources" in examples.run("sources", "import", "lijst.opml").stdout
    given_out = examples.run("sources", "export").stdout
    assert 'url="https://loket.example/feed?a=1&amp;b=2"' in given_out
    (examples.folder / "geen.opml").write_text("<html><p>geen lijst", "utf-8")
    refused = examples.run("sources", "import", "geen.opml")
    assert refused.returncode == 2
    assert "holds no list of blogs" in refused.stderr


@pytest.mark.parametrize("sources", ["sources:\n", "sources: []\n", ""])
def test_whoever_took_all_examples_away_can_add_a_blog(site: Make, sources: str) -> None:
    blogs = site("publication: {title: Proef, url: 'https://example.org/', author: {name: Redactie}}\n" + sources)
    assert blogs.run("run").returncode == 2
    found = blogs.run("sources", "add", "http://127.0.0.1:9/")
    assert (found.returncode, found.stderr) == (3, ""), "it was looked at, and is refused as private"
    assert found.stdout.endswith("\nNot added to sources.yaml.\n")
    (blogs.folder / "lijst.opml").write_text(LIST, "cp1252")
    assert "Added 6 sources" in blogs.run("sources", "import", "lijst.opml").stdout
    assert "https://loket.example/feed" in blogs.run("sources", "list").stdout


def test_an_address_that_is_none_and_a_blog_that_is_followed_are_not_added(site: Make) -> None:
    publication = "publication: {title: Proef, url: 'https://example.org/', author: {name: Redactie}}\n"
    blogs = site(f"{publication}sources: [{{name: Loket, url: 'https://www.loket.example/blog'}}]\n")
    refused = blogs.run("sources", "add", "www.example.org/blog")
    assert refused.returncode == 2
    assert "no absolute http(s) address; write https://www.example.org/blog." in refused.stderr
    twice = blogs.run("sources", "add", "http://loket.example/blog/")
    assert twice.returncode == 2
    assert "http://loket.example/blog/ is followed already, as Loket." in twice.stderr


def test_whoever_stops_it_is_told_what_stands(site: Make) -> None:
    """Started as users start it, at a server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        blogs = site(
            "publication: {title: Proef, url: 'https://example.org/', author: {name: Redactie}}\n"
            "network: {allow_private: true}\n"
            f"sources: [{{name: Stil, url: 'http://127.0.0.1:{silent.getsockname()[1]}/'}}]\n"
        )
        command, environment = [sys.executable, "-m", "aggregator", "fetch"], blogs.environment("2026-10-15T12:00:00Z")
        with subprocess.Popen(command, cwd=blogs.folder, env=environment, stderr=subprocess.PIPE, text=True) as running:
            silent.accept()
            running.send_signal(signal.SIGINT)
            _, told = running.communicate(timeout=60)
    assert (running.returncode, told) == (
        130,
        "aggregator: stopped. What was done stands; say the same again to go on.\n",
    )


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("digest", "build", "0000-01"), "'0000-01' is no month"), (("digest", "build", "9999-12"), "is no month"),
        (("digest", "build", "--since", "0001-01-01"), "no post is dated before 1990"),
        (("send", "2026-10"), "sources.yaml names no sender"), (("send", "2026-10", "--into", "x"), "is no place"),
        (("store", "copy", "sqlite:///stat/aggregator.db", "sqlite:///b.db"), "there is no such store"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_ends_with_status_2(examples: Site, command: tuple[str, ...], told: str) -> None:
    refused = examples.run(*command, now="2026-11-24T10:00:00Z")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert told in refused.stderr


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "0999-01-01T00:00:00Z"])
def test_a_time_at_which_nobody_reads_blogs_touches_nothing(examples: Site, now: str) -> None:
    refused = examples.run("run", now=now)
    assert refused.returncode == 2
    assert "a time when nobody reads blogs" in refused.stderr
    assert not (examples.folder / "state" / "aggregator.db").exists()


def test_what_the_store_refuses_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), plainly():
        raise Contradiction("UNIQUE constraint failed (nothing was written)")
    assert "UNIQUE constraint failed (nothing was written); please report this" in capsys.readouterr().err


def test_a_machine_that_does_not_know_the_time_takes_nothing_away() -> None:
    with pytest.raises(UsageError, match="clock of this machine says 1970-01-01"):
        believed(datetime.fromtimestamp(0, UTC))


def test_two_publications_in_one_folder_do_not_mix(examples: Site) -> None:
    examples.run("run")
    before, configured = examples.published(), (examples.folder / "sources.yaml").read_text("utf-8")
    url = "https://example.org/"
    assert url in configured
    (examples.folder / "ander.yaml").write_text(configured.replace(url, "https://ander.example/"), "utf-8")
    for command in ("run", "publish", "fetch"):
        refused = examples.run(command, "--config", "ander.yaml")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "Give ander.yaml a folder of its own" in refused.stderr
    assert examples.published() == before
    (examples.folder / "sources.yaml").unlink()
    assert examples.run("run", "--config", "ander.yaml").returncode == 0, "it was given another name"


TEMPLATES = {
    "page.html.j2": ("publish",), "posts.html.j2": ("publish",), "error.html.j2": ("serve", "--port", "0"),
    "digest.txt.j2": ("digest", "build", "2026-11"), "digest_list.html.j2": ("digest", "build", "2026-11"),
}  # fmt: skip
MISTAKES = {
    "\n{% if %}": "Expected an expression",
    "\n{{ nothing.x }}": "'nothing' is undefined",
    "\n{{ 1 // 0 }}": "division",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_mistake_in_a_template_is_told_with_its_place_and_what_was_published_stands(
    examples: Site, name: str
) -> None:
    examples.run("run")
    before = examples.published()
    (examples.folder / "templates").mkdir()
    place = examples.folder / "templates" / name
    for written, why in MISTAKES.items():
        place.write_text(written)
        failed = examples.run(*TEMPLATES[name], now="2026-12-02T10:00:00Z")
        of_pages = TEMPLATES[name] == ("publish",)  # without them, there are feeds all the same
        assert (failed.returncode, failed.stdout) == (3 if of_pages else 4, "")
        told = f"templates/{name}:2: cannot be used"
        assert failed.stderr.startswith(told if of_pages else f"aggregator: {told}"), failed.stderr
        assert why in failed.stderr
        assert "what was published before still stands" in failed.stderr
        assert {path: content for path, content in examples.published().items() if path in before} == before
    place.write_bytes(b"\ncaf\xe9")
    assert f"templates/{name}:2: cannot be used (UnicodeDecodeError" in examples.run(*TEMPLATES[name]).stderr


def test_the_order_of_the_sources_changes_no_entry(examples: Site) -> None:
    from ruamel.yaml import YAML

    file = examples.folder / "sources.yaml"
    settings = YAML(typ="safe").load(file.read_text("utf-8"))
    published = []
    for turn in range(0, len(settings["sources"]), 2):
        sources = settings["sources"][turn:] + settings["sources"][:turn]
        file.write_text(json.dumps(settings | {"sources": sources}, default=str), "utf-8")
        shutil.rmtree(examples.folder / "state", ignore_errors=True)
        assert examples.run("run").returncode == 0
        published.append((examples.out / "atom.xml").read_bytes())
    assert len(set(published)) == 1
