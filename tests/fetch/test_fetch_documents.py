"""Documents on disk: those that the glob names, within the folder of sources.yaml, and read again only when they differ."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aggregator.fetch.documents import read_documents
from aggregator.model import Memory, Problem, Resource, Unchanged
from aggregator.settings import Source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "site"
    (inside / "archief").mkdir(parents=True)
    (inside / "archief" / "b.md").write_text("twee")
    (inside / "archief" / "a.md").write_text("een")
    (tmp_path / "geheim.md").write_text("geheim")
    return inside


def read(folder: Path, pattern: str, memory: Memory | None = None) -> object:
    return read_documents(Source(name="A", path=pattern), folder, memory or Memory())


def remembered(folder: Path) -> Memory:
    documents = read(folder, "archief/*.md")
    assert isinstance(documents, tuple)
    return Memory(resources={one.url: Resource(one.url, body_hash=one.body_hash) for one in documents})


def test_the_files_of_a_glob_are_read_in_order(folder: Path) -> None:
    documents = read(folder, "archief/*.md")
    assert isinstance(documents, tuple)
    assert [(one.document_path, one.body) for one in documents] == [("archief/a.md", b"een"), ("archief/b.md", b"twee")]


def test_files_that_are_as_they_were_are_not_read_again(folder: Path) -> None:
    memory = remembered(folder)
    assert isinstance(read(folder, "archief/*.md", memory), Unchanged)
    (folder / "archief" / "c.md").write_text("drie")
    assert isinstance(read(folder, "archief/*.md", memory), tuple)


@pytest.mark.parametrize("pattern", ["../geheim.md", "archief/../../geheim.md", "weg/link.md", "/etc/passwd"])
def test_nothing_outside_the_folder_is_read(folder: Path, pattern: str) -> None:
    (folder / "weg").mkdir()
    (folder / "weg" / "link.md").symlink_to(folder.parent / "geheim.md")
    found = read(folder, pattern)
    assert isinstance(found, Problem)
    assert found.state == "blocked"


def test_a_glob_that_names_nothing_says_so(folder: Path) -> None:
    found = read(folder, "leeg/*.md")
    assert isinstance(found, Problem)
    assert (found.state, "leeg/*.md" in found.sentence) == ("empty", True)


def test_a_file_that_may_not_be_read_costs_no_other(folder: Path) -> None:
    (folder / "archief" / "c.md").symlink_to(folder.parent / "geheim.md")
    (folder / "archief" / "d.md").symlink_to(folder / "archief" / "d.md")
    documents = read(folder, "archief/*.md")
    assert isinstance(documents, tuple)
    assert [isinstance(one, Problem) for one in documents] == [False, False, True, True]
    assert "outside the folder" in documents[2].sentence
    assert documents[3].url == "archief/d.md"


def test_a_file_that_is_gone_does_not_have_the_others_read_again(folder: Path) -> None:
    memory = remembered(folder)
    (folder / "archief" / "a.md").unlink()
    assert isinstance(read(folder, "archief/*.md", memory), Unchanged)


def test_of_too_many_files_those_that_changed_last_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.fetch.documents.MOST_FILES", 1)
    os.utime(folder / "archief" / "a.md", (0, 0))
    documents = read(folder, "archief/*.md")
    assert isinstance(documents, tuple)
    assert "names 2 files" in documents[0].sentence
    assert [one.body for one in documents[1:]] == [b"twee"]


def test_a_name_in_another_encoding_is_spelt(folder: Path) -> None:
    (folder / "archief" / os.fsdecode(b"caf\xe9.md")).write_text("drie")
    documents = read(folder, "archief/caf*.md")
    assert isinstance(documents, tuple)
    assert documents[0].document_path == r"archief/caf\xe9.md"


def test_what_lies_there_and_is_no_file_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "archief" / "c.md")
    documents = read(folder, "archief/*.md")
    assert isinstance(documents, tuple)
    assert isinstance(documents[2], Problem)
    assert documents[2].sentence == "archief/c.md is no file that holds anything."
