"""What most posts are spared changes nothing: each short cut gives what the long way round gives."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.nesting import bounded, without_deepest
from aggregator.normalise.allowed import sorter
from aggregator.normalise.embeds import as_frames, replace_frames
from aggregator.normalise.html import FRAME, NAMES, PICTURE, first_picture, restore_pictures
from aggregator.normalise.images import is_candidate
from aggregator.normalise.markup import SWALLOWING, closed, repaired, uncommented, without_twins
from aggregator.normalise.notes import keep_anchors, number_notes
from aggregator.normalise.tails import drop_clutter
from aggregator.normalise.text import fold, shows
from aggregator.normalise.tree import inner, tree_of
from aggregator.normalise.urls import taken_apart, without_trackers

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
    st.sampled_from(["/a.jpg", "a", "/b 2w", "(/c"]), st.lists(st.sampled_from("/a.jpg|a|480w|,| |2x|9w|/b 2w|(/c".split("|")))
)  # fmt: skip
def test_a_candidate_of_a_srcset_is_found_where_it_stands(address: str, parts: list[str]) -> None:
    candidates = "".join(parts)
    stands = re.search(rf"(?:^|,)\s*{re.escape(address)}\s+\d+w\b", candidates)
    assert is_candidate(address, candidates) == bool(stands)


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
