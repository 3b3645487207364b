"""Any text whatsoever in any place of a post: what comes of it is safe to show, and the feeds it stands in are whole."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html

from aggregator.model import Entry, Image, Post, RawFeed, RawPost, SourceState, StoredPost
from aggregator.normalise.clean import clean
from aggregator.normalise.html import clean_html
from aggregator.normalise.urls import clean_url
from aggregator.parse.article import extract_article
from aggregator.publish.atom import atom
from aggregator.publish.document import Document, ready
from aggregator.publish.identifiers import entry_iri
from aggregator.publish.rss import rss
from aggregator.settings import Person, Publication, Source
from tests.publish.judging import FORBIDDEN, faults_of
from tests.samples import examples

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PUBLICATION = Publication(title="Proef", url="https://example.org/blogs/", author=Person(name="Redactie"))
SOURCE = Source(name="Blog", url="https://blog.example/feed")
POST = "https://blog.example/een-post/"
TRACKERS = (
    "utm_source utm_medium utm_x mtm_source pk_campaign piwik_kwd itm_source int_source ga_source hsa_acc fbclid _openstat "
    "fb_action_ids fb_action_types fb_ref fb_source fb_comment_id gclid dclid gbraid wbraid gclsrc srsltid yclid ysclid "
    "twclid msclkid mc_cid mc_eid mc_tc wickedid _hsenc __hssc __hstc __hsfp _hsmi hsCtaTracking rb_clickid oly_anon_id "
    "oly_enc_id vero_id vero_conv mkt_tok sc_cid _bhlid _branch_match_id _branch_referrer campaign_id campaign_medium "
    "campaign_name campaign_source campaign_term campaign_content ref_src ref_url ncid cmpid mbid rdt_cid igshid igsh "
    "_ga _gl ttclid li_fat_id epik gad_source gad_campaignid wt_mc s_kwcid ef_id "
    "__s xtor ml_subscriber ml_subscriber_hash trk_contact"
).split()
PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<div>", "</div>", "<script>alert(1)</script>", "<script", "</script>", "<svg><script>", "<math>", "<style>",
        "<img src=/x onerror=alert(1)>", "<a href='javascript:alert(1)'>", "<a href=' jAvAsCrIpT&#58;alert(1)'>", "</a>",
        "<a href='java\tscript:alert(1)'>", "<a href='vbscript:x'>", "<a href='data:text/html,x'>", "<img src='data:image/png;base64,AA'>",
        "<video poster='javascript:1' src='//a.example/x.mp4'>", "<audio src=vbscript:x>", "<blockquote cite='javascript:1'>", "<ins cite='javascript:1'>",
        "<img src=/pixel.gif width=1 height=1>", "<img src='//t.example/p' style='width:1px;height:1px'>",
        "<img width='1px' height='1px' src='https://t.example/o'>", "<a href='/b'>", "<a href='../c?d=1'>", "<a href='?utm_source=x&e=1'>",
        "<a href='#fn1'>", "<p id=fn1>", "<img srcset='/a 1x, b 2x'>", "<source src=f srcset='javascript:1 2x'>", "<h1>", "</h1>", "<h2>",
        "<h6>", "</h6>", "<table><tr><td>", "<base href=//evil.example>", "<form action=x>", "<iframe src=javascript:1>", "<body onload=x>",
        "&lt;script&gt;", "&#0;", "&#xFFFE;", "]]>", "<![CDATA[", "<!--", "-->", "\x00", "\ufffe", "\ud800", "\u202e", "é", "𝄞", "woord ", "&", '"', "'",
        "urn:x", "tag:a,2026:1", "https://blog.example/p?fbclid=1", "https://[", "javascript:alert(1)", "data:text/html,x", "//a.example/b",
    ]
)  # fmt: skip
ANY = st.lists(PIECES | st.text(max_size=12), max_size=12).map("".join)
MAYBE = st.none() | ANY


@st.composite
def raw_posts(draw: st.DrawFn) -> RawPost:
    return RawPost(
        id=draw(MAYBE), link=draw(MAYBE), title=draw(MAYBE), authors=tuple(draw(st.lists(ANY, max_size=2))),
        contributors=tuple(draw(st.lists(ANY, max_size=1))), published=draw(MAYBE), updated=draw(MAYBE),
        content=draw(MAYBE), summary=draw(MAYBE), whole=draw(st.booleans()), base=draw(st.sampled_from(["", POST]) | ANY),
        language=draw(MAYBE), tags=tuple(draw(st.lists(ANY, max_size=2))), image=draw(st.none() | st.builds(Image, ANY, ANY)),
        comments=draw(MAYBE), rights=draw(MAYBE), canonical=draw(MAYBE), external=draw(MAYBE), via=tuple(draw(st.lists(ANY, max_size=1))),
    )  # fmt: skip


def cleaned(raw: RawPost) -> Post:
    return clean(raw, RawFeed(link="https://blog.example/", title="Blog"), SOURCE, PUBLICATION, NOW)


def tree_of(markup: str) -> html.HtmlElement:
    return html.fragment_fromstring(markup, create_parent="div")


def harm_in(markup: str) -> list[str]:
    """What of a clean post's HTML runs, follows people about, leads nowhere or outranks its title."""
    harm, tree = [], tree_of(markup)
    ids = [node.get("id") for node in tree.iter() if node.get("id")]
    harm += [f"the id {one}" for one in ids if not re.fullmatch(r"noot-[0-9a-f]{8}-\d+", one) or ids.count(one) > 1]
    for node in tree.iterdescendants():
        if node.tag in ("script", "style", "iframe", "object", "embed", "form", "base", "svg", "math", "h1", "h2"):
            harm.append(f"an element {node.tag}")
        if node.tag == "img" and {node.get("width"), node.get("height")} & {"0", "1"}:
            harm.append("a pixel")
        for name, value in node.attrib.items():
            if name.startswith("on") or name == "style":
                harm.append(f"{name}={value!r}")
            if name in ("href", "src", "poster", "cite"):
                harm += [f"{name}={value!r}"] if not is_safe(value) and value.removeprefix("#") not in ids else []
            if name == "srcset":
                harm += [f"{name}={one!r}" for one in value.split(", ") if not is_safe(one.split(" ")[0])]
    return harm


def is_safe(address: str) -> bool:
    if address.startswith(("mailto:", "tel:")):
        return True
    names = {name for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True)}
    return address.startswith(("http://", "https://")) and not names & set(TRACKERS)


def texts_of(post: Post) -> list[str]:
    """Every text of the post, whatever field it stands in."""
    found: list[str] = []
    for field in fields(post):
        value = getattr(post, field.name)
        found += (
            [value]
            if isinstance(value, str)
            else [one for one in value if isinstance(one, str)]
            if isinstance(value, tuple)
            else []
        )
    return found


@settings(deadline=None, max_examples=examples(150))
@given(raw_posts())
@example(RawPost(link=POST, content="</p>&#xFFFE;"))
@example(RawPost(content="<a href='#fn1'>1</a>", base="\x1f"))
def test_any_text_gives_a_post_that_is_safe_to_show(raw: RawPost) -> None:
    post = cleaned(raw)
    assert harm_in(post.content) == []
    assert not any(FORBIDDEN.search(text) for text in texts_of(post))
    addresses = (post.link, post.canonical, post.external, post.comments, post.image and post.image.url, *post.via)
    assert all(is_safe(address) for address in addresses if address)
    assert post.title
    assert "<script" not in post.excerpt or "&lt;script" in (raw.summary or "") + (raw.content or "")


@settings(deadline=None, max_examples=examples(75))
@given(st.lists(raw_posts(), max_size=3))
def test_any_text_gives_feeds_that_are_well_formed(raws: list[RawPost]) -> None:
    entries = [
        Entry(entry_iri(stored.id), stored, stored.post.content, stored.post.excerpt, ())
        for number, raw in enumerate(raws)
        if (stored := StoredPost(f"{number:032x}", cleaned(raw), NOW, NOW, "first-seen"))
    ]
    turn = ready(entries, PUBLICATION)
    for name, write in (("atom.xml", atom), ("rss.xml", rss)):
        document = Document(PUBLICATION.url, PUBLICATION.title, PUBLICATION.url + name, PUBLICATION.url, turn)
        body, _ = write(PUBLICATION, document, {"Blog": SourceState(name="Blog")})
        assert faults_of(name, body) == []
        assert body.count(b"<entry") + body.count(b"<item>") == len(raws)


@pytest.mark.parametrize("name", TRACKERS)
def test_no_parameter_of_any_family_of_trackers_is_left(name: str) -> None:
    for address in (f"/b?{name}=x", f"https://a.example/b?{name.upper()}=x", f"//a.example/b?c=1&{name}=x&d=2#e"):
        for markup in (f'<a href="{address}">b</a>', f'<img src="{address}">', f'<video src="{address}"></video>'):
            content = cleaned(RawPost(link=POST, title="Titel", content=f"<p>tekst</p>{markup}")).content
            assert name.casefold() not in content.casefold()
    assert clean_url(f"https://a.example/b?c=1&{name}=x&d=2#e") == "https://a.example/b?c=1&d=2#e"


PIXELS = (
    '<img src="/p.gif" width="1" height="1">', '<img src="/p.gif" width="0" height="0">', '<img src="/p.gif" height="1">',
    '<img src="//t.example/p" style="width:1px;height:1px">', '<img src="/p" width="1px" height="1px">',
    '<img src="/p" style="display:none">', '<img src="/p" width=" 1 ">',
)  # fmt: skip


@pytest.mark.parametrize("pixel", PIXELS)
def test_no_counting_pixel_is_left(pixel: str) -> None:
    assert "<img" not in cleaned(RawPost(link=POST, title="Titel", content=f"<p>tekst</p>{pixel}")).content


@given(st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_headings_fit_under_the_title_and_keep_their_order(levels: list[int]) -> None:
    markup = "".join(f"<h{level}>Kop {place}</h{level}><p>tekst</p>" for place, level in enumerate(levels))
    fitted = [
        int(node.tag[1]) for node in tree_of(clean_html(markup, POST).html).iter("h1", "h2", "h3", "h4", "h5", "h6")
    ]
    assert len(fitted) == len(levels)
    assert min(fitted) == 3
    for one, other in zip(levels, fitted, strict=True):
        assert all((one < level) <= (other <= now) for level, now in zip(levels, fitted, strict=True))


SHAPES = {
    "blockquote": ("<blockquote><p>Een citaat van een klant.</p></blockquote>", "//blockquote/p[contains(., 'citaat')]"),
    "table": (
        "<table><caption>Cijfers</caption><thead><tr><th scope='col'>Jaar</th></tr></thead><tbody><tr><td colspan='2'>2015</td></tr></tbody></table>",
        "//table[caption]//td[@colspan='2'][.='2015']",
    ),
    "code": ("<pre><code>if x:\n    y = 1</code></pre>", "//pre/code[contains(., '\n    y')]"),
    "figure": (
        "<figure><img src='/foto.jpg' alt='Een winkel' width='640' height='480'><figcaption>De winkel in mei</figcaption></figure>",
        "//figure[img[@src='https://blog.example/foto.jpg'][@alt='Een winkel']]/figcaption[.='De winkel in mei']",
    ),
    "list": ("<ol start='3'><li>drie<ul><li>onder drie</li></ul></li><li>vier</li></ol>", "//ol[@start='3']/li[ul/li[.='onder drie']]"),
    "definitions": ("<dl><dt>Klant</dt><dd>Wie iets koopt.</dd></dl>", "//dl[dt='Klant']/dd"),
    "footnote of Markdown": (
        "<p>Een bewering.<sup id='fnref:1'><a href='#fn:1' class='footnote-ref' role='doc-noteref'>1</a></sup></p>"
        "<div class='footnotes'><hr><ol><li id='fn:1'><p>Bij de bewering. <a href='#fnref:1'>↩</a></p></li></ol></div>", "note",
    ),
    "footnote of WordPress": (
        "<p>Een bewering.<sup class='fn'><a href='#8f1c' id='8f1c-link'>1</a></sup></p>"
        "<ol class='wp-block-footnotes'><li id='8f1c'>Bij de bewering. <a href='#8f1c-link'>↩︎</a></li></ol>", "note",
    ),
    "footnote by whole address": (
        f"<p>Een bewering.<a href='{POST}#fn1'><sup>1</sup></a></p><p id='fn1'>Bij de bewering.</p>", "note",
    ),
    "footnote of an empty anchor": (
        "<p>Een bewering.<a href='#n1'>1</a></p><p><a name='n1'></a>Bij de bewering.</p>",
        "note",
    ),
    "footnote of an anchor of old": (
        "<p>Een bewering.<a href='#_ftn1' name='_ftnref1'>[1]</a></p><p><a href='#_ftnref1' name='_ftn1'>[1]</a> Bij de bewering.</p>", "note",
    ),
}  # fmt: skip


def holds(markup: str, wanted: str) -> bool:
    """Whether the HTML holds what is wanted: for a note, a link that leads to it within the content."""
    tree = tree_of(markup)
    if wanted != "note":
        return bool(tree.xpath(wanted))
    mark = next(node for node in tree.iter("a") if re.search("1", node.text_content()))
    _, _, target = (mark.get("href") or "").partition("#")
    notes = [node for node in tree.iter() if target and node.get("id") == target]
    return len(notes) == 1 and "Bij de bewering" in (notes[0].text_content() + (notes[0].getparent().text_content()))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_writer_made_survives_cleaning(shape: str) -> None:
    markup, wanted = SHAPES[shape]
    text = "<p>" + "Een zin over klanten die lang genoeg is. " * 8 + "</p>"
    post = cleaned(RawPost(link=POST, title="Titel", content=f"{text}{markup}{text}"))
    assert holds(post.content, wanted), post.content


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_writer_made_survives_being_taken_from_its_page(shape: str) -> None:
    markup, wanted = SHAPES[shape]
    text = "<p>" + "Een zin over klanten die lang genoeg is. " * 8 + "</p>"
    page = f"<html><body><nav><a href='/'>Blog</a></nav><article><h1>Titel</h1>{text}{text}{markup}</article></body></html>"
    raw = extract_article(page.encode(), POST)
    assert raw is not None
    assert holds(cleaned(raw).content, wanted), raw.content
