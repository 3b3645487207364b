"""Letters that software broke: wrong labels, what was encoded twice, and one byte among many."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.parse.decode import decode_text
from aggregator.parse.feed import parse_feed
from aggregator.parse.mending import well_labelled
from tests.samples import examples

WORDS = "Café – ‘één’ € naïef ”"
TWICE = "".join(bytes([byte]).decode("windows-1252", "ignore") or chr(byte) for byte in WORDS.encode())


def feed(words: str, label: str = "utf-8") -> str:
    return (
        f'<?xml version="1.0" encoding="{label}"?><rss version="2.0"><channel><title>B</title><link>https://b.example/</link>'
        f"<item><title>{words}</title><link>https://b.example/1</link><description>{words}</description></item></channel></rss>"
    )


@pytest.mark.parametrize(
    "body",
    [
        feed(WORDS).encode(),
        feed(WORDS).encode("windows-1252"),
        feed(WORDS, "iso-8859-1").encode("windows-1252"),
        feed(WORDS, "iso-8859-1").encode(),
        feed(WORDS, "windows-1252").encode(),
        feed(WORDS, "utf-16").encode("utf-16"),
        feed(TWICE).encode(),
    ],
)
def test_a_title_is_spelt_as_it_was_meant(body: bytes) -> None:
    found = parse_feed(body, "https://b.example/feed")
    assert found is not None
    assert (found.posts[0].title, found.posts[0].content) == (WORDS, WORDS)


@pytest.mark.parametrize(("broken", "meant"), [(b"\xc3", ""), (b"\xe2\x80", ""), (b"\xe9", "é")])
def test_a_letter_that_is_broken_costs_no_other(broken: bytes, meant: str) -> None:
    body = feed(f"{WORDS}@").encode().replace(b"@</desc", broken + b"</desc").replace(b"@", b"")
    found = parse_feed(body, "https://b.example/feed")
    assert found is not None
    assert (found.posts[0].title, found.posts[0].content) == (WORDS, WORDS + meant)
    assert decode_text(WORDS.encode() + broken) == WORDS + meant


def test_a_text_about_broken_letters_stays_as_it_is() -> None:
    body = feed("Waarom staat er CafÃ© in plaats van café?").encode()
    assert well_labelled(body) == body


@settings(deadline=None, max_examples=examples(100))
@given(st.text(st.characters(codec="utf-8", exclude_characters="<&\x00\r")))
def test_what_is_whole_stays_as_it_is(text: str) -> None:
    assert well_labelled(feed(text).encode()) == feed(text).encode() or "Ã" in text or "â€" in text
