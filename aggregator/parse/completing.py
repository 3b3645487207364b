"""The article page of a post that a feed or a page only announces."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import Fetched, Get, Problem, RawPost, Work, WorkStoppedError
from aggregator.parse.article import extract_article
from aggregator.parse.excerpt import words_in
from aggregator.settings import Source


async def complete(raw: RawPost, source: Source, get: Get, work: Work) -> RawPost | Problem:
    """`raw` with the body and facts of its article page.

    An excerpt whose page cannot be read stays an excerpt; a bare link whose page is no article is a Problem.
    """
    answer = await get(raw.link or "", "article")
    if not isinstance(answer, Fetched):
        failed = (
            answer if isinstance(answer, Problem) else Problem("unreachable", "It answered 304 unasked.", answer.url)
        )
        return raw if raw.content else failed
    try:
        page = await work(
            extract_article, answer.body, answer.final_url, answer.content_type, source.selectors, raw.title
        )
    except WorkStoppedError as stopped:
        return raw if raw.content else Problem("blocked", f"{answer.url} could not be read: {stopped}.", answer.url)
    if page is None:
        return raw if raw.content else Problem("empty", "The page holds no article.", answer.url, status=200)
    longer = words_in(page.content or "") > words_in(raw.content or "")
    return replace(
        raw,
        title=raw.title or page.title,
        authors=raw.authors or page.authors,
        published=raw.published or page.published,
        updated=raw.updated or page.updated,
        content=page.content if longer else raw.content,
        summary=raw.summary or raw.content,
        whole=True,
        base=page.base if longer else raw.base,
        language=raw.language or page.language,
        tags=raw.tags or page.tags,
        image=raw.image or page.image,
        canonical=raw.canonical or page.canonical,
    )
