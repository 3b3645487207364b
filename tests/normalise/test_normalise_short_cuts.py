"""What most posts are spared changes nothing: each short cut gives what the long way round gives."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.dedupe.hashes import CANONICAL, CONTENT_VERSION, SHORTEST_TEXT, digest_of, text_hash
from aggregator.nesting import bounded, without_deepest
from aggregator.normalise.allowed import sorter
from aggregator.normalise.credits import credits_of
from aggregator.normalise.dates import STRICT, STRICT_OF_MAIL, read_date, read_freely, within_bounds
from aggregator.normalise.embeds import as_frames, replace_frames
from aggregator.normalise.excerpts import ASIDE, LEAD, without_asides
from aggregator.normalise.html import (
    FRAME,
    NAMES,
    PICTURE,
    cleaned_on_a_tree,
    first_picture,
    restore_pictures,
)
from aggregator.normalise.images import is_candidate
from aggregator.normalise.markup import SWALLOWING, closed, repaired, uncommented, without_twins
from aggregator.normalise.notes import keep_anchors, number_notes
from aggregator.normalise.ordinary import cleaned_at_once
from aggregator.normalise.tails import drop_clutter
from aggregator.normalise.text import excerpt_of, fold, shows, text_of
from aggregator.normalise.tree import inner, tree_of
from aggregator.normalise.urls import taken_apart, without_trackers
from tests.samples import examples

BLANK = st.sampled_from(["", " ", "\n", "\xa0", "\u200b", "\ufeff", "\x00", "\x85", "\u2028", "\xad", "a", "é", "."])
ELEMENTS = st.sampled_from(
    "p a img br noscript NOSCRIPT iframe IFrame title textarea titlex amp-img amp-iframe embed lite-youtube youtube-video xmp svg".split()
)
WRITTEN = st.sampled_from(
    [
        "<", "</", ">", "/>", " ", "<!--", "-->", "<?", "]]>", "<![CDATA[", '"', "youtube", "noscript", " data-src=a",
        " videoid=x", " src=x", "é", " src='https://www.youtube.com/v/abc'",
    ]
)  # fmt: skip
MARKUP = st.lists(ELEMENTS | WRITTEN | ELEMENTS.map(lambda name: f"<{name}>") | ELEMENTS.map(lambda name: f"</{name}>"))
ADDRESSES = st.lists(
    st.sampled_from(
        "https:// http:// HTTPS:// // / . .. ? # & = ; : @ % %41 %zz a b-c d_e ~ , blog.example Blog.Example :80 :443 user@ "
        "utm_source=x fbclid=1 ref=blog.example source=rss-1 comments respond google.com/url?q= www.google.nl/amp/s/ "
        "youtube.com/redirect?q=https://a.nl é".split()
    ),
    max_size=9,
).map("".join)
BASES = (
    "",
    "https://blog.example/een/post/",
    "http://blog.example",
    "/een/",
    "https://[",
    "https://Blog.Example/a",
    "a",
)


@given(st.lists(BLANK).map("".join))
def test_text_shows_when_folding_leaves_anything_of_it(text: str) -> None:
    assert shows(text) == bool(fold(text))


@given(MARKUP.map("".join))
@example("<noscript><img src=a></noscript>")
@example("<lite-youtube videoid=abc></lite-youtube><p>tekst")
def test_repairing_leaves_out_only_what_would_change_nothing(markup: str) -> None:
    everything = {*SWALLOWING}
    assert repaired(markup) == without_twins(bounded(closed(as_frames(uncommented(markup)), everything)))


@given(ADDRESSES, st.sampled_from(BASES))
@example("https://blog.example/a?utm_source=b&c=%41#d", "")
@example("/media/1/groot.jpg?fbclid=1", BASES[1])
def test_a_well_written_address_is_cleaned_as_any_other(address: str, base: str) -> None:
    found = without_trackers(address, base)
    assert found is None or found == taken_apart(address, base)


def test_most_addresses_are_well_written() -> None:
    for address in ("https://blog.example/a?utm_source=b&c=d", "/media/1.jpg", "https://blog.example", "/a/?b=c#d"):
        assert without_trackers(address, "https://blog.example/een/post/") is not None


@given(
    st.sampled_from(["/a.jpg", "a", "(/c"]), st.lists(st.sampled_from("/a.jpg|a|480w|,| |2x|9w|/b 2w|(/c".split("|")))
)  # fmt: skip
def test_a_candidate_of_a_srcset_is_found_where_it_stands(address: str, parts: list[str]) -> None:
    candidates = "".join(parts)
    stands = re.search(rf"(?:^|[\s,]),*{re.escape(address)}\s+\d+w\s*(?:,|$)", candidates)
    assert not is_candidate(address, candidates) or stands
    assert is_candidate(address, f"/z.jpg 20w, {address} 30w, {candidates}")


TAGS = st.sampled_from(
    "<p> </p> <div> <DIV a='>'> </div> </div/> <div/> <br> <div </div <b> </b x> </ <li> x </x> <x-y>".split(" ")
)


@given(st.lists(TAGS, max_size=40).map("".join), st.integers(1, 6))
def test_only_what_may_nest_too_deep_is_read_tag_by_tag(markup: str, deepest: int) -> None:
    assert bounded(markup, deepest) == without_deepest(markup, deepest)


NAMED = st.sampled_from(
    """<p> </p> <p\tID=a> <a\nName=n> </a> <span\xa0id=x> <IMG/src=/a> <img\fsrc=/b> <iframe\rsrc=//b.example> </iframe>
    <div\tclass=sharedaddy> </div> <p\ttitle='<img\tid="x"'> &lt;img id="x"&gt; id="x" <image\tsrc=/a> <svg> </svg> tekst""".split(" ")
).map(lambda piece: piece.replace("\n    ", " "))  # fmt: skip


@given(st.lists(NAMED, max_size=12).map("".join))
def test_steps_that_are_spared_would_find_nothing(markup: str) -> None:
    text = sorter().clean(markup)
    root = tree_of(text)
    before, base = inner(root), BASES[1]
    if not any(name in text for name in NAMES):
        drop_clutter(root)
        keep_anchors(root)
        number_notes(root, base)
    if FRAME not in text:
        replace_frames(root, base)
        if PICTURE not in text:
            restore_pictures(root, base)
            assert first_picture(root) is None
    assert inner(root) == before


PHRASES = st.sampled_from(
    [
        "Tekst",
        "een zin met veel woorden, te lang voor een staartje; " * 3,
        " ",
        "\n",
        "&nbsp;",
        "&amp;",
        "é",
        "&#8217;s",
    ]
    * 3
    + ["Deel dit bericht", "Lees verder", "Jan Jansen", "De titel", "[…]", "&lt;b&gt;", "&copy;", "\u200b", "a>b", "\r"]
)
LINKS = st.sampled_from(
    ["https://a.nl/x", "/b/c.html?utm_source=x&amp;y=1", "../d", "https://a.nl/a'b(c)"] * 3
    + [
        "#n",
        "mailto:a@b.nl",
        "javascript:x",
        "https://a.nl/$",
        "",
        "https://xn--a.nl/",
        "//c.nl/",
        "https://a.nl/%zz",
        "a b",
    ]
)
PICTURES = st.sampled_from(["/a.jpg", "https://a.nl/b.png", "/logo.png", "/pixel.gif", "data:image/gif;base64,x", ""])
ABOUT = st.sampled_from(
    [""] * 12
    + [' class="x"', ' style="a:b"', ' title="T &quot;m&quot;"', ' onclick="x()"', ' class="sharedaddy"', ' id="n"']
    + [" hidden", " class='x'", ' name="n"', ' lang="nl"', ' title="a\nb"', ' cite="/c"']
)
SIZES = st.sampled_from(
    ["", "", ' alt="A &amp; B"', ' width="1"', ' srcset="/k.jpg 480w, /a.jpg 1200w"', ' class="avatar"']
)
IMAGES = st.builds('<img src="{}"{}{}>'.format, PICTURES, SIZES, ABOUT)


def around(names: str, inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("<{0}{1}>{2}</{0}>".format, st.sampled_from(names.split()), ABOUT, inside)


WORDED = st.recursive(
    PHRASES | IMAGES | st.sampled_from(["<br>", "<br/>", "<br />"]),
    lambda inside: st.lists(
        inside
        | around("strong em b i span q", inside)
        | st.builds('<a href="{}"{}>{}</a>'.format, LINKS, ABOUT, inside),
        min_size=1,
        max_size=3,
    ).map("".join),
    max_leaves=5,
)
BLOCK = (
    around("p p p p h1 h2 h3 h5 figcaption div", WORDED)
    | around("ul ol", st.lists(around("li", WORDED), max_size=3).map("".join))
    | around("blockquote", around("p", WORDED))
    | around("figure", st.builds("{}<figcaption>{}</figcaption>".format, IMAGES, WORDED))
    | st.sampled_from(
        ["<hr>", "<script>x=1</script>", "<!-- x -->", "tekst", "<p/>", "</p>", "<p>open", "<P>x</P>", "<>"]
    )
    | st.sampled_from(["https://www.youtube.com/embed/abc", "/e", "https://a.nl/ads/x", "https://a.nl/e"]).map(
        '<iframe width="9" src="{}" allowfullscreen></iframe>'.format
    )
)
POSTS = st.lists(BLOCK | st.sampled_from(["\n", "\n\t"]), min_size=1, max_size=9).map("".join)


@settings(max_examples=examples(400))
@given(POSTS, st.sampled_from(["", "De titel", "Tekst"]), st.sampled_from([(), ("Jan Jansen",)]), st.booleans())
def test_an_ordinary_post_is_cleaned_at_once_as_on_a_tree(
    markup: str, title: str, authors: tuple[str, ...], whole: bool
) -> None:
    base = BASES[1]
    found = cleaned_at_once(markup, base, title, authors, whole=whole)
    thorough = cleaned_on_a_tree(markup, base, title, authors, whole=whole)
    assert found is None or found == (thorough.html, thorough.text, thorough.image)


def test_most_posts_are_ordinary() -> None:
    markup = (
        '<h2>Kop</h2>\n<p class="x">Tekst&#8217;s <a href="/b?utm_source=x">meer</a> <em>en</em><br/>nog</p>\n'
        '<figure><img src="/a.jpg" alt="A" width="600"><figcaption>Bij</figcaption></figure><ul><li>Een</li></ul>'
        '\n<iframe src="https://www.youtube.com/embed/abc"></iframe><script>x=1</script><blockquote><p>Zij</p></blockquote>'
    )
    found = cleaned_at_once(markup, BASES[1], "De titel", ("Jan Jansen",), whole=True)
    thorough = cleaned_on_a_tree(markup, BASES[1], "De titel", ("Jan Jansen",), whole=True)
    assert found == (thorough.html, thorough.text, thorough.image)


@given(
    st.text(max_size=30) | st.lists(st.sampled_from(["woord", "ẞ", "İ", " ", "\xa0", "\x1f", "\u2028"])).map("".join)
)
def test_the_hash_of_a_text_is_that_of_its_words(text: str) -> None:
    text = f"{text} {text} een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien " + text
    words = text.casefold().split()
    assert text_hash(text) == (
        "" if len(words) < SHORTEST_TEXT else digest_of(CONTENT_VERSION, CANONICAL.encode(words))
    )


@given(
    st.lists(
        st.sampled_from("met dank aan eerder verschenen in gepubliceerd op first ﬁrst FIRST publiſhed appeared with thanKs to "
        "Bron: vıa: Vİa: source : a.nl Jan dit artikel verſcheen eerst originally".split(" "))
    ).map(" ".join)
)  # fmt: skip
def test_a_text_that_names_no_source_is_not_searched_for_one(text: str) -> None:
    assert credits_of(text) == credits_of(f": {text}")


@given(
    st.from_regex(STRICT, fullmatch=True) | st.from_regex(STRICT_OF_MAIL, fullmatch=True),
)
def test_a_date_as_standards_have_it_is_read_as_any_other(text: str) -> None:
    now, zone = datetime(2026, 9, 1, tzinfo=UTC), "Europe/Amsterdam"
    found = read_date(text, languages=("nl",), timezone=zone, now=now)
    other = within_bounds(read_freely(text, ("nl",), zone, ZoneInfo(zone), now), now)
    assert found == other and (found is None or other is None or found.utcoffset() == other.utcoffset())


def test_a_post_that_nests_deep_is_no_ordinary_one() -> None:
    markup = f"<p>{'<b>' * 300}diep{'</b>' * 300}</p>"
    assert cleaned_at_once(markup, BASES[1], "", (), whole=True) is None


BLOCKS = st.sampled_from(
    ["<p>Kort.</p>", f"<p>{'Een lange zin met <em>nadruk</em> erin &amp; meer, '* 12}einde.</p>", "<figure><img src=\"a\">"
     "<figcaption>Een <b>bijschrift</b>.</figcaption></figure>", f"<figure><figcaption><p>{'bij ' * 900}</p></figcaption></figure>",
     '<p>Zie<a href="#noot-1">1</a> daar.</p>', f"<ul>{'<li>punt</li>' * 200}</ul>", "losse woorden "]
)  # fmt: skip


@given(st.lists(BLOCKS, max_size=12).map("".join))
def test_the_beginning_of_a_post_gives_the_excerpt_that_all_of_it_gives(markup: str) -> None:
    quick, whole = without_asides(markup), text_of(ASIDE.sub("", markup))
    assert excerpt_of(quick) == excerpt_of(whole)
    assert quick[:LEAD] == whole[:LEAD]
