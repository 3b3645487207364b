"""Documents on disk: front matter, Markdown, and text as a crawler leaves it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from aggregator.model import Fetched, Image, Problem, RawFeed, RawPost, WorkStoppedError
from aggregator.parse.document import parse_document
from aggregator.parse.on_disk import posts_in, read_documents
from aggregator.settings import Source, Split

MARKDOWN = """---
title: "Een tuin: deel één"
date: 2026-11-03 16:09 CET
author: Hanneke
tags: [Relaties, no]
draft: no
---

## Kop

Tekst met [een link](/over) en ![beeld](/i.jpg).

| a | b |
|---|---|
| 1 | 2 |
"""


def read(
    text: str, name: str = "blog/2026-11-03-een-tuin.html.md", **more: object
) -> tuple[list[RawPost], tuple[str, ...]]:
    source = Source(name="A", path="blog/*", site="https://a.example/", **more)  # type: ignore[arg-type]  # fields of Source
    posts, remarks = parse_document(Fetched("file:x", "file:x", text.encode(), document_path=name), source)
    return list(posts), remarks


def test_markdown_with_front_matter() -> None:
    posts, remarks = read(MARKDOWN, link="blog/{published:%Y/%m/%d}/{stem}.html")
    post = posts[0]
    assert remarks == ()
    assert (post.title, post.published, post.authors) == ("Een tuin: deel één", "2026-11-03 16:09 CET", ("Hanneke",))
    assert post.tags == ("Relaties", "no")
    assert post.link == "https://a.example/blog/2026/11/03/een-tuin.html"
    assert "<h2>Kop</h2>" in (post.content or "")
    assert "<table>" in (post.content or "")
    assert '<a href="/over">' in (post.content or "")


def test_windows_line_ends_and_a_byte_order_mark_lose_nothing() -> None:
    posts, _ = read("\ufeff" + MARKDOWN.replace("\n", "\r\n"))
    assert (posts[0].title, posts[0].authors) == ("Een tuin: deel één", ("Hanneke",))


def test_a_draft_is_left_out() -> None:
    assert read(MARKDOWN.replace("draft: no", "draft: true")) == ([], ())


def test_front_matter_that_is_no_yaml_is_read_line_by_line_and_said() -> None:
    posts, remarks = read("---\ntitle: Een: twee: drie\ndate: 2026-01-02\ntags: [a, 'b c']\n---\nTekst\n")
    assert (posts[0].title, posts[0].published, posts[0].tags) == ("Een: twee: drie", "2026-01-02", ("a", "b c"))
    assert "not valid YAML" in remarks[0]


def test_what_stands_between_two_rules_is_text() -> None:
    for text in ("---\n\nGeen: kop: [hier\n\n---\n\nTekst\n", "---\n\nGeen kop\n\n---\n\nTekst\n"):
        assert "kop" in (read(text.replace("Geen:", "Geen"))[0][0].content or "")


def test_without_front_matter_the_heading_is_the_title_and_the_name_the_date() -> None:
    posts, _ = read("# De kop\n\nTekst\n")
    assert (posts[0].title, posts[0].published) == ("De kop", "2026-11-03")
    assert "De kop" not in (posts[0].content or "")


TEXT = """(function(d,s){ var x = document.createElement(s); })(document,"script");

De eerste titel

De eerste titel

Een inleiding die uit meer dan een paar woorden bestaat, en die dus geen kop is maar gewone tekst van de schrijver.

Een kop

1. eerste
2. tweede

foto van een borrel.png

Het slot van dit verhaal, dat lang genoeg is om voor een alinea door te gaan en niet voor een kop boven een stuk.

Anna de Vries
"""


def test_crawled_text_loses_scripts_file_names_and_repeated_titles() -> None:
    posts, _ = read(TEXT, "een.txt")
    post = posts[0]
    assert post.title == "De eerste titel"
    assert post.authors == ("Anna de Vries",)
    content = post.content or ""
    assert content.startswith("<p>Een inleiding")
    assert "<ol><li>eerste</li><li>tweede</li></ol>" in content
    for gone in ("function", ".png", "De eerste titel"):
        assert gone not in content


def test_one_file_that_holds_many_posts_is_told_apart_by_their_ends() -> None:
    text = "Eerste\n\nTekst een.\n\nMet dank aan X\n\n\nTweede\n\nTekst twee.\n\nBron: Y\n"
    posts, _ = read(text, "alles.txt", split=Split(ends="^(Met dank|Bron:)"))
    assert [post.title for post in posts] == ["Eerste", "Tweede"]
    assert [post.id for post in posts] == ["alles.txt#eerste", "alles.txt#tweede"]
    assert len({post.link for post in posts}) == 2
    assert "Bron: Y" in (posts[1].content or "")


def test_one_file_that_holds_many_posts_is_told_apart_by_their_beginnings() -> None:
    posts, _ = read("## Een\na\n## Twee\nb\n", "alles.txt", split=Split(starts="^## "))
    assert [post.title for post in posts] == ["## Een", "## Twee"]


def test_lines_that_a_rule_drops_and_all_after_the_end_are_gone() -> None:
    text = "Titel\n\nAnna Blog, Team\n\nTekst.\n\nWord lid!\n\nEen reactie\n"
    posts, _ = read(text, "een.txt", split=Split(until="^Word lid", drop=("^Anna Blog",)))
    assert posts[0].content == "<p>Tekst.</p>"


TOML = """+++
title = "Een tuin"
date = 2026-11-03T10:00:00+01:00
draft = false
tags = ["Relaties", "no"]
[params]
author = "Hanneke"
[cover]
image = "/beeld.jpg"
alt = "Een tuin"
+++

Tekst
"""
JSON = """{
  "title": "Een tuin",
  "date": "2026-11-03T10:00:00+01:00",
  "draft": false,
  "tags": ["Relaties", "no"],
  "authors": [{"name": "Hanneke"}],
  "image": {"path": "/beeld.jpg", "alt": "Een tuin"}
}

Tekst
"""
LINES = """Title: Een tuin
Date: 2026-11-03T10:00:00+01:00
Tags: Relaties, no
Author: Hanneke
Image: /beeld.jpg
Image_alt: Een tuin

Tekst
"""


@pytest.mark.parametrize("text", [TOML, JSON, LINES], ids=["TOML", "JSON", "lines"])
def test_front_matter_is_read_in_whatever_form_it_is_written(text: str) -> None:
    posts, remarks = read(text)
    post = posts[0]
    assert remarks == ()
    assert (post.title, post.authors, post.tags) == ("Een tuin", ("Hanneke",), ("Relaties", "no"))
    assert (post.published or "").replace(" ", "T") == "2026-11-03T10:00:00+01:00"
    assert post.image == Image("/beeld.jpg", "Een tuin")
    assert post.content == "<p>Tekst</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        TOML.replace("draft = false", "draft = true"),
        TOML.replace("draft = false", "draft = true\ntitle = 'again'"),  # no valid TOML
        JSON.replace('"draft": false', '"draft": true'),
        "---\ntitle: A\npublished: false\n---\nTekst",
        "---\ntitle: A\npublish: false\n---\nTekst",
        "Title: A\nStatus: draft\n\nTekst",
        "",
        "---\n---\n",
    ],
)
def test_what_is_not_to_be_published_yet_is_left_out(text: str) -> None:
    assert read(text)[0] == []


@pytest.mark.parametrize(
    ("date", "day"), [("2026-1-3", "2026/01/03"), ("3-1-2026", "2026/01/03"), ("2026/01/03 10:00", "2026/01/03")]
)
def test_a_link_is_made_of_a_date_in_figures(date: str, day: str) -> None:
    posts, _ = read(f"---\ntitle: A\ndate: {date}\n---\nB", "a.md", link="blog/{published:%Y/%m/%d}/{slug}/")
    assert posts[0].link == f"https://a.example/blog/{day}/a/"


def test_that_it_is_published_is_no_date() -> None:
    posts, _ = read("---\ntitle: A\npublished: true\n---\nB")
    assert posts[0].published == "2026-11-03"


def test_aliases_that_would_fill_all_memory_are_left_as_they_are() -> None:
    lines = [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]" for number in range(1, 30)]
    bomb = "\n".join(["a0: &a0 [x]", *lines, "draft: *a29", "tags: *a29", "author: &who {name: *who}"])
    posts, _ = read(f"---\ntitle: A\n{bomb}\n---\nB")
    assert (posts[0].title, posts[0].tags) == ("A", ())


def test_a_link_that_cannot_be_made_is_said() -> None:
    _, remarks = read("---\ntitle: A\ndate: 3 januari 2026\n---\nB", "a.md", link="{published:%Y}/{slug}/")
    assert remarks == ("a.md: `link` cannot be filled in, as it states no date like 2015-07-03.",)


def test_the_index_of_a_folder_goes_by_its_name() -> None:
    posts, _ = read("Tekst", "blog/2026-11-03-een-tuin/index.md", link="blog/{stem}/")
    assert (posts[0].title, posts[0].link) == ("een tuin", "https://a.example/blog/een-tuin/")


def test_links_of_wikis_are_words_and_pictures() -> None:
    text = "De kop\n===\n\n[[Een noot]], [[noot|die]], ![[een beeld.png]], [[1]](/x), `[[code]]`\n"
    posts, _ = read(text)
    assert posts[0].title == "De kop"
    assert posts[0].content == (
        '<p>Een noot, die, <img src="een%20beeld.png" alt="" />, <a href="/x">[1]</a>, <code>[[code]]</code></p>\n'
    )


def test_a_document_that_cannot_be_read_costs_no_other() -> None:
    async def work(function: Any, source: Source, documents: Sequence[Fetched]) -> Any:
        if any(one.document_path == "b.md" for one in documents):
            raise WorkStoppedError("reading it took more than 20 seconds")
        return function(source, documents)

    documents = tuple(Fetched(f"file:{name}", "", b"Tekst", document_path=name) for name in ("a.md", "b.md", "c.md"))
    passed_over = Problem("blocked", "d.md lies outside.", "d.md")
    reading = asyncio.run(read_documents(Source(name="A", path="*.md"), (*documents, passed_over), work))  # type: ignore[arg-type]  # as work
    feed = reading.feed or RawFeed()
    assert [(post.id, post.position) for post in feed.posts] == [("a.md", 0), ("c.md", 1)]
    assert feed.remarks == (
        "d.md lies outside.",
        "b.md could not be read: reading it took more than 20 seconds.",
    )
    assert len(reading.resources) == 4


@pytest.mark.parametrize(
    ("head", "link"),
    [
        ("", "https://a.example/blog/2026/11/03/een-tuin/"),
        ('<link rel="canonical" href="https://a.example/tuin">', "https://a.example/tuin"),
    ],
)
def test_a_saved_page_has_the_address_that_it_names_or_that_the_template_makes(head: str, link: str) -> None:
    text = "Een zin over tuinen die lang genoeg is om er een te zijn. " * 10
    page = f"<head>{head}</head><article><h1>Een tuin</h1><time datetime='2026-11-03'></time><p>{text}</p></article>"
    source = Source(name="A", path="*", site="https://a.example/", link="blog/{published:%Y/%m/%d}/{slug}/")
    feed = posts_in(source, [Fetched("file:x", "file:x", page.encode(), document_path="2026-11-03-tuin.html")])
    assert [post.link for post in feed.posts] == [link]
