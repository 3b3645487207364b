"""What a post is shown with in lists and mails: its excerpt, and the picture that stands for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.model import Image, Post, RawFeed, RawPost
from aggregator.normalise.clean import clean
from aggregator.settings import Person, Publication, Source

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PUBLICATION = Publication(title="Planeet", url="https://planeet.example/", author=Person(name="P"))
TEXT = "Klanten lopen weg om velerlei redenen, en dat weet u. In dit stuk zoeken we die uit."
SUBSTACK = "https://substackcdn.com/image/fetch/{}/https%3A%2F%2Fpost-media.s3.amazonaws.com%2Fa.jpeg"


def cleaned(content: str, summary: str | None = None, picture: str | None = None) -> Post:
    raw = RawPost(link="https://blog.example/1", title="T", content=content, summary=summary)
    if picture is not None:
        raw = RawPost(link="https://blog.example/1", title="T", content=content, image=Image(picture))
    return clean(raw, RawFeed(), Source(name="Blog"), PUBLICATION, NOW)


@pytest.mark.parametrize(
    ("content", "summary", "excerpt"),
    [
        (f"<figure><img src='/i.jpg'><figcaption>Een winkel</figcaption></figure><p>{TEXT}</p>", None, TEXT),
        (f"<p>Een winkel</p><p>{TEXT}</p>", f"<p>{TEXT[:60]} [&hellip;]</p>", f"Een winkel {TEXT}"),
        (f"<p>{TEXT}</p>", f"<p>{TEXT[:60]} [&hellip;]</p>", TEXT),
        (f"<p>Een winkel</p><p>{TEXT}</p>", TEXT, TEXT),  # as its author chose
        (
            '<p>Een brief<a href="#n1" id="a1">1</a> met noot.</p><p><a href="#a1" id="n1">1</a> De noot.</p>',
            None,
            "Een brief met noot. De noot.",
        ),
    ],
)
def test_an_excerpt_is_of_the_words_that_come_first(content: str, summary: str | None, excerpt: str) -> None:
    assert cleaned(content, summary).excerpt == excerpt


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        ("https://blog.example/uploads/foto-1024x683.jpg", "https://blog.example/uploads/foto-150x150.jpg"),
        (SUBSTACK.format("w_1456,c_limit,f_auto"), SUBSTACK.format("f_auto,q_auto:good")),
        ("https://blog.example/foto.jpg", "https://i0.wp.com/blog.example/foto.jpg?fit=150%2C150&ssl=1"),
    ],
)
def test_the_picture_of_a_post_is_the_one_it_shows_and_is_shown_once(shown: str, given: str) -> None:
    post = cleaned(f'<p>a</p><img src="{shown}" alt="Een winkel">', picture=given)
    assert post.image == Image(shown, "Een winkel")
    assert post.content.count("<img") == 1


def test_of_a_thumbnail_in_the_post_and_the_whole_picture_the_whole_stands_for_it() -> None:
    post = cleaned(
        '<img src="https://blog.example/foto-300x200.jpg" alt="Een">', picture="https://blog.example/foto.jpg"
    )
    assert post.image == Image("https://blog.example/foto.jpg", "Een")


def test_the_picture_of_an_author_does_not_stand_for_a_post() -> None:
    from aggregator.parse.feed_media import image_of

    avatar = "https://avatars.githubusercontent.com/u/1?s=60&v=4"
    assert image_of({"media_thumbnail": [{"url": avatar, "width": "30"}]}) is None


def test_a_date_is_read_in_the_language_of_its_feed() -> None:
    raw = RawPost(link="https://blog.example/1", title="T", content="<p>a</p>", published="7 września 2015")
    post = clean(raw, RawFeed(language="pl"), Source(name="Blog"), PUBLICATION, NOW)
    assert post.published is not None
