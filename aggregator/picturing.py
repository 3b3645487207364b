"""Pictures for the posts that open an issue: fetched through the guarded door, remade, and served with the issue."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from aggregator.digest.building import Illustrate
from aggregator.digest.page import title_of
from aggregator.digest.pictures import Made, remade
from aggregator.digest.words import words_for
from aggregator.fetch.client import Fetcher
from aggregator.model import Fetched, Issue, IssueItem, Picture, Problem, WorkStoppedError
from aggregator.publish import writer
from aggregator.settings import Settings
from aggregator.workers import Workers


def illustrator(settings: Settings, now: datetime) -> Illustrate:
    """A function that gives the leads of an issue their pictures. One that fails costs its post nothing."""

    def illustrate(issue: Issue, before: Issue | None) -> tuple[Issue, tuple[str, ...]]:
        known = {item.picture.original: item.picture for item in before.items if item.picture} if before else {}
        wanted = [item.image.url for item in issue.items if item.lead and item.image]
        new = [url for url in dict.fromkeys(wanted) if url not in known or not is_there(known[url], settings)]
        made = asyncio.run(fetched(settings, now, new)) if new else {}
        warnings = tuple(f"{url} is not shown: it {one.refused}." for url, one in made.items() if one.refused)
        pictures = {url: kept(url, one, issue, settings, now) for url, one in made.items() if not one.refused}
        items = tuple(pictured(item, {**known, **pictures}, settings) for item in issue.items)
        return replace(issue, items=items), warnings

    return illustrate


async def fetched(settings: Settings, now: datetime, urls: list[str]) -> dict[str, Made]:
    """Each image remade, or why not; by its address."""
    made: dict[str, Made] = {}
    with Workers() as workers:
        async with Fetcher(settings.network, settings.publication.url, now) as fetcher:
            for url in urls:
                answer = await fetcher.get(url, "image", None, {}, "")
                if isinstance(answer, Fetched):
                    try:
                        made[url] = await workers.work(remade, answer.body)
                    except WorkStoppedError as error:
                        made[url] = Made(refused=f"cannot be decoded ({error})")
                else:
                    why = answer.sentence.rstrip(".") if isinstance(answer, Problem) else "no body came"
                    made[url] = Made(refused=f"could not be fetched ({why})")
    return made


def kept(url: str, made: Made, issue: Issue, settings: Settings, now: datetime) -> Picture:
    """The picture as it is served: its name says what it holds, so that it never changes."""
    path = f"digest/{issue.name}/{blake2b(made.content, digest_size=8).hexdigest()}.jpg"
    writer(settings, now)(path, made.content)
    return Picture(f"{settings.publication.url}{path}", made.width, made.height, "", url)


def is_there(picture: Picture, settings: Settings) -> bool:
    return (settings.out / picture.url.removeprefix(settings.publication.url)).is_file()


def pictured(item: IssueItem, pictures: dict[str, Picture], settings: Settings) -> IssueItem:
    """The post with its picture and what it shows in words: as its source says, else of which post it is."""
    if not item.lead or item.image is None or item.image.url not in pictures:
        return item
    words = words_for(settings.publication.language, settings.folder)
    alt = words("picture", title=title_of(item))
    described = title_of(replace(item, title=item.image.alt, link=alt))
    return replace(item, picture=replace(pictures[item.image.url], alt=described))
