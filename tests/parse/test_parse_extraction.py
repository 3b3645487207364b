"""How well article bodies are found on real pages, beside the library that leads the field.

On every other page of the corpus by default; on each one with AGGREGATOR_CORPUS=1.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aggregator.parse.article import extract_article
from benchmarks.extraction import by_trafilatura, measure, ours, pages

STEP = 1 if os.environ.get("AGGREGATOR_CORPUS") == "1" else 4
JAPANESE = "今回はその続きとして、お客様との関係について書きます。言葉の間に空白がなくても、本文は本文です。" * 8
TEXT = "".join(
    f"<p>Alinea {number} van het stuk, waarin de schrijver vertelt hoe een klant zich voelt die nummer {number} in de rij "
    "is en dat hij liever een mens had gesproken dan een keuzemenu.</p>"
    for number in range(1, 9)
)


def test_article_bodies_are_found_better_than_by_the_best_extractor(shared: Path) -> None:
    corpus = pages(shared / "corpora/articles.tar.xz")[::STEP]
    assert measure(ours, corpus)[0].f1 >= measure(by_trafilatura, corpus)[0].f1


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        (f"<div class='stuk'>{TEXT}<pre>x = 1</pre>{TEXT.replace('Alinea', 'Stuk')}</div>", "<pre>x = 1</pre>"),
        (f"<div>{TEXT}<table><tr><td>12</td><td>34</td></tr></table>{TEXT.replace('stuk', 'vervolg')}</div>", "<td>34</td>"),
        (f"<div>{TEXT}<figure><img src='/a.jpg' alt='a'><figcaption>De rij</figcaption></figure>{TEXT.replace('rij', 'gang')}</div>", "De rij"),
        (f"<div>{TEXT}<blockquote class='twitter-tweet'><p>Wat een rij vandaag</p></blockquote>{TEXT.replace('rij', 'gang')}</div>", "Wat een rij vandaag"),
        (f"<form id='page' action='/'>{TEXT}</form>", "Alinea 8"),
        (f"<table><tr><td><p>Menu</p></td><td>{TEXT}</td></tr></table>", "Alinea 8"),
        (f"<div>{TEXT.replace('<p>', '').replace('</p>', '<br><br>')}</div>", "Alinea 8"),
        (f"<div><div>{JAPANESE}</div></div>", JAPANESE[:30]),
    ],
    ids=["code", "table", "caption", "quoted message", "page in a form", "layout table", "line breaks", "no spaces"],
)  # fmt: skip
def test_what_extractors_lose_stays_in_its_place(markup: str, kept: str) -> None:
    page = f"<html><head><title>Een post</title></head><body><h1>Een post</h1>{markup}<ul><li><a href='/x'>Elders</a></ul></body></html>"
    article = extract_article(page.encode(), "https://blog.example/een-post")
    assert article is not None
    assert kept in (article.content or "")
    assert "Elders" not in (article.content or "")
