"""From raw posts to posts that are ready to be kept: pure, so that it is done in the process that parsed them.

A post that is known just as it is is not cleaned at all, and the HTML of one that was cleaned does not travel twice.
What cleans is imported when it is first needed: the process that sends the work never needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator import __version__
from aggregator.dedupe.hashes import content_hash, raw_hash, text_hash
from aggregator.dedupe.sketch import sketch_of
from aggregator.model import Imprint, Post, RawFeed, RawPost, Ready, ToldBy
from aggregator.normalise.urls import compare_key
from aggregator.parse.feed_known import Known
from aggregator.settings import Publication, Source


@dataclass(frozen=True, slots=True)
class Context:
    """What cleaning the posts of a source needs to know besides the posts."""

    source: Source
    publication: Publication
    now: datetime
    known: Collection[str] = ()
    """Hashes of raw posts that are stored just as they are."""
    told_by: ToldBy = "id"
    imprints: Mapping[str, Imprint] = field(default_factory=dict)
    """What is remembered of the entries that its feed held, by stamp."""


def parsed_and_ready(
    parse: Callable[[bytes, str, str, Known], RawFeed | None],
    body: bytes,
    url: str,
    content_type: str,
    context: Context,
) -> RawFeed | None:
    """The feed in `body`, its posts made ready as far as nothing else has to be read for them."""
    known = {stamp: one for stamp, one in context.imprints.items() if one.raw_hash in context.known}
    feed = parse(body, url, content_type, Known(f"{__version__} {context.told_by} {url}", known))
    if feed is None:
        return None
    about = replace(feed, link=feed.link or url)
    found, posts, imprints = {}, [], {}
    for raw in feed.posts:
        stamp = feed.stamps.get(raw.position, "")
        digest = known[stamp].raw_hash if stamp in known else raw_hash(raw, context.told_by)
        if stamp:
            imprints[stamp] = Imprint(digest, raw.id, raw.link, raw.published)
        if digest in context.known:
            found[raw.position] = Ready(digest)
        elif not wants_article(raw, context.source):
            found[raw.position] = ready(raw, digest, about, context)
        else:
            posts.append(raw)
            continue
        posts.append(replace(raw, content=None, summary=None))
    told = imprints if imprints != context.imprints else {}
    return replace(feed, posts=tuple(posts), ready=found, stamps={}, imprints=told)


def made_ready(raws: Sequence[tuple[RawPost, str]], feed: RawFeed, context: Context) -> list[Ready]:
    """Each of `raws`, which come with their hashes, made ready."""
    return [ready(raw, digest, feed, context) for raw, digest in raws]


def ready(raw: RawPost, digest: str, feed: RawFeed, context: Context) -> Ready:
    from aggregator.normalise.clean import clean

    post = clean(raw, feed, context.source, context.publication, context.now)
    return Ready(digest, post, content_hash(post), text_hash(post.text), sketch_of(post), addresses_of(post))


def wants_article(raw: RawPost, source: Source) -> bool:
    """Whether the post is to be completed from its own page."""
    wanted = source.full_text is True or (not raw.whole and source.full_text is not False)
    return wanted and bool(raw.link)


def addresses_of(post: Post) -> tuple[str, ...]:
    """The addresses of a post in the form in which addresses are compared.

    A canonical address that is a whole site's is the mistake of a theme: it is that of every post.
    """
    link = compare_key(post.link)
    canonical = compare_key(post.canonical) if post.canonical else ""
    of_a_post = any(mark in canonical for mark in "/?")
    return (link, canonical) if of_a_post and canonical != link else (link,)
