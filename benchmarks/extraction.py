"""How well the body of an article is found, beside the libraries that do only that.

The body's text is compared by shingles of four words, counted as often as they occur, with the bodies that people
marked on 181 pages (the corpus of Scrapinghub's article extraction benchmark): each page weighs the same, and
precision, recall and F1 come from the sums, as that benchmark does it. Milliseconds are of the main process, a page.
"""

from __future__ import annotations

import gzip
import json
import re
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parents[2] / "shared/corpora/articles.tar.xz"
WORD = re.compile(r"\w+")
SHINGLE = 4
Extract = Callable[[bytes, str], str]


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    html: bytes
    url: str
    body: str


@dataclass(frozen=True, slots=True)
class Score:
    precision: float
    recall: float
    milliseconds: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def ours(html: bytes, url: str) -> str:
    """The text of the clean post that this program makes of an article page."""
    from aggregator.normalise.html import clean_html
    from aggregator.normalise.text import text_of
    from aggregator.parse.article import extract_article

    raw = extract_article(html, url)
    return "" if raw is None else text_of(clean_html(raw.content or "", raw.base, raw.title or "", raw.authors).html)


def by_trafilatura(html: bytes, url: str) -> str:
    import trafilatura

    return trafilatura.extract(html, url=url, include_comments=False) or ""


def by_readability(html: bytes, url: str) -> str:
    from readability import Document

    from aggregator.parse.decode import tree_of

    return str(tree_of(Document(html.decode("utf-8", "replace")).summary()).text_content())


def by_resiliparse(html: bytes, url: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse(bytes_to_str(html, detect_encoding(html) or "utf-8"))
    return str(extract_plain_text(tree, main_content=True, comments=False))


EXTRACTORS: dict[str, Extract] = {
    "aggregator": ours,
    "trafilatura": by_trafilatura,
    "readability-lxml": by_readability,
    "resiliparse": by_resiliparse,
}


def pages(corpus: Path = CORPUS) -> list[Page]:
    """The pages of the corpus, by name."""
    with tarfile.open(corpus) as archive:
        files = {member.name.removeprefix("./"): archive.extractfile(member) for member in archive if member.isfile()}
        contents = {name: handle.read() for name, handle in files.items() if handle is not None}
    truth = json.loads(contents["ground-truth.json"])
    return [
        Page(name, gzip.decompress(contents[f"html/{name}.html.gz"]), item["url"], item["articleBody"])
        for name, item in sorted(truth.items())
    ]


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    return Counter(tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))


def overlap(found: str, wanted: str) -> tuple[float, float, float]:
    """Shares of what was rightly found, wrongly found, and missed; they add up to 1."""
    one, other = shingles(found), shingles(wanted)
    right = sum((one & other).values())
    wrong, missed = sum(one.values()) - right, sum(other.values()) - right
    whole = right + wrong + missed
    return (right / whole, wrong / whole, missed / whole) if whole else (0.0, 0.0, 0.0)


def measure(extract: Extract, corpus: Iterable[Page]) -> tuple[Score, dict[str, float]]:
    """The score over all pages, and what each page got right."""
    sums, single, count = [0.0, 0.0, 0.0], {}, 0
    began = time.process_time()
    texts = [(page, extract(page.html, page.url)) for page in corpus]
    took = time.process_time() - began
    for page, text in texts:
        shares = overlap(text, page.body)
        sums = [total + share for total, share in zip(sums, shares, strict=True)]
        single[page.name] = shares[0]
        count += 1
    right, wrong, missed = sums
    return Score(right / (right + wrong), right / (right + missed), 1000 * took / count), single


def table(corpus: Path = CORPUS) -> dict[str, Score]:
    """A score for each extractor that is installed."""
    read = pages(corpus)
    found = {}
    for name, extract in EXTRACTORS.items():
        try:
            extract(read[0].html, read[0].url)
        except ImportError:
            print(f"{name} is not installed: left out")
            continue
        found[name] = measure(extract, read)[0]
    return found


def main() -> None:
    """Prints the table."""
    print(f"{'':20}{'F1':>7}{'precision':>11}{'recall':>8}{'ms a page':>11}")
    for name, score in table().items():
        print(f"{name:20}{score.f1:7.3f}{score.precision:11.3f}{score.recall:8.3f}{score.milliseconds:11.1f}")


if __name__ == "__main__":
    main()
