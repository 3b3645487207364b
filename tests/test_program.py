"""A fork of the loaded program does what a started one does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import program
from tests.conftest import PROJECT

CONFIGURATION = """
publication: {title: Proef, url: "https://example.org/", author: {name: Redactie}}
sources: [{name: Een, path: "een/*.md", site: "https://een.example/", link: "{slug}.html"}]
"""
ENVIRONMENT = os.environ | {"PYTHONPATH": str(PROJECT), "AGGREGATOR_NOW": "2026-11-26T12:00:00Z", "COLUMNS": "60"}


@pytest.mark.parametrize("line", ["--help", "no-such-command", "run", "status --config none.yaml", "publish --json"])
def test_it_says_and_leaves_behind_the_same(line: str, tmp_path: Path) -> None:
    told = []
    for folder in (tmp_path / "started", tmp_path / "forked"):
        (folder / "een").mkdir(parents=True)
        (folder / "sources.yaml").write_text(CONFIGURATION)
        (folder / "een" / "a.md").write_text("---\ntitle: Een\ndate: 2026-11-20\n---\nEen tekst van enige lengte.\n")
        if folder.name == "forked":
            ended = program.run(line.split(), folder, ENVIRONMENT)
        else:
            command = [sys.executable, "-m", "aggregator", *line.split()]
            ended = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        files = {path.relative_to(folder): path.read_bytes() for path in (folder / "out").rglob("*.*")}
        told.append((ended.returncode, ended.stdout, ended.stderr, files))
    assert told[0] == told[1]


def test_nothing_stays_from_one_to_the_next(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(CONFIGURATION)
    without = {name: value for name, value in ENVIRONMENT.items() if name != "AGGREGATOR_CONFIG"}
    assert program.run(["status"], tmp_path, without | {"AGGREGATOR_CONFIG": "none.yaml"}).returncode == 2
    for _ in range(2):  # one for each of the two that are asked in turn
        assert program.run(["status"], tmp_path, without).returncode == 0
    assert program.run(["status"], tmp_path.parent, without).returncode == 2


def test_what_python_reads_at_its_start_is_read(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(CONFIGURATION)
    assert "import time:" in program.run(["status"], tmp_path, ENVIRONMENT | {"PYTHONPROFILEIMPORTTIME": "1"}).stderr
