"""What an operator sees of a fleet; and that nobody who has none pays for it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.figures import figures_of, prometheus, write_metrics
from aggregator.fleet.means import shared_store
from aggregator.fleet.queue import prepare
from aggregator.serve import Request
from aggregator.serving import handlers
from aggregator.settings import Person, Publication, Settings, Source
from aggregator.store import open_store
from tests import postgres
from tests.store.build import a_post, keep

ROOT = Path(__file__).parents[2]
SOURCES_YAML = """
publication: {{title: Blogs, url: "https://example.org/", author: {{name: Redactie}}}}
store: {store}
sources:
  - {{name: Een, url: "https://een.example/"}}
  - {{name: Twee, url: "https://twee.example/"}}
"""
WITHOUT = "import sys; sys.modules['psycopg'] = sys.modules['procrastinate'] = None; from aggregator.cli import main; "


def setting(folder: Path, store: str) -> Settings:
    return Settings(
        publication=Publication(title="Blogs", url="https://example.org/", author=Person(name="Redactie")),
        store=store,
        sources=tuple(Source(name=name, url=f"https://{name}.example/") for name in ("Een", "Twee", "Drie")),
        file=folder / "sources.yaml",
    )


def aggregator(folder: Path, *arguments: str, code: str = "from aggregator.cli import main; ") -> tuple[int, str, str]:
    command = [sys.executable, "-c", f"{code}main()", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout, ended.stderr


def test_figures_of_one_machine_and_of_a_fleet(tmp_path: Path, postgresql: postgres.Server) -> None:
    now = datetime.now(UTC)
    for store in ("sqlite:///state/x.db", f"{postgresql.url}?publication={postgres.publication_of(tmp_path)}"):
        settings = setting(tmp_path, store)
        with open_store(store, tmp_path) as opened:
            keep(opened, a_post("a"), now=now - timedelta(days=2))
            with opened.transaction():
                opened.write("UPDATE source SET next_check = ?", ((now - timedelta(minutes=90)).isoformat(),))
        found = figures_of(settings, now)
        assert found.sources == {"never-read": 2, "ok": 1}
        assert (found.due, found.oldest_due_seconds, found.posts) == (3, 5400, 1)
        assert (found.jobs, found.workers) == ({}, 0)


def test_the_queue_is_made_once_and_counted(tmp_path: Path, postgresql: postgres.Server) -> None:
    settings = setting(tmp_path, f"{postgresql.url}?publication={postgres.publication_of(tmp_path)}")
    with shared_store(settings) as store:
        prepare(store)
        prepare(store)
        with store.transaction():
            for task, state in (("read", "todo"), ("read", "doing"), ("publish", "failed")):
                store.write(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
                    " VALUES ('default', ?, ?::procrastinate_job_status)",
                    (f"aggregator:{task}", state),
                )
            store.write("INSERT INTO procrastinate_workers DEFAULT VALUES")
    now = datetime.now(UTC)
    found = figures_of(settings, now)
    assert found.jobs == {("read", "todo"): 1, ("read", "doing"): 1, ("publish", "failed"): 1}
    assert (found.waiting, found.workers) == (1, 1)
    text = prometheus(found)
    assert 'aggregator_jobs{task="read",state="todo"} 1' in text
    assert all(re.fullmatch(r"# (HELP|TYPE) .+|[a-z_]+(\{[^}]*\})? [0-9.e+]+", line) for line in text.splitlines())
    write_metrics(settings, now)
    assert (tmp_path / "state" / "metrics.prom").read_text() == text
    answer = handlers(settings)["metrics"](Request("GET", "/metrics"))
    assert answer.status == 200
    assert b"aggregator_workers 1" in bytes(answer.body)  # type: ignore[arg-type]  # no file
    with shared_store(settings) as store, store.transaction():
        store.write("DELETE FROM procrastinate_workers")
        store.write("UPDATE meta SET value = '2.0' WHERE name = 'queue'")
    with shared_store(settings) as store:
        prepare(store)  # of another version: made anew
        assert store.rows("SELECT id FROM procrastinate_jobs") == []


def test_status_tells_of_the_fleet(tmp_path: Path, postgresql: postgres.Server) -> None:
    store = f"{postgresql.url}?publication={postgres.publication_of(tmp_path)}"
    (tmp_path / "sources.yaml").write_text(SOURCES_YAML.format(store=store))
    status, told, _ = aggregator(tmp_path, "status")
    assert status == 0
    assert "workers alive: 0" in told
    assert "sources due: 2" in told
    assert [source["name"] for source in json.loads(aggregator(tmp_path, "status", "--json")[1])] == ["Een", "Twee"]
    found = json.loads(aggregator(tmp_path, "status", "--fleet", "--json")[1])
    assert (found["due"], found["jobs_waiting"], found["workers"]) == (2, 0, 0)


def test_a_worker_ends_when_it_is_told_to(tmp_path: Path, postgresql: postgres.Server) -> None:
    store = f"{postgresql.url}?publication={postgres.publication_of(tmp_path)}"
    (tmp_path / "sources.yaml").write_text(
        SOURCES_YAML.format(store=store).replace("een.example", "127.0.0.1:1").replace("twee.example", "127.0.0.1:2")
    )
    command = [sys.executable, "-m", "aggregator", "worker", "--verbose"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "blocked, 0 new" in process.stdout.readline(), "a private address is not read"
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=120)
    assert (process.returncode, told) == (0, "")


def test_one_machine_needs_neither_procrastinate_nor_psycopg(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(SOURCES_YAML.format(store="sqlite:///state/x.db"))
    status, _, told = aggregator(tmp_path, "status", code=WITHOUT)
    assert (status, told) == (0, "")
    assert aggregator(tmp_path, "publish", code=WITHOUT)[0] == 0
    status, _, told = aggregator(tmp_path, "worker", code=WITHOUT)
    assert status == 4
    assert ".[fleet]" in told
    status, _, told = aggregator(tmp_path, "worker")
    assert status == 4
    assert "workers need a store in PostgreSQL" in told


def test_nothing_imports_them_but_what_needs_them() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "aggregator").rglob("*.py")
        if re.search(r"^\s*(from|import) (psycopg|procrastinate)", path.read_text(encoding="utf-8"), re.M)
    }
    assert all(name.startswith(("aggregator/fleet/", "aggregator/store/postgres")) for name in found)
    assert found
