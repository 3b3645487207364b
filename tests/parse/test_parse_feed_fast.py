"""The quick reader of ordinary feeds gives the very posts that feedparser gives, or leaves the feed to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.model import Imprint, RawFeed, RawPost
from aggregator.parse import any_feed
from aggregator.parse.feed import parse_feed
from aggregator.parse.feed_fast import read_fast
from aggregator.parse.feed_known import Known
from benchmarks.distributions import CACHE
from benchmarks.feedparser_corpus import VERSION
from tests.samples import examples

SHARED = Path(__file__).parents[3] / "shared"
URL = "https://blog.example/feed"
TYPES = ("application/xml", "text/xml", "application/rss+xml; charset=utf-8", "")


def both(body: bytes, content_type: str) -> tuple[RawFeed | None, RawFeed | None] | None:
    """What the two make of a feed; None when the quick one leaves it."""
    left = []

    def spying(text: bytes, kind: str, known: Known | None) -> object:
        found = read_fast(text, kind, known)
        left.append(found is None)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(any_feed, "read_fast", spying)
        quick = parse_feed(body, URL, content_type)
        if not left or any(left):
            return None
        assert quick is not None
        assert_known_entries_are_told_without_reading_them(body, content_type, quick)
        patch.setattr(any_feed, "read_fast", lambda text, kind, known: None)
        return quick, parse_feed(body, URL, content_type)


def assert_known_entries_are_told_without_reading_them(body: bytes, content_type: str, quick: RawFeed) -> None:
    """The feed that is read with every other entry remembered is the same, but for what nobody asks of these."""
    first = parse_feed(body, URL, content_type, Known("", {}))
    assert first == replace(quick, stamps=first.stamps if first else {})
    assert first.stamps.keys() == {raw.position for raw in first.posts}
    imprints = {
        first.stamps[raw.position]: Imprint("", raw.id, raw.link, raw.published)
        for raw in first.posts
        if raw.position % 2
    }
    again = parse_feed(body, URL, content_type, Known("", imprints))
    assert again == replace(
        first,
        posts=tuple(
            RawPost(id=raw.id, link=raw.link, published=raw.published, position=raw.position)
            if first.stamps[raw.position] in imprints
            else raw
            for raw in first.posts
        ),
    )


def read_by_both(bodies: Iterator[bytes]) -> tuple[int, int]:
    """How many feeds there are, and how many of them the quick reader reads; each the same, whatever type is stated."""
    count = read = 0
    for number, body in enumerate(bodies):
        pair = both(body, TYPES[number % len(TYPES)])
        count += 1
        if pair is not None:
            assert pair[0] == pair[1], body[:3000]
            read += 1
    return count, read


def feeds_in(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".xml", ".rss", ".atom") and path.is_file():
            yield path.read_bytes()


def test_made_up_feeds_of_every_kind(tmp_path: Path) -> None:
    maker = SHARED / "bench" / "corpus.py"
    if not maker.is_file():
        pytest.skip("needs the maker of feeds in ../shared, which is not here")
    subprocess.run([sys.executable, maker, "make", tmp_path, "--feeds", "60", "--seed", "3"], check=True)
    count, read = read_by_both(feeds_in(tmp_path))
    assert read >= 0.8 * count, "what is ordinary is read quickly"


def test_the_feeds_of_the_village() -> None:
    if not (SHARED / "village").is_dir():
        pytest.skip("needs ../shared/village, which is not here")
    assert read_by_both(feeds_in(SHARED / "village"))[1] >= 1


def test_the_feeds_of_feedparsers_own_tests() -> None:
    folder = CACHE / f"feedparser-{VERSION}/tests"
    if not folder.is_dir():
        pytest.skip("needs feedparser's test files: python -m benchmarks feedparser_corpus fetches them")
    count, read = read_by_both(feeds_in(folder))
    assert count > 2_000
    assert read > 300


TEXT = st.sampled_from(
    ["", " ", "Brood", "  Bier \n & brood ", "caf\u00e9", "\u00c3\u00a9", "\x80\x93", "a &amp; b", "<b>vet</b>", "1 < 2", "http://x.example/a?b=1&c;=2",
     "https:///een.example//b", "/pad", "jan@x.example (Jan)", "Jan <jan@x.example>", "\u4e2d\u6587 \U0001f600", "2026-01-02T03:04:05Z", "&eacute;"]
)  # fmt: skip
PLAIN = "title link author pubDate category comments description copyright guid ttl language generator".split()
PREFIXED = "dc:creator dc:date dc:subject content:encoded slash:comments wfw:commentRss sy:updatePeriod media:title dc:rights".split()
ATOM = "title id published updated summary content rights icon logo subtitle generator".split()


def element(name: str, text: str, cdata: bool, attributes: str = "") -> str:
    inner = f"<![CDATA[{text}]]>" if cdata else escape(text, quote=False)
    return f"<{name}{attributes}>{inner}</{name}>"


RSS_PART = st.one_of(
    st.builds(element, st.sampled_from(PLAIN + PREFIXED), TEXT, st.booleans()),
    st.builds(element, st.just("guid"), TEXT, st.booleans(), st.sampled_from([' isPermaLink="true"', ' isPermaLink="false"', ' x="1"'])),
    st.builds(element, st.just("category"), TEXT, st.booleans(), st.sampled_from([' domain="d"', ' term="t"', ' label="l"'])),
    st.sampled_from([
        '<enclosure url="https://x.example/a.mp3" length="12" type="Audio/MPEG"/>', '<enclosure url="/a.pdf"/>', "<!-- niets -->",
        '<media:content url="https://x.example/a.jpg" medium="image" width="900"><media:description>Bij de bakker</media:description></media:content>',
        '<media:content url="https://x.example/a.jpg" type="image/JPEG"/>', '<media:thumbnail url="https://x.example/t.jpg"/>',
        '<media:content url="https://x.example/a.jpg"><media:description type="plain">Brood</media:description></media:content>',
        '<atom:link href="https://x.example/b" rel="alternate"/>', '<atom:link href="https://hub.example/" rel="hub"/>',
        '<source url="https://y.example/feed">Y</source>', '<atom:link rel="license" href="https://cc.example/by"/>',
    ]),
)  # fmt: skip
ATOM_PART = st.one_of(
    st.builds(element, st.sampled_from(ATOM + PREFIXED), TEXT, st.booleans(), st.sampled_from(["", "", ' type="html"', ' type="text"', ' type="text/plain"', ' type="image/png"'])),
    st.sampled_from([
        '<link href="https://x.example/1"/>', '<link rel="Self" href="https://x.example/f"/>', '<link rel="enclosure" href="https://x.example/a.mp3" type="audio/mpeg" length="3"/>',
        '<link rel="replies" href="https://x.example/r" type="text/html"/>', '<link rel="via" href="https://y.example/"/>', '<category term="brood"/>',
        '<category term="a" scheme="s" label="L"/>', "<author><name>Jan</name></author>", "<author><name>An</name><email>an@x.example</email><uri>https://an.example</uri></author>",
        "<author><email>x@x.example</email></author>", '<media:thumbnail url="https://x.example/t.jpg"/>', '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x</div></content>',
        '<media:content url="https://x.example/a.jpg"><media:description>Brood</media:description></media:content>',
    ]),
)  # fmt: skip
SPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:media="http://search.yahoo.com/mrss/"'
)
PROLOGS = ["", '<?xml version="1.0" encoding="utf-8"?>', '<?xml version="1.0"?>', '<?xml version="1.0" encoding="ISO-8859-1"?>', '<?xml version="1.0" encoding="windows-1252"?>']  # fmt: skip


@given(st.lists(RSS_PART, max_size=6), st.lists(st.lists(RSS_PART, max_size=9), max_size=4), st.sampled_from(PROLOGS), st.sampled_from(["", ' xml:lang="nl_BE"']), st.sampled_from(TYPES))  # fmt: skip
@example(["<title>x</title>"], [["<description>lang genoeg</description>", '<media:content url="https://x.example/a.jpg"><media:description>Brood</media:description></media:content>']], "", "", "")  # fmt: skip
@settings(max_examples=examples(300), deadline=None)
def test_rss_of_every_shape(about: list[str], items: list[list[str]], prolog: str, language: str, kind: str) -> None:
    inner = "".join(about) + "".join(f"<item>{''.join(parts)}</item>\n" for parts in items)
    body = f'{prolog}<rss version="2.0" {SPACES}{language}><channel>{inner}</channel></rss>'
    check(body, prolog, kind)


@given(st.lists(ATOM_PART, max_size=6), st.lists(st.lists(ATOM_PART, max_size=9), max_size=4), st.sampled_from(PROLOGS), st.sampled_from(["", ' xml:lang="nl"']), st.sampled_from(TYPES))  # fmt: skip
@settings(max_examples=examples(300), deadline=None)
def test_atom_of_every_shape(about: list[str], items: list[list[str]], prolog: str, language: str, kind: str) -> None:
    inner = "".join(about) + "".join(f"<entry>{''.join(parts)}</entry>\n" for parts in items)
    body = f'{prolog}<feed xmlns="http://www.w3.org/2005/Atom" {SPACES}{language}>{inner}</feed>'
    check(body, prolog, kind)


OF_RDF = "title link description dc:creator dc:date dc:subject sy:updatePeriod content:encoded".split()
ODD_IN_RDF = [
    "<guid>https://x.example/g</guid>", '<image rdf:resource="https://x.example/i.png"/>', "<image>x</image>", "<name>x</name>",
    "<dc:language>nl</dc:language>", "<dc:identifier>x</dc:identifier>", '<atom:link href="https://x.example/b"/>',
    "<items><title>x</title></items>", '<media:thumbnail url="https://x.example/t.jpg"/>',
]  # fmt: skip
SEQUENCE = "<items><rdf:Seq><rdf:li rdf:resource='https://x.example/1'/></rdf:Seq></items>"
ABOUT = ' rdf:about="https://x.example/1"'
ABOUTS = st.sampled_from(["", *[ABOUT] * 6, ' rdf:about=" Brood/é?a&amp;amp;b "', ' rdf:about=""', ' rdf:ID="x"'])
RDF_SPACES = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'


def of_rdf(names: list[str]) -> st.SearchStrategy[list[str]]:
    """Parts with some of these names, none of them twice."""
    return st.lists(
        st.builds(element, st.sampled_from(names), TEXT, st.booleans()),
        max_size=5,
        unique_by=lambda part: part.split(">", maxsplit=1)[0],
    )


@given(of_rdf(OF_RDF[:-1]), st.lists(st.tuples(ABOUTS, of_rdf(OF_RDF)), max_size=3), st.sampled_from([*["", SEQUENCE] * 9, *ODD_IN_RDF]), st.sampled_from([*[""] * 9, *ODD_IN_RDF]), st.sampled_from(PROLOGS), st.sampled_from(["", ' xml:lang="nl_BE"']), st.sampled_from(TYPES))  # fmt: skip
@settings(max_examples=examples(300), deadline=None)
def test_rdf_of_every_shape(
    about: list[str], items: list[tuple[str, list[str]]], sequence: str, odd: str, prolog: str, language: str, kind: str
) -> None:
    inner = f"<channel{ABOUT}>{''.join(about)}{sequence}</channel>"
    inner += "".join(f"<item{named}>{odd}{''.join(parts)}</item>\n" for named, parts in items)
    spaces = SPACES if "atom:" in inner else SPACES.split(" ", maxsplit=1)[1]
    check(f"{prolog}<rdf:RDF {RDF_SPACES} {spaces}{language}>{inner}</rdf:RDF>", prolog, kind)


def test_ordinary_rdf_is_read_quickly() -> None:
    item = '<item rdf:about="https://x.example/1"><title>Brood</title><link>https://x.example/1</link></item>'
    body = f'<rdf:RDF {RDF_SPACES}><channel rdf:about="https://x.example/"><title>Een</title>{SEQUENCE}</channel>{item}</rdf:RDF>'
    pair = both(body.encode(), "")
    assert pair is not None
    assert pair[0] == pair[1]


ESCAPED_TWICE = (
    '<rss version="2.0"><channel><link>https://x.example/?a=1&amp;amp;b</link><title>Ã©</title><item><title>Ã©</title>'
    "<link>https://x.example/?a=1&amp;amp;b=2</link></item></channel></rss>",
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Ã©</title><entry><title>Ã©</title></entry></feed>',
)


@pytest.mark.parametrize("prolog", PROLOGS)
@pytest.mark.parametrize("kind", TYPES)
def test_what_was_encoded_or_escaped_twice_is_read_as_feedparser_does(prolog: str, kind: str) -> None:
    for body in ESCAPED_TWICE:
        check(prolog + body, prolog, kind)


def check(body: str, prolog: str, kind: str) -> None:
    encoding = "cp1252" if "1252" in prolog else "latin-1" if "8859" in prolog else "utf-8"
    pair = both(body.encode(encoding, "xmlcharrefreplace"), kind)
    if pair is not None:
        assert pair[0] == pair[1]


@pytest.mark.parametrize(
    "body",
    [
        b'<rss version="2.0"><channel><item><title>a & b</title></item></channel></rss>',
        b'<rss version="2.0"><channel><item><title>a</title><title>b</title></item></channel></rss>',
        b'<rss version="0.91"><channel><item><title>a</title></item></channel></rss>',
        b'<!DOCTYPE rss [<!ENTITY a "b">]><rss version="2.0"><channel><title>&a;</title></channel></rss>',
        b'<rss version="2.0" xml:base="https://a.example/"><channel><title>a</title></channel></rss>',
        b'<rss version="2.0" xmlns:x="urn:x"><channel><item><x:y>a</x:y></item></channel></rss>',
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry xml:lang="nl"><title>a</title></entry></feed>',
        f'<rdf:RDF {RDF_SPACES}><channel/><image rdf:about="x"><title>a</title></image></rdf:RDF>'.encode(),
        f"<rdf:RDF {RDF_SPACES}><channel><items><rdf:Seq><title>a</title></rdf:Seq></items></channel></rdf:RDF>".encode(),
        f'<rdf:RDF {RDF_SPACES} xmlns:a="http://www.w3.org/2005/Atom"><channel><title>a</title></channel></rdf:RDF>'.encode(),
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_feedparser(body: bytes) -> None:
    assert read_fast(body, "") is None
