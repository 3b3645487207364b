"""Five home pages go in; what their blogs hold comes out once each, and the next run costs next to nothing."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.journeys.conftest import HERE, NOW, Site, Village
from tests.journeys.expectation import differences, expectations
from tests.journeys.reading_out import entries_of

pytestmark = pytest.mark.xdist_group("village")

CONFIGURATION = (HERE / "village.yaml").read_text(encoding="utf-8")
COPY = "http://127.0.0.1:8103/richten-op-klantgerichtheid-is-vragen-stellen/"
ORIGINAL = "http://127.0.0.1:8104/klantgericht-zijn-is-vragen-stellen"

Make = Callable[..., Site]


def test_all_posts_come_out_as_expected_and_the_copy_is_named_under_its_original(
    site: Make, village: Village, shared: Path
) -> None:
    blogs = site(CONFIGURATION)
    result = blogs.run("run")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    entries = {entry.link: entry for entry in entries_of(blogs.out / "atom.xml")}
    expected = [post for post in expectations(shared, "village") if post.link != COPY]
    assert sorted(entries) == sorted([post.link for post in expected] + [ORIGINAL])
    wrong = {
        post.title: [
            *differences(post, entries[post.link], datetime.fromisoformat(NOW)),
            *([] if entries[post.link].title == post.title else [f"title {entries[post.link].title!r}"]),
        ]
        for post in expected
    }
    assert not {title: lines for title, lines in wrong.items() if lines}
    assert entries[ORIGINAL].title == "Klantgericht zijn is vragen stellen"
    assert COPY in entries[ORIGINAL].related
    assert entries[ORIGINAL].source == "ManagementSite"


def test_a_second_run_asks_conditionally_is_answered_304_and_changes_no_byte(site: Make, village: Village) -> None:
    blogs = site(CONFIGURATION)
    blogs.run("run")
    before, asked = blogs.published(), len(village.requests())
    result = blogs.run("run", "--all", now="2026-11-25T10:00:00Z")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    requests = village.requests(asked)
    assert len({request["site"] for request in requests}) == 5
    robots = [request for request in requests if request["path"] == "/robots.txt"]
    read = [request for request in requests if request not in robots]
    assert [(request["conditional"], request["status"]) for request in read] == [(True, 304)] * len(read)
    assert blogs.published() == before


def test_a_source_that_is_down_costs_the_others_nothing(site: Make, village: Village) -> None:
    blogs = site(CONFIGURATION + "  - {name: Weg, url: 'http://127.0.0.1:8109/'}\n")
    result = blogs.run("run")
    assert result.returncode == 3
    assert len(entries_of(blogs.out / "atom.xml")) == 12
    assert result.stderr.startswith("Weg: unreachable: ")
    assert result.stderr.count("\n") == 1


def test_killed_at_any_instant_the_next_run_ends_as_if_nothing_had_happened(site: Make, village: Village) -> None:
    undisturbed = site(CONFIGURATION, "undisturbed")
    began = time.monotonic()
    undisturbed.start("run").wait()
    taken = time.monotonic() - began
    wanted = undisturbed.published()
    chance = random.Random(20261124)
    for attempt in range(int(os.environ.get("AGGREGATOR_KILLS", "3"))):
        blogs = site(CONFIGURATION, f"killed-{attempt}")
        process = blogs.start("run")
        try:
            process.wait(timeout=chance.uniform(0.1, taken))
        except Exception:
            process.kill()
            process.wait()
        assert blogs.run("run", "--all").returncode == 0
        assert blogs.published() == wanted
