"""An issue of 60 posts from the store to the mail, the whole process; and sizes and times of larger months."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

POSTS = 60
TIMES = 5
MONTHS = (5, 24, 60, 200, 1000)
CONFIGURATION = """\
publication:
  title: Klantenpost
  url: https://example.org/
  author: {name: Redactie}
sources: [{name: Een, path: "*.md", site: "https://een.example/"}]
digest: {max_per_source: 1000, max_posts: 1000}
"""
POST = """\
---
title: "Wat een klacht je leert, deel {number}"
date: 2026-10-{day:02}T09:{minute:02}:00+02:00
author: Anna de Vries
---
Elke week zitten we een uur met de mensen die de telefoon opnemen, en vertellen ze wat hun opviel in week {number}.

Na een half jaar belden minder mensen voor dezelfde vraag {number}, niet omdat het antwoord beter werd.
"""


def main() -> None:
    """Prints the figures."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "sources.yaml").write_text(CONFIGURATION)
        for number in range(POSTS):
            text = POST.format(number=number, day=number % 28 + 1, minute=number % 60)
            (folder / f"{number}.md").write_text(text)
        command(folder, "run")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        walls = []
        for _ in range(TIMES):
            start = perf_counter()
            command(folder, "digest", "build", "2026-10")
            walls.append(perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / TIMES
        size = (folder / "out" / "digest" / "2026-10" / "mail.html").stat().st_size
        times = f"{median(walls):.2f} s, {used:.2f} s of processor"
        print(f"digest build of {POSTS} posts, whole process: {times}, {size} bytes")
    months()


def command(folder: Path, *words: str) -> None:
    environment = os.environ | {"AGGREGATOR_NOW": "2026-11-02T10:00:00Z"}
    config = ["--config", str(folder / "sources.yaml")]
    subprocess.run(
        [sys.executable, "-m", "aggregator", *words, *config], check=True, capture_output=True, env=environment
    )


def months() -> None:
    """Size and time of the mail for months of other sizes."""
    from aggregator.digest.render import render
    from tests.digest.making import a_setting, an_issue

    for count in MONTHS:
        start = perf_counter()
        made = render(an_issue(count), a_setting(Path("/nonexistent")))
        took = perf_counter() - start
        print(f"  {count:>5} posts: {len(made.html.encode()):>6} bytes, {took:.2f} s {' '.join(made.warnings)}")
