"""A mistake in sources.yaml is named with its line, its key and what was expected; nothing is touched."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from aggregator.config import ConfigurationError, load
from aggregator.config_schema import schema
from tests.conftest import PROJECT

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
    ("  from:", "  unsubscribe: https://x.example/{tokn}\n  from:", "6:3", ["mail.unsubscribe", "holds {tokn}"]),
    ("  from:", "  unsubscribe_by_mail: mailto:a@x.example?body={token}\n  from:", "6:3", ["in the body"]),
    ("  from:", "  confirm: https://x.example/\n  from:", "6:3", ["mail.confirm", "nobody could confirm"]),
    ("  from:", "  reply_to: rédactie@x.example\n  from:", "6:3", ["mail.reply_to", "before its @"]),
    ("  from:", "  fro:", "6:3", ["mail.fro", "Did you mean `from`?"]),
    ("  from:", "  sender:", "6:3", ["mail.sender", "unknown key"]),
    ("mail:\n", "store: sqlite:///\nmail:\n", "5:1", ["store: names no file"]),
    ("  - name: A", "  - name: A\x08", "8:12", ["the character U+0008", "take it out"]),
    ("mail:\n", "file: x\nmail:\n", "5:1", ["file", "unknown key"]),
    ("    tags: [een, twee]", "    line: 3", "10:5", ["sources[0].line", "unknown key"]),
    ("redactie@example.org}\nsources", "redactie}\nsources", "6:26", ["mail.from.email", "'redactie' is no mail address"]),
    ("  from:", "  smtp: smtp://ik:geheim@relay.example\n  from:", "6:3", ["mail.smtp", "name of an environment variable"]),
    ("  from:", "  dkim: {selector: a, key: a.pem}\n  from:", "6:23", ["mail.dkim.key", "environment variable"]),
    ("    tags: [een, twee]", "    kind: documents", "10:5", ["sources[0].kind", "documents on disk"]),
    ("    tags: [een, twee]", "    split: {starts: x}", "10:5", ["sources[0].split", "documents on disk"]),
    ("  from:", "  list_id: a b\n  from:", "6:3", ["mail.list_id", "a name with dots"]),
    ("  from:", "  unsubscribe: example.org\n  from:", "6:3", ["mail.unsubscribe", "does not start with mailto:"]),
    ("mail:\n", "network: {connections: 0}\nmail:\n", "5:11", ["network.connections", "from 1 to 1000, not 0"]),
    ("mail:\n", "network: {per_host: 0}\nmail:\n", "5:11", ["network.per_host", "from 1 to 100, not 0"]),
    ("mail:\n", "network: {megabytes: .inf}\nmail:\n", "5:11", ["network.megabytes", "not inf"]),
    ("mail:\n", "network: {read_seconds: .nan}\nmail:\n", "5:11", ["network.read_seconds", "not nan"]),
    ("mail:\n", "network: {redirects: -1}\nmail:\n", "5:11", ["network.redirects", "not -1"]),
    ("mail:\n", 'network: {contact: "a\\nB: c"}\nmail:\n', "5:11", ["network.contact", "plain ASCII"]),
    ("mail:\n", "network: fast\nmail:\n", "5:1", ["network", "must be keys with values, not 'fast'"]),
    ("mail:\n", "corrections: [{apart: [https://a.example/x]}]\nmail:\n", "5:", ["apart[1]", "One more belongs"]),
    ("https://example.org/blogs/", "https://example.org/?blogs/", "3:3", ["publication.url", "plain address"]),
    ("https://example.org/blogs/", "https://ik:geheim@example.org/", "3:3", ["publication.url", "a name or a password"]),
    ("  title: Proef", '  title: "Pr\\aoef"', "2:3", ["publication.title", "cannot be shown"]),
    ("name: Redactie, email", 'name: "Redactie\\e", email', "4:12", ["publication.author.name", "cannot be shown"]),
    ("mail:\n", '  feeds: {tags: ["x\\ud83d"]}\nmail:\n', "5:", ["publication.feeds.tags[0]", "cannot be shown"]),
    ("https://example.org/blogs/", "https://bücher.example/", "3:3", ["publication.url", "xn--"]),
    ("https://example.org/blogs/", "https://example.org:port/", "3:3", ["publication.url", "absolute http(s) address"]),
    ("    url: https://a.example/", "    url: https://a.example:99999/", "9:5", ["no absolute http(s) address"]),
    ("    url: https://a.example/", "    url: 'https://a example/'", "9:5", ["no absolute http(s) address"]),
    ("  - name: A", "  - name: 2024", "8:5", ["sources[0].name", "not 2024", 'Put it in quotes: "2024"']),
    ("  - name: A", '  - name: "A\\nB"', "8:5", ["sources[0].name", "cannot be shown"]),
    ("  - name: A", "  - name: 0123", "8:5", ["sources[0].name", "Put it in quotes."]),
    ("    tags: [een, twee]", "    5: x", "10:5", ["sources[0].5: unknown key"]),
    ("  - name: A\n", "  - &one {name: C, url: 'https://c.example/'}\n  - *one\n  - name: A\n", "", ["already the name on line 8"]),
    ("    tags: [een, twee]", "    tags: een", "10:5", ["sources[0].tags", "must be a list, not 'een'"]),
    ("  - name: A\n", "  -\n  - name: A\n", "8:4", ["sources[0]", "is empty", "Take its dash away"]),
    ("    tags: [een, twee]", "    language: Nederlands", "10:5", ["sources[0].language", "no language tag"]),
    ("    tags: [een, twee]", "    override: {language: x}", "10:16", ["override.language", "no language tag"]),
    ("    tags: [een, twee]", "    include: [{after: 2026-13-01}]", "10:16", ["include[0].after", "is no day"]),
    ("    tags: [een, twee]", "    include: [{before: gisteren}]", "10:16", ["include[0].before", "write it as 2026-01-31"]),
    ("    tags: [een, twee]", "    exclude: [{}]", "10:15", ["sources[0].exclude[0]", "would match every post"]),
    ("    tags: [een, twee]", "    exclude: [{min_words: -1}]", "10:16", ["min_words", "0 or more"]),
    ("    tags: [een, twee]", "    selectors: {post: 'div[['}", "10:17", ["selectors.post", "no CSS selector"]),
    ("    tags: [een, twee]", "    selectors: {remove: [p, '!']}", "10:29", ["remove[1]", "no CSS selector"]),
    ("    path: archief/*.md", "    path: ''", "12:5", ["sources[1].path", "is empty"]),
    ("    site: https://b.example/", "    site: https://b.example/\n    link: '{titel}'", "14:5", ["link", "{slug}"]),
    ("    site: https://b.example/", "    link: '{slug'", "13:5", ["link", "no template"]),
    ("    site: https://b.example/", "    link: '{slug}'", "13:5", ["link", "`site`, which is missing"]),
    ("sources:\n", "---\nsources:\n", "7:1", ["not valid YAML: expected a single document", "but found another"]),
    ("  title: Proef", "  title: !!int x", "", ["not valid YAML", "'x'"]),
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


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_bytes(GOOD.replace("Redactie", "Rédactie").encode("latin-1"))
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}:4:1: is not UTF-8 text")


def test_a_file_nested_beyond_measure_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text("[" * 1_000)
    with pytest.raises(ConfigurationError, match="nested too deeply"):
        load(file)


def test_a_day_needs_no_quotes_and_a_header_keeps_its_name(tmp_path: Path) -> None:
    """YAML takes a bare day for a date; `from` is the name of a header as well as a key of `mail`."""
    file = tmp_path / "sources.yaml"
    rules = "    include: [{after: 2026-01-31}]\n    headers: {from: bot@example.org}"
    file.write_text(GOOD.replace("    tags: [een, twee]", rules))
    source = load(file).sources[0]
    assert source.include[0].after == "2026-01-31"
    assert source.headers == {"from": "bot@example.org"}


def test_two_sources_on_one_line_have_names_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    head, _ = GOOD.split("sources:")
    file.write_text(head + "sources: [{name: A, url: 'https://a.example/'}, {name: a, url: 'https://b.example/'}]\n")
    with pytest.raises(ConfigurationError, match=r":7:50: sources\[1\]\.name: 'a' is already the name on line 7"):
        load(file)


def test_of_a_key_that_stands_twice_not_all_that_is_below_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(GOOD + GOOD)
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert caught.value.mistakes[0].message == 'not valid YAML: found duplicate key "publication"'


def test_what_is_kept_of_it_is_for_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(GOOD)
    load(file)
    assert (tmp_path / "state" / "settings.cache").stat().st_mode & 0o077 == 0


def test_a_disk_that_is_full_is_not_filled_with_what_was_to_be_kept(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(GOOD)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        load(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "state").iterdir()) == []


def test_a_mistake_shows_no_password(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(GOOD.replace("https://a.example/", "htps://ik:geheim@a.example/"))
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert "a.example" in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_of_many_mistakes_the_first_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    many = "".join(f"  - {{name: 'blog {number}', urll: 'https://a.example/'}}\n" for number in range(100))
    file.write_text(GOOD + many)
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert len(caught.value.mistakes) == 100
    told = str(caught.value)
    assert told.count("Did you mean `url`?") == 20
    assert told.endswith(f"{file}: and 80 more such places")


def test_the_schema_for_editors_is_that_of_the_settings() -> None:
    told = json.loads((PROJECT / "docs" / "sources.schema.json").read_text("utf-8"))
    assert told == schema(), "say: python -m aggregator.config_schema > docs/sources.schema.json"
    assert {"from", "reply_to"} <= told["$defs"]["Mail"]["properties"].keys()
    assert "sender" not in told["$defs"]["Mail"]["properties"]
    assert told["properties"].keys() == {
        "publication", "network", "store", "sources", "corrections", "digest", "mail"
    }  # fmt: skip
    assert told["$defs"]["Digest"]["properties"]["hour"] == {
        "default": 7, "type": "integer", "minimum": 0, "maximum": 23
    }  # fmt: skip
