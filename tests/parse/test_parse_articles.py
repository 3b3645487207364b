"""Article pages of the usual kinds: the author's text whole, and nothing of the page around it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.parse.article import extract_article
from aggregator.parse.discover import feed_candidates
from aggregator.parse.listing import links_on_page
from aggregator.parse.page import posts_on_page
from aggregator.settings import Selectors
from tests.samples import examples

URL = "https://blog.example/een-post/"
FIRST = "De eerste zin van het stuk, die over klanten gaat en lang genoeg is om een alinea te zijn."
MIDDLE = "<h3>Een kop</h3><ul><li>een punt</li></ul><table><tr><td>cel</td></tr></table><pre><code>x = 1</code></pre>"
LAST = "De laatste zin van het stuk, waarmee de schrijver afsluit en waarna niets meer van hem komt."
TEXT = f"<p>{FIRST}</p><p>{'Nog een zin over klanten en hun vragen. ' * 8}</p>{MIDDLE}<blockquote><p>Een citaat</p></blockquote><p>{LAST}</p>"

PAGES = {
    "wordpress": f"""<html lang="nl-NL"><head><title>Een post | Blog</title><meta property="og:site_name" content="Blog">
        <script type="application/ld+json">{{"@context":"https://schema.org","@graph":[{{"@type":"BlogPosting",
        "headline":"Een post","datePublished":"2015-07-03T16:09:00+02:00","author":{{"@type":"Person","name":"Anna de Vries"}}}}]}}</script></head>
        <body><nav><a href="/">NAVIGATIE</a></nav><article class="hentry"><h1 class="entry-title">Een post</h1>
        <div class="entry-content">{TEXT}<div class="sharedaddy"><h3>DELEN</h3></div><div id="jp-relatedposts">GERELATEERD</div></div>
        <footer class="entry-meta">CATEGORIE</footer></article><div id="comments"><p>REACTIE van een lezer</p></div>
        <aside class="widget-area">ZIJKANT</aside></body></html>""",
    "microdata": f"""<html lang="nl"><head><title>Een post</title></head><body><div itemscope itemtype="https://schema.org/BlogPosting">
        <h1 itemprop="headline">Een post</h1><span itemprop="author">Anna de Vries</span>
        <time itemprop="datePublished" datetime="2015-07-03T16:09:00+02:00">3 juli</time>
        <div itemprop="articleBody">{TEXT}</div></div><div class="comments">REACTIE</div></body></html>""",
    "open graph": f"""<html lang="nl"><head><title>Een post - Blog</title><meta property="og:title" content="Een post">
        <meta property="article:published_time" content="2015-07-03T16:09:00+02:00"><meta name="author" content="Anna de Vries">
        </head><body><header>KOP <a href="/">NAVIGATIE</a></header><main><h1>Een post</h1>{TEXT}
        <form class="newsletter">NIEUWSBRIEF</form></main><footer>VOET</footer></body></html>""",
    "tables of old": f"""<html><head><title>Een post - Blog</title></head><body><table><tr><td class="menu">NAVIGATIE</td></tr>
        <tr><td><h1>Een post</h1><p class="byline">Geplaatst door Anna de Vries op 3 juli 2015 om 16:09 uur</p>{TEXT}
        <div class="pro"><p>RECLAME voor een abonnement</p></div><a name="reacties"></a>
        <div class="reactie"><div>Piet</div><p>REACTIE van een lezer</p></div></td></tr></table></body></html>""",
}
FURNITURE = ("NAVIGATIE", "DELEN", "GERELATEERD", "CATEGORIE", "REACTIE", "ZIJKANT", "NIEUWSBRIEF", "VOET", "RECLAME")


@pytest.mark.parametrize("kind", PAGES)
def test_the_text_is_whole_and_the_page_is_gone(kind: str) -> None:
    article = extract_article(PAGES[kind].encode(), URL)
    assert article is not None
    content = article.content or ""
    for part in (FIRST, LAST, "<h3>Een kop</h3>", "<li>een punt</li>", "<td>cel</td>", "x = 1", "Een citaat"):
        assert part in content
    for part in FURNITURE:
        assert part not in content
    assert (article.title, article.authors) == ("Een post", ("Anna de Vries",))
    assert article.published in ("2015-07-03T16:09:00+02:00", "3 juli 2015 om 16:09")


def test_a_page_without_marks_is_read_by_its_text() -> None:
    page = f"<html><head><title>Een post</title></head><body><div><div>{TEXT}{TEXT}</div></div></body></html>"
    article = extract_article(page.encode(), URL)
    assert article is not None
    assert FIRST in (article.content or "")


def test_nobody_is_made_the_author_of_a_page_that_names_none() -> None:
    article = extract_article(f"<article><h1>Een post</h1>{TEXT}</article>".encode(), URL)
    assert article is not None
    assert article.authors == ()


def test_an_author_is_found_by_the_id_that_json_ld_gives() -> None:
    graph = (
        '{"@graph":[{"@type":"Article","headline":"Een post","author":{"@id":"#jan"}},{"@type":"WebPage","name":"Een post"},'
        '{"@type":"Person","@id":"#jan","name":"Jan de Vries"}]}'
    )
    page = f'<script type="application/ld+json">{graph}</script><article><h1>Een post</h1>{TEXT}</article>'
    post = extract_article(page.encode(), URL)
    assert post is not None
    assert post.authors == ("Jan de Vries",)


@pytest.mark.parametrize(
    ("line", "author", "date"),
    [
        ("<p><em>Geplaatst op 3 november 2026 door Jan de Vries</em></p>", ("Jan de Vries",), "3 november 2026"),
        ("<p>Geschreven door Jan de Vries op 03-11-2026</p>", ("Jan de Vries",), "03-11-2026"),
        ('<p class="meta">Veröffentlicht am 3. März 2026 von Hans Müller</p>', ("Hans Müller",), "3. März 2026"),
        ('<p class="byline">By Jane Doe, 3 March 2026</p>', ("Jane Doe",), "3 March 2026"),
        (
            "<p>Geplaatst in de kelder, op 3 november 2026, door een man die niemand daar kende of verwachtte.</p>",
            (),
            None,
        ),
    ],
)
def test_a_line_that_says_when_and_by_whom_is_believed_and_no_text(
    line: str, author: tuple[str, ...], date: str | None
) -> None:
    article = extract_article(f"<article><h1>Een post</h1>{line}<p>4 min leestijd</p>{TEXT}</article>".encode(), URL)
    assert article is not None
    assert (article.authors, article.published) == (author, date)
    assert "leestijd" not in (article.content or "")
    assert ("Geplaatst" in (article.content or "")) is (date is None)


def test_the_byline_that_people_see_tells_more_than_what_software_calls_its_first_user() -> None:
    page = f'<meta name="author" content="admin"><article><h1>Een post</h1><p class="byline">Door Jan Smit</p>{TEXT}</article>'
    article = extract_article(page.encode(), URL)
    assert article is not None
    assert article.authors == ("Jan Smit",)


def test_the_charset_of_a_meta_element_is_believed() -> None:
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1252"></head><body><article><h1>Café</h1>{TEXT}</article>'
    article = extract_article(page.encode("windows-1252"), URL, "text/html")
    assert article is not None
    assert article.title == "Café"


def test_a_lazy_lead_picture_is_found() -> None:
    page = f'<article><div class="entry-featured"><img src="data:image/gif;base64,R0" data-lazy-src="/i.jpg" alt="Beeld"></div><div class="entry-content">{TEXT}</div></article>'
    article = extract_article(page.encode(), URL)
    assert article is not None
    assert article.image is not None
    assert (article.image.url, article.image.alt) == ("/i.jpg", "Beeld")


def test_selectors_say_where_the_text_is_and_what_to_leave_out() -> None:
    page = (
        f'<div class="b">{TEXT}<p class="weg">RECLAME</p></div><div class="c">{TEXT * 3}</div><i class="wie">Anna</i>'
    )
    article = extract_article(page.encode(), URL, "", Selectors(body=".b", remove=(".weg",), author=".wie"))
    assert article is not None
    assert "RECLAME" not in (article.content or "")
    assert (article.content or "").count(FIRST) == 1
    assert article.authors == ("Anna",)


@pytest.mark.parametrize("page", ["", "<p>Welkom</p>", "<html><body><form><input></form></body></html>"])
def test_a_page_that_is_no_article_is_none(page: str) -> None:
    assert extract_article(page.encode(), URL) is None


@settings(deadline=None, max_examples=examples(40))
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    for read in (extract_article, posts_on_page, links_on_page, feed_candidates):
        read(body, URL)


def test_nesting_beyond_all_measure_is_survived() -> None:
    extract_article(b"<div>" * 100_000 + TEXT.encode(), URL)
