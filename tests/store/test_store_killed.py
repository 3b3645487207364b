"""kill -9 at any instant: the store opens again, and holds whole transactions only."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from aggregator.model import RawFeed, Reading, Resource, Validators, Verdict
from aggregator.store import Store, twin_index
from aggregator.store.posts import newest_entries
from aggregator.store.sources import memories, memory
from tests.store.build import NOW, a_post, keep, opened

POSTS = 5


def one_reading(store: Store, number: int) -> None:
    """The `number`th reading of a source: five new posts, and validators that say which reading it was."""
    posts = [a_post(f"{number}-{place}", content="woord " * 500) for place in range(POSTS)]
    resource = Resource("https://een.example/feed", Validators(f'"{number}"', str(number)), str(number))
    keep(
        store,
        *posts,
        reading=Reading(RawFeed(), resources=(resource,)),
        fingerprints={post.id: list(range(number, number + 20)) for post in posts},
        addresses={post.id: [post.post.link] for post in posts},
        verdicts=[(post.id, Verdict("new", "It was not seen before.")) for post in posts],
        relations={posts[1].id: (posts[0].id, "It is a copy.")},
    )


def read_for_ever(folder: Path) -> None:
    """The program that is killed: it tells the number of each reading once it is stored."""
    twin_index.WAITING = 7  # the index is written every other reading
    with opened(folder) as store:
        found = memory(store, "Een").resources
        number = max((int(resource.body_hash) for resource in found.values()), default=0)
        while True:
            number += 1
            one_reading(store, number)
            print(number, flush=True)


def run_and_kill(folder: Path, after: int) -> int:
    """Kill the program once it told of `after` readings; the number of the last reading it told of."""
    code = f"from pathlib import Path; from {__name__} import read_for_ever; read_for_ever(Path({str(folder)!r}))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(after):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    told = process.communicate()[0].split()
    return int(told[-1]) if told else 0


def number_of(store: Store, question: str) -> int:
    row = store.row(f"SELECT COUNT(*) AS rows FROM {question}")
    return int(row["rows"]) if row else -1


@pytest.mark.parametrize("seed", range(3))
def test_killed_while_it_stores_readings(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    for _ in range(5):
        told = run_and_kill(tmp_path, random.randrange(12))
        with opened(tmp_path) as store:
            if not store.shared:
                assert [row["integrity_check"] for row in store.rows("PRAGMA integrity_check")] == ["ok"]
            (resource,) = (
                memories(store)["Een"].resources.values() if memories(store) else (Resource("", body_hash="0"),)
            )
            last = int(resource.body_hash)
            assert last >= told, "what was told to be stored is stored"
            for table, rows in (("post", POSTS), ("post_address", POSTS), ("decision", POSTS), ("sketch", POSTS)):
                assert number_of(store, table) == last * rows, table
            assert number_of(store, "post WHERE copy_of IS NOT NULL") == last
            waiting = number_of(store, "sketch WHERE waiting = 1")
            assert number_of(store, "fingerprint") == (last * POSTS - waiting) * 20
            if last:
                assert resource.validators == Validators(f'"{last}"', str(last))
                assert memory(store, "Een").post_count == last * POSTS
                assert len(newest_entries(store, 1000, NOW)) == last * (POSTS - 1)
