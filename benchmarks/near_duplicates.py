"""Which pairs of posts are taken for one, by labelled pairs made of real texts; and what a new post costs to decide.

Each text of the article corpus is edited in stated ways as blogs do that copy a post. A pair counts as found when the
index of a store names the original among its candidates and the comparison calls it the same. The second table times
one new post against ever larger stores of other posts.
"""

from __future__ import annotations

import itertools
import math
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aggregator.dedupe.corrections import Corrected
from aggregator.dedupe.hashes import post_id
from aggregator.dedupe.sketch import ruling_out, sketch, sketch_of
from aggregator.model import Post, RawFeed, Reading, SourceState, StoredPost
from aggregator.pairing import Matching, verdict_on
from aggregator.store import Store, open_store
from aggregator.store.candidates import candidates
from aggregator.store.sources import Kept, record
from benchmarks.extraction import CORPUS, pages

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SHORTEST = 150
"""Words of a text that is used."""
Edit = Callable[[str, random.Random], str]


@dataclass(frozen=True, slots=True)
class Pair:
    kind: str
    one: str
    other: str
    same: bool


def paragraphs(text: str) -> list[str]:
    """The text in parts of about three sentences."""
    sentences = re.split(r"(?<=[.!?])\s+", text)
    return [" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3)]


def typos(text: str, chance: random.Random) -> str:
    """One word in sixty misspelt."""
    words = text.split()
    for at in chance.sample(range(len(words)), max(1, len(words) // 60)):
        words[at] = words[at][:1] + words[at][:0:-1]
    return " ".join(words)


def reordered(text: str, chance: random.Random) -> str:
    parts = paragraphs(text)
    chance.shuffle(parts)
    return " ".join(parts)


def dropped(text: str, chance: random.Random) -> str:
    """A quarter of the paragraphs left out."""
    parts = paragraphs(text)
    gone = set(chance.sample(range(len(parts)), len(parts) // 4))
    return " ".join(part for at, part in enumerate(parts) if at not in gone)


def reframed(text: str, chance: random.Random) -> str:
    """Another introduction and another end in place of the first and the last paragraph."""
    parts = paragraphs(text)
    body = parts[1:-1] if len(parts) > 4 else parts
    start, end = (
        "Dit stuk lazen wij elders, en we delen het hier graag.",
        f"Met dank, {chance.random()}.",
    )
    return " ".join([start, *body, end])


def boilerplate_translated(text: str, chance: random.Random) -> str:
    return f"{text} Share this article with your friends. Subscribe to our newsletter and never miss a story again."


def excerpt(text: str, chance: random.Random) -> str:
    """The first 55 words, as WordPress cuts them."""
    return " ".join(text.split()[:55]) + " […]"


def beginning(text: str, chance: random.Random) -> str:
    return " ".join(text.split()[:120])


COLUMN = (
    "Elke vrijdag om vijf uur schrijft onze redactie een column over wat er die week gebeurde bij klanten, winkels en "
    "loketten. Heeft u zelf iets meegemaakt dat u wilt delen, stuur het dan naar de redactie en wie weet leest u het "
    "volgende week terug. Reageren kan onderaan, met naam en woonplaats, en wij behouden ons het recht voor in te. "
)
EDITS: dict[str, Edit] = {
    "typos": typos,
    "paragraphs in another order": reordered,
    "paragraphs left out": dropped,
    "another start and end": reframed,
    "boilerplate in another language": boilerplate_translated,
    "excerpt against full text": excerpt,
    "beginning against full text": beginning,
}


def texts() -> list[str]:
    """The long bodies of the corpus, white space folded."""
    bodies = sorted({" ".join(page.body.split()) for page in pages(CORPUS)})
    return [body for body in bodies if len(body.split()) >= SHORTEST]


def labelled_pairs(bodies: Sequence[str], of_each: int = 60) -> list[Pair]:
    """Pairs with what a reader would say of them."""
    chance = random.Random(7)
    pairs = [Pair(kind, body, edit(body, chance), True) for kind, edit in EDITS.items() for body in bodies[:of_each]]
    others = [*bodies[1:], bodies[0]]
    neighbours = list(zip(bodies, others, strict=True))[:of_each]
    pairs += [
        Pair("one column, other weeks", COLUMN + one[:900], COLUMN + other[:900], False) for one, other in neighbours
    ]
    pairs += [
        Pair("a quotation", f"{one} Elders: {' '.join(other.split()[:40])}", other, False) for one, other in neighbours
    ]
    pairs += [
        Pair("one column, few words of its own", COLUMN + one[:250], COLUMN + other[:250], False)
        for one, other in neighbours
    ]
    pairs += [
        Pair("a remark on a long quotation", f"Mooi gezegd door een ander. {middle(other)}", other, False)
        for _, other in neighbours
        if len(other.split()) >= 400
    ]
    pairs += [Pair("two posts on one subject", one, other, False) for one, other in on_one_subject(bodies)[:of_each]]
    return pairs


def middle(text: str) -> str:
    """Ninety words from the middle of a text."""
    words = text.split()
    return " ".join(words[len(words) // 2 :][:90])


def on_one_subject(bodies: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of texts that use the same rare words most: other reports of one event, all of them read and judged."""
    words = [Counter(re.findall(r"\w{4,}", body.casefold())) for body in bodies]
    known_in = Counter(word for one in words for word in one)
    vectors = []
    for one in words:
        weights = {word: count * math.log(len(bodies) / known_in[word]) for word, count in one.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        vectors.append({word: weight / length for word, weight in weights.items()})
    likeness = {
        (one, other): sum(weight * vectors[other].get(word, 0.0) for word, weight in vectors[one].items())
        for one, other in itertools.combinations(range(len(bodies)), 2)
    }
    likely = sorted(likeness, key=lambda pair: -likeness[pair])
    return [(bodies[one], bodies[other]) for one, other in likely if likeness[one, other] > 0.3]


def stored(source: str, key: str, text: str) -> StoredPost:
    link = f"https://{source.casefold()}.example/{key}"
    post = Post(source=source, key=key, link=link, title="Weekbericht", text=text)
    return StoredPost(post_id(source, key), post, NOW, NOW, "first-seen")


def fill(store: Store, source: str, bodies: Sequence[str]) -> None:
    """Record a post of `source` for each text."""
    posts = [stored(source, str(at), body) for at, body in enumerate(bodies)]
    sketches = {one.id: sketch_of(one.post) for one in posts}
    record(store, Kept(SourceState(source), Reading(feed=RawFeed()), posts, sketches=sketches), NOW)


def found_as_same(store: Store, text: str, source: str) -> list[str]:
    """The texts of the stored posts of other sources that `text` is taken for."""
    new = stored(source, "new", text)
    matching = Matching({new.id: new}, {new.id}, Corrected(), store)
    found = sketch(text)
    likely = candidates(store, found.fingerprint, (), source, ruling_out(found))
    return [one.text for one in likely.values() if verdict_on(new.post, one, matching) is not None]


def judged(pairs: Sequence[Pair], folder: Path) -> dict[str, tuple[int, int]]:
    """For each kind: in how many pairs the second is taken for the first, and how many there are."""
    results: dict[str, tuple[int, int]] = {}
    with open_store("sqlite:///near.db", folder) as store:
        originals = sorted({pair.one for pair in pairs})
        fill(store, "Eerste", originals)
        for pair in pairs:
            found, count = results.get(pair.kind, (0, 0))
            taken = pair.one in found_as_same(store, pair.other, "Tweede")
            results[pair.kind] = (found + taken, count + 1)
    return results


def costs(sizes: Sequence[int], folder: Path) -> dict[int, float]:
    """Median milliseconds to decide on one new post, by the number of posts stored."""
    chance = random.Random(3)
    words = [word for body in texts() for word in body.split()]
    measured = {}
    with open_store("sqlite:///growth.db", folder) as store:
        count = 0
        for size in sizes:
            while count < size:
                batch = min(2_000, size - count)
                fill(store, f"Bron{count}", [" ".join(chance.choices(words, k=200)) for _ in range(batch)])
                count += batch
            took = []
            for _ in range(50):
                text = " ".join(chance.choices(words, k=200))
                began = time.perf_counter()
                found_as_same(store, text, "Nieuw")
                took.append(1000 * (time.perf_counter() - began))
            measured[size] = statistics.median(took)
    return measured


def main() -> None:
    """Prints both tables."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = labelled_pairs(texts())
        print(f"{len(pairs)} labelled pairs{'':24}taken for one")
        for kind, (found, count) in judged(pairs, Path(folder)).items():
            print(f"{kind:40}{found:4} of {count}{'' if kind in EDITS else '   (none should)'}")
        print("posts stored   ms for a new post")
        for size, milliseconds in costs((1_000, 10_000, 100_000), Path(folder)).items():
            print(f"{size:12}{milliseconds:12.2f}")


if __name__ == "__main__":
    main()
