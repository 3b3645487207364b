"""A mistake in sources.yaml is named with its line, its key and what was expected; nothing is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config import ConfigurationError, load

GOOD = """\
publication:
  title: Proef
  url: https://example.org/blogs/
  author: {name: Redactie, email: redactie@example.org}
mail:
  from: {name: Redactie, email: redactie@example.org}
sources:
  - name: A
    url: https://a.example/
    tags: [een, twee]
  - name: B
    path: archief/*.md
    site: https://b.example/
"""

MISTAKES = [
    # (replace, by, expected place, words of the message)
    ("    url: https://a.example/", "    urll: https://a.example/", "9:5", ["sources[0].urll", "Did you mean `url`?"]),
    ("publication:\n", "publicatoin:\n", "1:1", ["publicatoin: unknown key", "Did you mean `publication`?"]),
    ("  title: Proef\n", "", "", ["publication.title", "is missing"]),
    ("  title: Proef\n", "  title:\n", "2:3", ["publication.title", "is empty"]),
    ("  title: Proef\n", "  title: ''\n", "2:3", ["publication.title", "is empty"]),
    ("  title: Proef\n", "  title: [Proef]\n", "2:3", ["publication.title", "string"]),
    ("https://example.org/blogs/", "https://example.org/blogs", "3:3", ["publication.url", "must end with a slash"]),
    ("https://example.org/blogs/", "example.org", "3:3", ["publication.url", "absolute http(s) address"]),
    ("  - name: B", "  - name: a", "11:5", ["sources[1].name", "already the name on line 8"]),
    ("    path: archief/*.md", "    path: ../archief/*.md", "12:5", ["sources[1].path", "within the folder"]),
    ("    path: archief/*.md", "    path: x.md\n    url: https://x.example/", "11:5", ["a `url` or a `path`"]),
    ("    path: archief/*.md\n", "", "11:5", ["sources[1]", "needs a `url` or a `path`"]),
    ("    tags: [een, twee]", "    full_text: misschien", "10:5", ["full_text", "boolean", "'misschien'"]),
    ("    tags: [een, twee]", "    kind: feeed", "10:5", ["kind", "'feed', 'page' or 'documents'"]),
    ("    tags: [een, twee]", "    exclude: [{title: '('}]", "10:16", ["exclude[0].title", "regular expression"]),
    ("    tags: [een, twee]", "    headers: {X-Key: 'a '}", "10:15", ["headers.X-Key", "without blanks around it"]),
    ("    tags: [een, twee]", "    headers: {X-Key: é}", "10:15", ["headers.X-Key", "plain ASCII"]),
    ("    url: https://a.example/", "    url: file:///etc/passwd", "9:5", ["sources[0].url", "no absolute http"]),
    ("    tags: [een, twee]", "    url: https://twice.example/", "10:5", ["not valid YAML", "duplicate key"]),
    ("    tags: [een, twee]", "    tags: [een", "", ["not valid YAML"]),
    ("mail:\n", "  hub: hub.example\nmail:\n", "5:3", ["publication.hub", "address of a hub"]),
    ("mail:\n", "  feeds: {sources: [a]}\nmail:\n", "", ["publication.feeds.sources[0]", "no source is called 'a'"]),
    ("mail:\n", "  feeds: {source: all}\nmail:\n", "5:11", ["publication.feeds.source", "Did you mean `sources`?"]),
    ("mail:\n", "  withhold: [{post: x}]\nmail:\n", "5:15", ["publication.withhold[0].post", "address of a post"]),
    ("mail:\n", "  withhold: [{post: x, author: y}]\nmail:\n", "5:", ["publication.withhold[0]", "says one thing"]),
    ("mail:\n", "  withhold: [{auteur: y}]\nmail:\n", "5:15", ["withhold[0].auteur", "Did you mean `author`?"]),
    ("  from:", "  connections: 0\n  from:", "6:3", ["mail.connections", "must be from 1 to 100, not 0"]),
    ("  from:", "  per_minute: -5\n  from:", "6:3", ["mail.per_minute", "not -5"]),
    ("  from:", "  fro:", "6:3", ["mail.fro", "Did you mean `from`?"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "words"), MISTAKES, ids=[str(index) for index in range(len(MISTAKES))])
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, place: str, words: list[str]) -> None:
    file = tmp_path / "sources.yaml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as error:
        load(file)
    message = str(error.value)
    assert f"sources.yaml:{place}" in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("content", ["", "# only a comment\n", "- a\n- b\n", "text\n", "\x00", "sources: 5\n"])
def test_a_file_that_is_no_configuration(tmp_path: Path, content: str) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=r"sources\.yaml"):
        load(file)


def test_a_missing_file_says_how_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--config"):
        load(tmp_path / "sources.yaml")


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(GOOD.replace("title:", "titel:").replace("tags:", "tag:"))
    with pytest.raises(ConfigurationError) as error:
        load(file)
    assert len(error.value.mistakes) == 3  # two unknown keys, and the title that is now missing


def test_yaml_1_2_reads_times_and_words_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(GOOD.replace("name: A", "name: no").replace("een, twee", "10:30x, off"))
    source = load(file).sources[0]
    assert (source.name, source.tags) == ("no", ("10:30x", "off"))
