"""Documents on disk: front matter, Markdown, and text as a crawler leaves it."""

from __future__ import annotations

from aggregator.model import Fetched, RawPost
from aggregator.parse.document import parse_document
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
    posts, remarks = read("---\ntitle: Een: twee: drie\ndate: 2026-01-02\n---\nTekst\n")
    assert (posts[0].title, posts[0].published) == ("Een: twee: drie", "2026-01-02")
    assert "not valid YAML" in remarks[0]


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
