"""Cleaning: what is safe, what is furniture, and what is the author's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from aggregator.normalise.html import clean_html
from aggregator.normalise.text import text_of
from tests.samples import examples

BASE = "https://blog.example/2026/een-post.html"

CASES = {
    "scripts": ("<p>a</p><script>alert(1)</script><style>p{}</style>", "<p>a</p>"),
    "handlers": ('<p onclick="x()" style="color:red">a</p>', "<p>a</p>"),
    "relative links": ('<a href="/b">b</a>', '<a href="https://blog.example/b">b</a>'),
    "fragments": ('<a href="#noot">1</a>', f'<a href="{BASE}#noot">1</a>'),
    "trackers off links": ('<a href="https://x.example/?utm_source=a">b</a>', '<a href="https://x.example/">b</a>'),
    "javascript links": ('<a href="javascript:alert(1)">b</a>', "<a>b</a>"),
    "mail links": ('<a href="mailto:a@b.example">m</a>', '<a href="mailto:a@b.example">m</a>'),
    "relative pictures": ('<img src="/i.jpg" alt="x">', '<img src="https://blog.example/i.jpg" alt="x">'),
    "missing alt": ('<img src="/i.jpg">', '<img src="https://blog.example/i.jpg" alt="">'),
    "lazy": (
        '<img src="data:image/gif;base64,R0lG" data-lazy-src="/i.jpg" alt="x">',
        '<img alt="x" src="https://blog.example/i.jpg">',
    ),
    "lazy in other words": (
        '<img src="/p.svg" data-orig-src="/i.jpg" alt="x"><img src="/q.png" data-lazy="true" alt=""><img data-cfsrc="/c.jpg" alt="">',
        '<img src="https://blog.example/i.jpg" alt="x"><img src="https://blog.example/q.png" alt=""><img alt="" src="https://blog.example/c.jpg">',
    ),
    "lazy by a pattern": (
        '<img src="/x_300x.jpg" data-src="/x_{width}x.jpg" alt="x">', '<img src="https://blog.example/x_300x.jpg" alt="x">',
    ),
    "words in blocks of their own": (
        "<section>een</section><section><p>twee</p></section><center>drie</center><address>vier</address>vijf",
        "<div>een</div><p>twee</p><div>drie</div><div>vier</div>vijf",
    ),
    "lazy with noscript": (
        '<div><img src="data:image/gif;base64,R0" data-src="/i.jpg" alt="x"><noscript><img src="/i.jpg" alt="x"></noscript></div>',
        '<div><img alt="x" src="https://blog.example/i.jpg"></div>',
    ),
    "noscript alone": ('<noscript><img src="/i.jpg" alt="x"></noscript>', '<img src="https://blog.example/i.jpg" alt="x">'),
    "pixels by size": ('<p>a</p><img src="https://t.example/x.gif" width="1" height="1">', "<p>a</p>"),
    "pixels by host": ('<p>a</p><img src="https://pixel.wp.com/b.gif">', "<p>a</p>"),
    "hidden pixels": ('<p>a</p><img src="https://t.example/x.gif" style="display:none">', "<p>a</p>"),
    "what Drupal has above a post": (
        '<span class="field field--name-uid field--label-hidden"><a href="/user/1">redactie</a></span><p>a</p>', "<p>a</p>",
    ),
    "buttons to subscribe": (
        '<p>a</p><p class="button-wrapper"><a href="https://b.example/subscribe?">Subscribe now</a></p>'
        '<p class="button-wrapper"><a href="https://b.example/boek">Mijn boek</a></p><p>b</p>',
        '<p>a</p><p><a href="https://b.example/boek">Mijn boek</a></p><p>b</p>',
    ),
    "empty paragraphs": ("<p>a</p><p>&nbsp;</p><p><br></p><p> </p><p>b</p>", "<p>a</p><p>b</p>"),
    "headings under the title": ("<h1>a</h1><p>x</p><h3>b</h3>", "<h3>a</h3><p>x</p><h4>b</h4>"),
    "tables": ("<table><tr><td colspan='2'>a</td></tr></table>", '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>'),
    "text without markup": ("een\n\ntwee &amp; drie", "<p>een</p><p>twee &amp; drie</p>"),
    "players": (
        '<iframe src="https://www.youtube.com/embed/abc123?rel=0"></iframe>',
        '<p><a href="https://www.youtube.com/watch?v=abc123"><img src="https://i.ytimg.com/vi/abc123/hqdefault.jpg" alt="">'
        "https://www.youtube.com/watch?v=abc123</a></p>",
    ),
    "players by their title": (
        '<iframe data-src="https://player.vimeo.com/video/123?h=1" title="De film"></iframe>', '<p><a href="https://vimeo.com/123">De film</a></p>',
    ),
    "players of sound": (
        '<iframe src="https://open.spotify.com/embed/episode/abc?utm_source=generator"></iframe>',
        '<p><a href="https://open.spotify.com/episode/abc">https://open.spotify.com/episode/abc</a></p>',
    ),
    "a player's own page": (
        '<iframe src="https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b&color=1"></iframe>',
        '<p><a href="https://soundcloud.com/a/b">https://soundcloud.com/a/b</a></p>',
    ),
    "players as elements": (
        '<lite-youtube videoid="abc123" style="x"></lite-youtube>',
        '<p><a href="https://www.youtube.com/watch?v=abc123"><img src="https://i.ytimg.com/vi/abc123/hqdefault.jpg" alt="">'
        "https://www.youtube.com/watch?v=abc123</a></p>",
    ),
    "frames that say what they show": (
        '<iframe src="https://kaart.example/x" title="De kaart"></iframe>', '<p><a href="https://kaart.example/x">De kaart</a></p>',
    ),
    "frames that count": ('<p>a</p><iframe src="https://www.googletagmanager.com/ns.html?id=1" title="x"></iframe>', "<p>a</p>"),
    "tweets": (
        '<blockquote class="twitter-tweet"><p>Hallo</p><a href="https://twitter.com/a/status/1?ref_src=tw">1 jan</a></blockquote><script src=x></script>',
        '<blockquote><p>Hallo</p><a href="https://twitter.com/a/status/1">1 jan</a></blockquote>',
    ),
    "pictures of picture elements": (
        '<picture><source srcset="/l.webp 1200w, /s.webp 300w"><img alt="x"></picture>',
        '<picture><img alt="x" src="https://blog.example/l.webp"></picture>',
    ),
    "pictures of AMP": ('<amp-img src="/a.jpg" alt="x"></amp-img><p>a</p>', '<img src="https://blog.example/a.jpg" alt="x"><p>a</p>'),
    "other frames": ('<p>a</p><iframe src="https://evil.example/"></iframe>', "<p>a</p>"),
    "forms": ('<p>a</p><form><input name="email"><button>ok</button></form>', "<p>a</p>"),
    "svg": ("<p>a</p><svg onload=alert(1)><script>x</script></svg>", "<p>a</p>"),
    "share boxes": ('<p>a</p><div class="sharedaddy"><h3>Dit delen:</h3></div>', "<p>a</p>"),
    "share prompts": ("<p>a</p><p>Vond u dit interessant? Deel het met anderen!</p>", "<p>a</p>"),
    "related": ("<p>a</p><h3>Gerelateerde artikelen</h3><ul><li><a href='/x'>x</a></li></ul>", "<p>a</p>"),
    "appeared first": (
        "<p>a</p><p>Het bericht <a href='/x'>X</a> verscheen eerst op <a href='/'>Blog</a>.</p>", "<p>a</p>",
    ),
    "signature": ("<p>a</p><p><strong>Leon Voesten</strong></p>", "<p>a</p>"),
    "the title once more": ("<h2>De titel</h2><p>a</p>", "<p>a</p>"),
    "the same picture twice": (
        '<img src="/i.jpg" alt="x"><p>a</p><img src="/i.jpg" alt="x">', '<img src="https://blog.example/i.jpg" alt="x"><p>a</p>',
    ),
    "srcset": (
        '<img src="/s.jpg" srcset="/s.jpg 300w, /l.jpg 900w" alt="x">',
        '<img src="https://blog.example/l.jpg" srcset="https://blog.example/s.jpg 300w, https://blog.example/l.jpg 900w" alt="x">',
    ),
    "an author's own words at the end": (
        "<p>a</p><p>Jeroen</p><p>Tips of andere gedachten, laat het weten!</p>",
        "<p>a</p><p>Jeroen</p><p>Tips of andere gedachten, laat het weten!</p>",
    ),
    "words of the author's that begin as a prompt does": (
        "<p>a</p><p>Deel het leven met wie je liefhebt.</p><p>Lees ook eens een boek, zou ik zeggen.</p><p>Vind je dit mooi?</p>",
        "<p>a</p><p>Deel het leven met wie je liefhebt.</p><p>Lees ook eens een boek, zou ik zeggen.</p><p>Vind je dit mooi?</p>",
    ),
    "lines of a poem": ("<p>a</p><p>Deel dit brood</p><p>Dit.</p>", "<p>a</p><p>Deel dit brood</p><p>Dit.</p>"),
    "a call to share": ("<p>a</p><p>Deel dit artikel met je netwerk</p><p>Deel op Facebook</p><p>Share this post:</p>", "<p>a</p>"),
    "names of networks that are headings": (
        "<p>a</p><h3>Facebook</h3><p>Voor bereik.</p><h3>E-mail</h3><p>Voor zaken.</p>",
        "<p>a</p><h3>Facebook</h3><p>Voor bereik.</p><h3>E-mail</h3><p>Voor zaken.</p>",
    ),
    "names of networks that are buttons": ("<p>a</p><p>Dit delen:</p><div><span>Tweet</span><span>E-mail</span></div><p>b</p>", "<p>a</p><p>b</p>"),
    "a word of a sentence that is a prompt elsewhere": (
        "<p>a</p><p>Klik op <span>Print</span> en wacht. <span>Facebook</span> kan ook.</p>",
        "<p>a</p><p>Klik op <span>Print</span> en wacht. <span>Facebook</span> kan ook.</p>",
    ),
    "a list of what to read elsewhere": (
        '<p>a</p><h3>Meer lezen</h3><ul><li><a href="https://boek.example/1">Boek</a></li></ul>',
        '<p>a</p><h3>Meer lezen</h3><ul><li><a href="https://boek.example/1">Boek</a></li></ul>',
    ),
    "a list of buttons": ('<p>a</p><p>Share this:</p><ul><li><a href="https://www.facebook.com/sharer.php?u=x">Facebook</a></li></ul>', "<p>a</p>"),
    "a whole post that a theme calls clutter": (
        '<div class="has-share-buttons"><p>' + "woord " * 400 + "</p></div>",
        "<div><p>" + "woord " * 400 + "</p></div>",
    ),
    "what Medium and Substack add": (
        '<p>a</p><div class="subscription-widget-wrap-editor"><p>Thanks for reading!</p></div><hr><p><a href="/x">T</a> was originally published in '
        '<a href="/y">Blog</a> on Medium, where people are continuing the conversation by highlighting and responding to this story.</p>',
        "<p>a</p><hr>",
    ),
    "links that Ghost decorates": (
        '<p><a href="https://a.example/?ref=blog.example&amp;b=1">a</a> <a href="https://a.example/?ref=main">b</a></p>',
        '<p><a href="https://a.example/?b=1">a</a> <a href="https://a.example/?ref=main">b</a></p>',
    ),
    "a formula of nothing": ("<p>a<math></math></p>", "<p>a</p>"),
    "a button of the author's": (
        '<p>a</p><div class="wp-block-buttons"><a href="/rapport.pdf">Download het rapport</a></div>',
        '<p>a</p><div><a href="https://blog.example/rapport.pdf">Download het rapport</a></div>',
    ),
    "a whole post in a form": ("<form><p>" + "woord " * 150 + "</p></form>", "<p>" + "woord " * 150 + "</p>"),
    "a form that is never closed": ('<p>a</p><form action="/x"><input name="email"><p>b</p>', "<p>a</p><p>b</p>"),
    "formulas": (
        "<p>a <math><mi>x</mi><mo>=</mo><mn>2</mn></math> "
        '<math><semantics><mi>y</mi><annotation encoding="application/x-tex">y^2</annotation></semantics></math> <math alttext="z"><mi>q</mi></math></p>',
        "<p>a <code>x = 2</code> <code>y^2</code> <code>z</code></p>",
    ),
    "formulas that stand there twice": (
        '<p>a <span class="katex-mathml"><math><mi>x</mi></math></span><span class="katex-html">x</span></p>', "<p>a <span>x</span></p>",
    ),
    "comments as browsers end them": ("<p>a<!-->b</p><p>c<!-- x --!>d</p>e<!--->", "<p>ab</p><p>cd</p>e"),
    "sources of changes": ('<p><ins cite="/x">a</ins><del cite="javascript:x">b</del></p>', '<p><ins cite="https://blog.example/x">a</ins><del>b</del></p>'),
    "pictures that count, without a size": (
        "<p>a</p>" + "".join(f'<img src="https://{one}">' for one in (
            "stats.example/matomo.php?idsite=1&amp;rec=1", "stats.example/p/piwik.php?idsite=1", "c.statcounter.com/1/0/a/1/", "sb.scorecardresearch.com/p?c1=2",
            "vg02.met.vgwort.de/na/abc", "mc.yandex.ru/watch/1", "in.getclicky.com/1ns.gif", "a.goatcounter.com/count?p=/x", "px.ads.linkedin.com/collect/?pid=1",
            "feeds.feedblitz.com/~/i/1/0/blog", "medium.com/_/stat?event=post.clientViewed", "counter.theconversation.com/content/1/count.gif",
        )), "<p>a</p>",
    ),
    "pictures without a size in their style": ('<p>a</p><img src="/t.png" style="width:0;height:0"><img src="/u.png" style="max-width:1px">', "<p>a</p>"),
    "a prompt in the middle of the text": (
        "<p>Lees ook dit:</p>" + "<p>" + "woord " * 40 + "</p>", "<p>Lees ook dit:</p><p>" + "woord " * 40 + "</p>",
    ),
}  # fmt: skip


def squeezed(markup: str) -> str:
    return re.sub(r">\s+<", "><", markup).strip()


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_of_a_post(case: str) -> None:
    raw, wanted = CASES[case]
    cleaned = clean_html(raw, BASE, "De titel", ["Leon Voesten"])
    assert squeezed(cleaned.html) == squeezed(wanted)


def test_an_excerpt_loses_its_invitation_to_read_on() -> None:
    cleaned = clean_html('<p>Het begin <a href="/x">Lees verder</a></p><p>[&hellip;]</p>', BASE, whole=False)
    assert text_of(cleaned.html) == "Het begin"


def test_the_first_real_picture_stands_for_the_post() -> None:
    cleaned = clean_html(
        '<img src="/avatar.png"><img src="/smiley.gif" width="16"><img src="/foto.jpg" alt="Foto">', BASE
    )
    assert cleaned.image is not None
    assert (cleaned.image.url, cleaned.image.alt) == ("https://blog.example/foto.jpg", "Foto")


def test_nesting_beyond_all_measure_is_cut_and_its_text_stays() -> None:
    assert "diep" in clean_html("<div>" * 100_000 + "diep", BASE).html
    assert "los" in clean_html("<b>" * 20_000 + "los", BASE).html


PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<div class=x>", "</div>", "<b>", "</b>", "<script>", "</script>", "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>", "</a>", "<svg/onload=alert(1)>", "<iframe src=//x>", "<!--", "-->", "<![CDATA[",
        "]]>", "&lt;", "&#0;", "&nbsp;", "<table><tr><td>", "</table>", '<iframe src="https://youtu.be/abc">', '<lite-youtube videoid=x>', "<picture><source srcset='/a 9w'>", "<amp-img src=/x>", "<img src=a srcset='a 2w, b 3w'>", "<math><mtext>", "<style>", "</style>", "tekst ",
        "<p>Dit delen:</p>", "<br>", "<h1>kop</h1>", "<noscript>", "<template>", '"', "'", "<", ">", "\x00", "\u202e", "é",
        "<img src='data:image/png;base64,AA'>", "<a href='/b?utm_source=x'>b</a>", "<form action=x>", "<li>", "<ul>", "<base href=//x>",
    ]
)  # fmt: skip
MARKUP = st.lists(PIECES | st.text(max_size=12), max_size=25).map("".join)


@settings(deadline=None, max_examples=examples(150))
@given(MARKUP)
def test_whatever_comes_in_nothing_that_runs_or_tracks_comes_out(markup: str) -> None:
    cleaned = clean_html(markup, BASE).html
    tree = html.fragment_fromstring(cleaned, create_parent="div")
    for element in tree.iterdescendants():
        assert element.tag not in ("script", "style", "iframe", "form", "svg", "object", "embed", "base", "template")
        for name, value in element.attrib.items():
            assert not name.startswith("on") and name != "style"
            if name in ("href", "src", "poster", "cite"):
                assert value.startswith(("http://", "https://", "mailto:", "tel:"))
                assert "utm_" not in value


@settings(deadline=None, max_examples=examples(150))
@given(MARKUP)
def test_cleaning_twice_equals_cleaning_once(markup: str) -> None:
    once = clean_html(markup, BASE).html
    assert clean_html(once, BASE).html == once
