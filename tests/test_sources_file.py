"""Adding a source leaves every other byte of sources.yaml as it was."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from aggregator.config import ConfigurationError, load
from aggregator.sources_file import add_source, change_address

HEAD = """\
# ours, since 2020
publication:
  title: Proef   # of the page
  url: https://example.org/blogs/
  author: {name: Redactie}
"""

SHAPES = {
    "indented": HEAD
    + "sources:\n  # the first\n  - name: A\n    url: https://a.example/\n\n# after\nnetwork:\n  allow_private: true\n",
    "not indented": HEAD + "sources:\n- name: A\n  url: https://a.example/   # home\n",
    "no newline at the end": HEAD + "sources:\n  - name: A\n    url: https://a.example/",
    "wide": HEAD + "sources:\n  -   name: A\n      url: https://a.example/\n",
    "dash alone": HEAD + "sources:\n  -\n      name: A\n      url: https://a.example/\n",
    "sources first": "sources:\n  - url: https://a.example/\n    name: A\n    tags:\n      - x\n" + HEAD,
    "with a mark of its encoding": "\ufeff" + HEAD + "sources:\n  - name: A\n    url: https://a.example/\n",
    "with both line ends": HEAD.replace("\n", "\r\n", 2) + "sources:\n  - name: A\n    url: https://a.example/\n",
    "a text that looks like a comment at its end": HEAD
    + "sources:\n  - name: A\n    url: https://a.example/\n    author: |\n      Jan\n      # Piet\n  # - name: no more\n",
    "a line that is none to YAML": HEAD.replace("Proef", "'Pr\u2028oef'")
    + "sources:\n  - name: A\n    url: https://a.example/\n",
    "windows": (HEAD + "sources:\n  - name: A\n    url: https://a.example/\n").replace("\n", "\r\n"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_entry_is_added_last_and_nothing_else_changes(tmp_path: Path, shape: str) -> None:
    file = tmp_path / "sources.yaml"
    file.write_bytes(SHAPES[shape].encode())
    added = add_source(file, {"name": "Klant & Co: het blog", "url": "https://b.example/blog?x=1#top"})
    after = file.read_bytes().decode()
    assert [source.name for source in load(file).sources] == ["A", "Klant & Co: het blog"]
    assert load(file).sources[1].url == "https://b.example/blog?x=1#top"
    lines = [line for line in after.splitlines(keepends=True) if line.strip("\r\n") not in added.splitlines()]
    assert "".join(lines).rstrip() == SHAPES[shape].rstrip()
    assert load(file).sources[0].author in (None, "Jan\n# Piet\n")
    assert after.count("\n") == after.count("\r\n") or shape != "windows"


@pytest.mark.parametrize("empty", ["sources: []\n", "sources:\n", "sources: # none yet\n", ""])
def test_the_first_source_of_an_empty_list(tmp_path: Path, empty: str) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(HEAD + empty)
    add_source(file, {"name": "yes", "url": "https://b.example/"})
    assert load(file).sources[0].name == "yes"


def test_a_name_that_is_taken_is_refused_and_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(SHAPES["indented"])
    with pytest.raises(ConfigurationError, match="already the name"):
        add_source(file, {"name": "a", "url": "https://b.example/"})
    assert file.read_text() == SHAPES["indented"]
    assert [path.name for path in tmp_path.iterdir()] == ["sources.yaml"]


@pytest.mark.parametrize(
    "written", ["sources: [\n]\n", "sources: ~\n", "sources: [{name: A, url: 'https://a.example/'}]\n"]
)
def test_a_list_that_cannot_be_added_to_stays_and_no_line_is_blamed_that_is_not_there(
    tmp_path: Path, written: str
) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(HEAD + written)
    with pytest.raises(ConfigurationError, match=r"sources\.yaml: sources: (cannot be added to|is)") as caught:
        add_source(file, {"name": "B", "url": "https://ik:geheim@b.example/"})
    assert "geheim" not in str(caught.value)
    assert file.read_text() == HEAD + written


def test_a_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    """As where sources.yaml is kept in a repository elsewhere."""
    (tmp_path / "kept").mkdir()
    kept, file = tmp_path / "kept" / "blogs.yaml", tmp_path / "sources.yaml"
    kept.write_text(SHAPES["indented"])
    file.symlink_to(kept)
    add_source(file, {"name": "B", "url": "https://b.example/"})
    assert file.is_symlink()
    assert [source.name for source in load(kept).sources] == ["A", "B"]


PLAIN = ["- {name: A, url: %s}", "- {url: %s, name: A}"]
ANY = ["- name: A\n    url: %s   # home", '- name: A\n    url: "%s"', "- {name: A, url: '%s', tags: [x]}"]
"""Ways in which an address is written, that with a comma only in the second."""


@pytest.mark.parametrize(
    ("before", "written"),
    [
        *itertools.product(["https://a.example/", "https://a.example/x#y"], PLAIN + ANY),
        *itertools.product(["https://a.example/?x=1,2&y={z}#"], ANY),
    ],
)
def test_an_address_that_moved_is_changed_and_nothing_else(tmp_path: Path, written: str, before: str) -> None:
    file, after = tmp_path / "sources.yaml", "https://b.example/feed?a=1"
    text = HEAD + "sources:\n  " + written + "\n  - {name: B, url: https://c.example/}\n"
    file.write_text(text % before)
    assert load(file).sources[0].url == before
    change_address(file, "A", after)
    assert file.read_text().replace('"', "").replace("'", "") == (text % after).replace('"', "").replace("'", "")


@pytest.mark.parametrize("after", ["https://b.example/?x=1,2", "https://b.example/{a}", "https://b.example/a:"])
def test_an_address_that_yaml_takes_for_something_else_is_quoted(tmp_path: Path, after: str) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(HEAD + "sources:\n  - {name: A, url: https://a.example/}\n")
    change_address(file, "A", after)
    assert load(file).sources[0].url == after
    file.write_text(SHAPES["indented"])
    add_source(file, {"name": "B", "url": after})
    assert load(file).sources[1].url == after


def test_an_address_that_others_share_is_not_changed(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    text = HEAD + "sources:\n  - {name: A, url: &one https://a.example/}\n  - {name: B, url: *one}\n"
    file.write_text(text)
    for name in ("A", "B"):
        with pytest.raises(ConfigurationError, match=r"make it https://b\.example/"):
            change_address(file, name, "https://b.example/")
    assert file.read_text() == text
