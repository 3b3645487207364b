"""Feeds of every format, well-formed or not: what a reader would miss is there, and nothing is invented."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import RawFeed
from aggregator.parse.excerpt import APPEARED, FIRST_ELSEWHERE, looks_cut
from aggregator.parse.feed import parse_feed
from aggregator.parse.feed_links import PLAIN, absolute
from tests.samples import examples

URL = "https://blog.example/feed.xml"
ITEM = "<item><title>Een</title><link>https://blog.example/een</link><description>Tekst</description></item>"
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'

FORMATS = {
    "rss20": f'<rss version="2.0"><channel><title>B</title>{ITEM}</channel></rss>',
    "rss092": f'<rss version="0.92"><channel><title>B</title>{ITEM}</channel></rss>',
    "rss091u": f'<rss version="0.91"><channel><title>B</title>{ITEM}</channel></rss>',
    "rss10": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        f"<channel><title>B</title></channel>{ITEM}</rdf:RDF>"
    ),
    "atom10": (
        f"<feed {ATOM}><title>B</title><entry><title>Een</title>"
        '<link href="https://blog.example/een"/><summary>Tekst</summary></entry></feed>'
    ),
    "atom03": (
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>B</title><entry><title>Een</title>'
        '<link rel="alternate" href="https://blog.example/een"/><summary>Tekst</summary></entry></feed>'
    ),
    "json1": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "B",
            "items": [{"id": "1", "title": "Een", "url": "https://blog.example/een", "content_html": "<p>Tekst</p>"}],
        }
    ),
}


def read(text: str | bytes, content_type: str = "") -> RawFeed:
    feed = parse_feed(text.encode() if isinstance(text, str) else text, URL, content_type)
    assert feed is not None
    return feed


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_post(name: str) -> None:
    feed = read(FORMATS[name])
    assert (feed.format, feed.title, len(feed.posts)) == (name, "B", 1)
    post = feed.posts[0]
    assert (post.title, post.link) == ("Een", "https://blog.example/een")
    assert "Tekst" in (post.content or "")
    assert (post.published, post.updated, post.authors) == (None, None, ())


BROKEN = {
    "a bare ampersand": FORMATS["rss20"].replace("Tekst", "D&D"),
    "an unknown entity": FORMATS["rss20"].replace("Tekst", "a&nbsp;b"),
    "a control character": FORMATS["rss20"].replace("Tekst", "a\x1bb"),
    "junk before the prolog": "\n\n<?xml version='1.0'?>" + FORMATS["rss20"],
    "words before the prolog": "Warning: mysql\n<?xml version='1.0'?>" + FORMATS["rss20"],
    "cut off": FORMATS["rss20"][: FORMATS["rss20"].index("</channel>")],
    "an unclosed tag": FORMATS["rss20"].replace("Tekst", "<b>Tekst"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_feed_is_read_and_what_was_wrong_is_said(case: str) -> None:
    feed = read(BROKEN[case])
    assert [post.title for post in feed.posts] == ["Een"]
    harmless = case == "junk before the prolog"
    assert bool(feed.remarks) != harmless


ENCODINGS = [
    ("utf-8", "utf-8", ""), ("windows-1252", "windows-1252", ""), ("iso-8859-1", "iso-8859-1", ""),
    ("utf-16", "utf-16", ""), ("utf-8", "", "application/xml; charset=utf-8"),
    ("windows-1252", "", "application/xml; charset=windows-1252"),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "stated", "header"), ENCODINGS)
def test_any_encoding_gives_the_same_letters(codec: str, stated: str, header: str) -> None:
    prolog = f'<?xml version="1.0" encoding="{stated}"?>' if stated else '<?xml version="1.0"?>'
    feed = read((prolog + FORMATS["rss20"].replace("Een", "Café één")).encode(codec), header)
    assert feed.posts[0].title == "Café één"


NOT_FEEDS = [
    b"",
    b" ",
    b"<html><head><title>x</title></head><body><p>Hallo</p></body></html>",
    b"{}",
    b'{"items": 3}',
    b"GIF89a",
    b"\xff\xfe",
]


@pytest.mark.parametrize("body", NOT_FEEDS)
def test_what_is_no_feed_is_none(body: bytes) -> None:
    assert parse_feed(body, URL) is None


def test_everything_a_reader_would_miss_is_there() -> None:
    feed = read(
        """<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
        xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"
        xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">
        <channel><title>B</title><link>https://blog.example/</link><language>nl</language><ttl>60</ttl>
        <skipHours><hour>1</hour><hour>2</hour></skipHours><skipDays><day>Sunday</day></skipDays>
        <atom:link rel="hub" href="https://hub.example/"/>
        <item><title>Een</title><link>https://feeds.example/~r/1</link><guid isPermaLink="false">/rel-1</guid>
        <feedburner:origLink>https://blog.example/een</feedburner:origLink>
        <dc:creator>Anna de Vries</dc:creator><dc:creator>Bart Jansen</dc:creator>
        <category>Klant</category><category>Klant</category><category>Zorg</category>
        <comments>https://blog.example/een#reacties</comments><pubDate>Fri, 03 Jul 2015 16:09:00 +0200</pubDate>
        <enclosure url="https://blog.example/een.mp3" type="audio/mpeg" length="123"/>
        <media:thumbnail url="https://blog.example/klein.jpg" width="100"/>
        <media:content url="https://blog.example/groot.jpg" medium="image" width="900"/>
        <description>Kort</description><content:encoded><![CDATA[<p>De hele tekst</p>]]></content:encoded></item></channel></rss>"""
    )
    post = feed.posts[0]
    assert (feed.link, feed.language, feed.hub, feed.minutes_to_live) == (
        "https://blog.example/", "nl", "https://hub.example/", 60,
    )  # fmt: skip
    assert (feed.skip_hours, feed.skip_days) == ((1, 2), ("Sunday",))
    assert post.id == "/rel-1"
    assert post.canonical == "https://blog.example/een"
    assert post.authors == ("Anna de Vries", "Bart Jansen")
    assert post.tags == ("Klant", "Zorg")
    assert (post.content, post.summary, post.whole) == ("<p>De hele tekst</p>", "Kort", True)
    assert post.published == "Fri, 03 Jul 2015 16:09:00 +0200"
    assert post.comments == "https://blog.example/een#reacties"
    assert [(item.url, item.media_type, item.length) for item in post.enclosures] == [
        ("https://blog.example/een.mp3", "audio/mpeg", 123)
    ]
    assert post.image is not None
    assert post.image.url == "https://blog.example/groot.jpg"


ATOM_RICH = f"""<feed {ATOM} xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="nl" xml:base="https://blog.example/nl/">
    <title>B</title><link href="./"/><logo>/logo.png</logo><link rel="license" href="https://cc.example/by"/>
    <entry xml:lang="en" xml:base="posts/"><id>een</id><title>Een</title><link href="een.html"/>
    <author><name>Anna de Vries</name><email>a@x.example</email></author><author><name>Bart Jansen</name></author>
    <contributor><name>Carla Smit</name></contributor><contributor><name>Anna de Vries</name></contributor>
    <category term="klant" label="Klantrelaties"/><category term="http://schemas.example/kind#post"/>
    <link rel="replies" type="application/atom+xml" href="een/feed"/><link rel="replies" type="text/html" href="een.html#reacties"/>
    <link rel="enclosure" href="a.mp3" type="audio/mpeg" length="12"/><rights>CC BY</rights><link rel="license" href="https://cc.example/by"/>
    <summary>kort</summary><content type="xhtml" xml:base="diep/"><div xmlns="http://www.w3.org/1999/xhtml"><p><img src="i.png"/></p></div></content></entry>
    <entry><id>tag:x,2</id><title>Twee</title><source><id>urn:o</id><title>Ander</title><link href="https://ander.example/"/>
    <author><name>Van Elders</name></author></source><content type="image/png">AAAA</content><summary>kort</summary></entry></feed>"""


def test_what_atom_says_of_an_entry_is_all_there() -> None:
    feed = read(ATOM_RICH)
    first, second = feed.posts
    assert (feed.language, feed.icon, feed.rights) == ("nl", "https://blog.example/logo.png", "https://cc.example/by")
    assert (first.id, first.link) == ("een", "https://blog.example/nl/posts/een.html")
    assert (first.authors, first.contributors) == (("Anna de Vries", "Bart Jansen"), ("Carla Smit",))
    assert (first.tags, first.language) == (("Klantrelaties",), "en")
    assert first.comments == "https://blog.example/nl/posts/een.html#reacties"
    assert first.rights == "CC BY https://cc.example/by"
    assert [item.url for item in first.enclosures] == ["https://blog.example/nl/posts/a.mp3"]
    assert ("<img" in (first.content or ""), first.summary) == (True, "kort")
    assert first.base == "https://blog.example/nl/posts/diep/"
    assert (second.authors, second.via, second.content) == (("Van Elders",), ("https://ander.example/",), "kort")
    assert second.link is None


def test_entries_made_to_be_slow_are_read() -> None:
    """Read as often as it has entries or tags, either would take minutes."""
    tags = "".join(f"<category>abc{number}</category>" for number in range(40_000))
    assert len(items(f"<title>Een</title>{tags}").posts[0].tags) == 1_000
    unclosed = "<item xml:base='x'><title>Een</title>" * 2_000
    assert len(read(f"<rss version='2.0'><channel>{unclosed}{'x' * 2_000_000}</channel></rss>").posts) == 2_000


def test_a_line_break_of_xhtml_is_one() -> None:
    written = '<div xmlns="http://www.w3.org/1999/xhtml"><p>een<br/>twee<hr/><img src="i.png"/></p></div>'
    for element in ("summary", "content"):
        feed = read(
            f'<feed {ATOM}><entry><id>a</id><title>T</title><{element} type="xhtml">{written}</{element}></entry></feed>'
        )
        assert feed.posts[0].content == '<p>een<br>twee<hr><img src="i.png"></p>'


def test_a_json_feed_of_numbers_and_posts_beyond_measure_is_read() -> None:
    told = [{"id": str(place), "content_text": "een\r\ntwee\r\n\r\ndrie"} for place in range(5_001)]
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": told})
    feed = read(text.replace('"id": "0"', f'"id": {"9" * 5_000}'))
    assert len(feed.posts) == 5_000
    assert feed.posts[0].id == "9" * 5_000
    assert feed.posts[1].content == "<p>een<br>twee</p><p>drie</p>"
    assert feed.remarks == ("It holds 5001 posts; the first 5000 were taken.",)


def items(*inner: str, names: str = "") -> RawFeed:
    joined = "".join(f"<item>{one}</item>" for one in inner)
    return read(f'<rss version="2.0" {names}><channel><link>https://blog.example/</link>{joined}</channel></rss>')


GUIDS = {
    "<guid>https://blog.example/een</guid>": "https://blog.example/een",
    "<guid isPermaLink='true'>/een</guid>": "https://blog.example/een",
    "<guid>urn:uuid:1</guid>": None,
    "<guid>post 123 op het blog</guid>": None,
    "<guid isPermaLink='false'>https://blog.example/?p=1</guid>": None,
    "<guid>tag:blog.example,2015:1</guid><link>https://blog.example/een</link>": "https://blog.example/een",
    "<link>/een</link>": "https://blog.example/een",
    "<link>javascript:alert(1)</link>": None,
    "<link>mailto:a@x.example</link>": None,
    "<link>https://verhaal.example/x</link><guid>https://blog.example/linkje</guid>": "https://blog.example/linkje",
    "<link>https://www.blog.example/een</link><guid>https://blog.example/?p=1</guid>": "https://www.blog.example/een",
    "<link>https://feeds.feedburner.com/~r/x</link><guid>https://blog.example/een</guid>": "https://feeds.feedburner.com/~r/x",
}


@pytest.mark.parametrize("inner", GUIDS)
def test_only_what_leads_to_the_post_is_its_link(inner: str) -> None:
    assert items(inner).posts[0].link == GUIDS[inner]


def test_a_link_post_is_known_by_its_own_page_and_names_the_story() -> None:
    post = read(
        f"""<feed {ATOM}><link href="https://blog.example/"/><entry><id>tag:x,1</id><title>Een</title>
        <link rel="alternate" href="https://verhaal.example/stuk"/><link rel="related" href="https://blog.example/2020/een"/></entry></feed>"""
    ).posts[0]
    assert (post.link, post.external) == ("https://blog.example/2020/een", "https://verhaal.example/stuk")


def test_ids_that_cannot_be_trusted_are_told_of() -> None:
    feed = items("<title>a</title>", "<guid>x</guid>", "<guid>x</guid>", "<guid>y</guid>")
    assert [sentence.split(" have ")[0].split(" share ")[0] for sentence in feed.doubts] == [
        "1 of its 4 posts",
        "2 of its 4 posts",
    ]
    assert feed.remarks == ()
    assert items("<guid>x</guid>", "<guid>y</guid>").doubts == ()


MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'


def test_sound_film_and_pictures_of_the_media_module_are_told_apart() -> None:
    feed = items(
        """<media:content url="https://0.gravatar.com/avatar/x" medium="image"/><media:group>
        <media:content url="https://x.example/k.jpg" medium="image" width="10"/><media:content url="https://x.example/g.jpg" type="image/jpeg" width="900"/>
        <media:content url="https://x.example/f.mp4" type="video/mp4" fileSize="7"/></media:group>""",
        "<itunes:image href='https://x.example/hoes.jpg'/><itunes:author>Pod Maker</itunes:author>",
        "<media:thumbnail url='https://x.bp.example/a/s72-c/foto.jpg' width='72'/>",
        names=MEDIA,
    )
    first, second, third = feed.posts
    assert first.image is not None
    assert first.image.url == "https://x.example/g.jpg"
    assert [(item.url, item.media_type, item.length) for item in first.enclosures] == [
        ("https://x.example/f.mp4", "video/mp4", 7)
    ]
    assert second.image is not None
    assert (second.image.url, second.authors) == ("https://x.example/hoes.jpg", ("Pod Maker",))
    assert third.image is not None
    assert third.image.url == "https://x.bp.example/a/s1600/foto.jpg"


def test_what_was_changed_is_not_passed_off_as_written_then() -> None:
    feed = items(
        "<dcterms:created>2015-01-01</dcterms:created><dcterms:modified>2015-02-01</dcterms:modified>",
        "<dc:date>2015-03-01</dc:date>",
        names='xmlns:dcterms="http://purl.org/dc/terms/" xmlns:dc="http://purl.org/dc/elements/1.1/"',
    )
    assert (feed.posts[0].published, feed.posts[0].updated) == ("2015-01-01", "2015-02-01")
    assert (feed.posts[1].published, feed.posts[1].updated) == ("2015-03-01", None)


def test_an_editor_with_an_address_keeps_the_name() -> None:
    feed = read(
        """<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><itunes:author>Pod</itunes:author>
        <managingEditor>ed@x.example (Ed de Groot)</managingEditor><item><title>a</title></item></channel></rss>"""
    )
    assert "Ed de Groot" in feed.authors


def test_the_author_of_rss_is_kept_as_it_stands() -> None:
    item = ITEM.replace("<title>", "<author>l.voesten@ict.example (Leon Voesten)</author><title>")
    assert read(f'<rss version="2.0"><channel>{item}</channel></rss>').posts[0].authors == (
        "l.voesten@ict.example (Leon Voesten)",
    )


def test_updated_is_never_passed_off_as_published() -> None:
    feed = read(
        f"<feed {ATOM}><entry><title>Een</title><id>1</id><updated>2015-07-03T16:09:00Z</updated></entry></feed>"
    )
    assert (feed.posts[0].published, feed.posts[0].updated) == (None, "2015-07-03T16:09:00Z")


def test_a_relative_link_is_made_absolute_and_a_relative_id_is_not() -> None:
    feed = read(f'<feed {ATOM}><entry><title>Een</title><id>een</id><link href="/een"/></entry></feed>')
    assert (feed.posts[0].id, feed.posts[0].link) == ("een", "https://blog.example/een")


def test_names_and_tags_of_a_json_feed_may_be_bare_text() -> None:
    item = {"id": "1", "content_html": "a", "authors": ["Anna", {"name": "Bas"}, 3], "tags": "een, twee"}
    feed = read(json.dumps({"version": "https://jsonfeed.org/version/1", "author": "Carla", "items": [item]}))
    assert (feed.posts[0].authors, feed.posts[0].tags, feed.authors) == (("Anna", "Bas"), ("een", "twee"), ("Carla",))


def test_a_json_feed_is_read_leniently() -> None:
    feed = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1",
                "title": "B",
                "author": {"name": "Anna"},
                "items": [
                    {
                        "id": 7,
                        "url": "https://blog.example/7",
                        "content_text": "Een <b>\n\ntwee",
                        "tags": ["a", 3, None],
                    },
                    "nonsense",
                    {
                        "id": "8",
                        "external_url": "https://x.example/",
                        "title": "R&D",
                        "attachments": [{"url": "https://x.example/a.mp3"}],
                    },
                ],
            }
        )
    )
    first, second = feed.posts
    assert (first.id, first.content, first.tags) == ("7", "<p>Een &lt;b&gt;</p><p>twee</p>", ("a", "3"))
    assert (second.link, second.title, second.enclosures[0].url) == (
        "https://x.example/",
        "R&amp;D",
        "https://x.example/a.mp3",
    )
    assert feed.authors == ("Anna",)
    assert feed.remarks


HOSTILE = {
    "a billion laughs": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b']><rss version="2.0"><channel><title>&m;</title></channel></rss>',
    "an external entity": b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<rss version="2.0"><channel><title>&x;</title><item><title>&x;</title></item></channel></rss>',
    "100,000 attributes": b"<rss version='2.0'><channel "
    + b" ".join(b'a%d="x"' % n for n in range(100_000))
    + b"></channel></rss>",
    "nesting 100,000 deep": b"<rss version='2.0'><channel><item><description>" + b"<a>" * 100_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_feed_ends_soon_and_gives_nothing_away(case: str) -> None:
    feed = parse_feed(HOSTILE[case], URL)
    assert feed is None or "root:" not in repr(feed)
    assert feed is None or len(repr(feed)) < 2_000_000


def test_of_a_hundred_thousand_entries_the_first_are_taken() -> None:
    feed = read('<rss version="2.0"><channel>' + "<item><title>a</title></item>" * 100_000 + "</channel></rss>")
    assert len(feed.posts) == 5_000
    assert feed.remarks == ("It holds 100000 posts; the first 5000 were taken.",)


CUT = {
    ("<p>" + "woord " * 200 + "</p>", False): False,
    ("<p>Kort.</p>", False): True,
    ("<p>Kort.</p>", True): False,
    ("<p>Een begin [&hellip;]</p>", True): True,
    ("<p>Een begin...</p>", True): True,
    ('<p>Een begin <a href="/x">Lees verder &raquo;</a></p>', True): True,
    ("<p>Een begin [&#8230;]</p><p>Het bericht X verscheen eerst op Y.</p>", True): True,
    ("<p>Een begin [&#8230;]</p><p>The post X appeared first on Y.</p>", True): True,
    ("<p>" + "woord " * 200 + "…</p>", True): False,
}


@pytest.mark.parametrize(("markup", "own"), CUT)
def test_an_excerpt_is_told_from_a_whole_post(markup: str, own: bool) -> None:
    assert looks_cut(markup, has_own_element=own) is CUT[markup, own]


@given(
    st.sampled_from(["Het bericht", "THE POST", "Der Beitrag"]),
    st.sampled_from(["verscheen eerst op", "appeared first on", "erschien zuerst"]),
    st.lists(st.sampled_from([str.upper, str.title, lambda text: text.replace("s", "ſ"), lambda text: text.replace("i", "ı")])),
)  # fmt: skip
def test_where_a_post_appeared_first_is_looked_for_however_it_is_spelt(
    start: str, words: str, changes: list[Callable[[str], str]]
) -> None:
    for change in changes:
        words = change(words)
    line = f"{start} X {words} Y"
    assert not APPEARED.search(line) or any(part in line.casefold() for part in FIRST_ELSEWHERE)


@given(st.from_regex(PLAIN, fullmatch=True), st.sampled_from([URL, "http://a.nl", "b", "https://a.nl/?x#y"]))
def test_most_addresses_stay_as_they_are_whatever_they_are_relative_to(address: str, base: str) -> None:
    assert absolute(base, address) == urljoin(base, address)


@settings(deadline=None, max_examples=examples(80))
@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: f"<rss><channel><item>{text}</item></channel>".encode())
)
def test_no_bytes_make_it_fail(body: bytes) -> None:
    parse_feed(body, URL)
