"""Blogs without a feed: a page that holds whole posts, or a list of links to articles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.model import RawFeed, RawPost
from aggregator.parse.article import cleared, drop_heading, escaped, inner_html
from aggregator.parse.boilerplate import CLUTTER, label_of, words
from aggregator.parse.decode import html_tree
from aggregator.parse.discover import base_of, joined
from aggregator.parse.metadata import authors_of, metas_of, site_name_of, written_date
from aggregator.parse.next_page import next_of_page
from aggregator.parse.selecting import selected, text_selected
from aggregator.settings import Selectors

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FEWEST_POSTS = 2
WHOLE = 120
"""Words that a post on a page has, in the median, when the posts on it are whole."""
MOST_LINKS = 40
HEADINGS = ("h1", "h2", "h3", "h4")
BODY_LABEL = re.compile(
    r"(?:^|\s)(?:e-content|entry-content|post-content|article-content|post-body|entry-body|content)(?:\s|$)"
)
POST_LABEL = re.compile(r"(?:^|\s)(?:h-entry|hentry|blog-?post|post|entry|article)(?:\s|$)", re.IGNORECASE)
MORE = re.compile(
    r"^(?:lees\s+(?:verder|meer).*|verder lezen.*|meer(?: lezen)?.*|read\s+(?:more|on).*|continue.*|»|>+|→)$", re.I
)
ENDS_WITH_MORE = re.compile(r"(?:lees (?:verder|meer)|read more|continue reading|verder lezen)\W*$", re.IGNORECASE)
NO_ARTICLE = re.compile(
    r"/(?:category|categorie|categories|tag|tags|author|auteur|page|pagina|search|zoeken|login|inloggen|signup|contact|"
    r"over|about|over-ons|about-us|privacy\w*|cookies?|disclaimer|voorwaarden|terms|feed|rss|wp-\w+|cart|shop|account|"
    r"archief|archive|abonneren|nieuwsbrief|newsletter|vacatures|diensten|services|faq|help|sitemap)(?:/|$|\.)",
    re.IGNORECASE,
)
NO_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|zip|mp[34]|docx?|xlsx?|pptx?|css|js|xml|json|rss|atom)$", re.IGNORECASE
)
DATED = re.compile(r"/(?:19|20)\d{2}/(?:0?[1-9]|1[0-2])/")
NAVIGATION = ("nav", "header", "footer", "aside", "form")
MENU = re.compile(
    r"(?:^|[\s_-])(?:menu|nav|navbar|navigation|breadcrumb|footer|header|sidebar|widget|topbar)(?:$|[\s_-])",
    re.IGNORECASE,
)


def posts_on_page(body: bytes, url: str, content_type: str = "", selectors: Selectors | None = None) -> RawFeed | None:
    """The whole posts on the page, in its order; None when it holds none, or only their beginnings. Never raises."""
    tree = html_tree(body, content_type)
    base = base_of(tree, url)
    blocks = selected(tree, selectors.post) if selectors and selectors.post else blocks_of(tree)
    posts = [post for block in blocks if (post := post_of(block, base, url, selectors)) is not None]
    posts = [replace(post, position=position) for position, post in enumerate(unique(posts))]
    if len(posts) < FEWEST_POSTS or (selectors is None and not whole(posts)):
        return None
    return replace(site_of(tree, url), posts=tuple(posts), format="page")


def blocks_of(tree: HtmlElement) -> list[HtmlElement]:
    """The elements that each hold one post: marked as such, or article elements, that do not stand in one another."""
    marked = [
        node for node in tree.iter("div", "section", "li", "article") if POST_LABEL.search(node.get("class") or "")
    ]
    marked += [node for node in tree.iter() if node.get("itemtype", "").endswith(("/BlogPosting", "/Article"))]
    blocks = marked if len(marked) >= FEWEST_POSTS else list(tree.iter("article"))
    chosen = set(blocks)
    return [node for node in dict.fromkeys(blocks) if not any(parent in chosen for parent in node.iterancestors())]


def post_of(block: HtmlElement, base: str, url: str, selectors: Selectors | None) -> RawPost | None:
    """The post in a block: the link and words of its heading, and the body without furniture."""
    heading, address = heading_link(block, base, selectors)
    title = " ".join(heading.text_content().split(" ")).strip() if heading is not None else ""
    if not title:
        return None
    inner = next((node for node in block.iter("div", "section") if BODY_LABEL.search(node.get("class") or "")), block)
    if selectors and selectors.body:
        inner = next(iter(selected(block, selectors.body)), inner)
    content = cleared(inner)
    drop_heading(content, title)
    if len(words(content)) == 0:
        return None
    author = text_selected(block, selectors.author) if selectors and selectors.author else None
    return RawPost(
        link=address or None,
        title=escaped(title),
        authors=(author,) if author else authors_of(block, {}),
        published=text_selected(block, selectors.date) if selectors and selectors.date else written_date(block),
        content=inner_html(content),
        base=address or url,
        tags=tuple(
            dict.fromkeys(
                " ".join(node.text_content().split())
                for node in block.iter("a")
                if "tag" in (node.get("rel") or "").split() or "/category/" in (node.get("href") or "")
            )
        ),
    )


def heading_link(block: HtmlElement, base: str, selectors: Selectors | None) -> tuple[HtmlElement | None, str]:
    """The heading of a block and the address it links to; '' when it links nowhere."""
    if selectors and selectors.title:
        heading = next(iter(selected(block, selectors.title)), None)
    else:
        heading = next((node for node in block.iter(*HEADINGS) if node.text_content().strip()), None)
    anchors = list(heading.iter("a")) if heading is not None else []
    if heading is not None and heading.getparent() is not None and heading.getparent().tag == "a":
        anchors.append(heading.getparent())
    if selectors and selectors.link:
        anchors = selected(block, selectors.link)
    address = next((joined(base, node.get("href") or "") for node in anchors if node.get("href")), "")
    return heading, address


def unique(posts: Iterable[RawPost]) -> Iterable[RawPost]:
    """Each post once: themes repeat them for phones."""
    seen = set()
    for post in posts:
        if (post.link, post.title) not in seen:
            seen.add((post.link, post.title))
            yield post


def whole(posts: list[RawPost]) -> bool:
    """Whether these are whole posts: long enough, and not ending in an invitation to read on."""
    texts = [" ".join(re.sub(r"<[^>]*>", " ", post.content or "").split()) for post in posts]
    invited = sum(1 for text in texts if ENDS_WITH_MORE.search(text) or text.endswith(("[…]", "[...]")))
    return median(len(text.split()) for text in texts) >= WHOLE and invited * 2 < len(texts)


def links_on_page(body: bytes, url: str, content_type: str = "", selectors: Selectors | None = None) -> RawFeed | None:
    """The links on the page that look like articles, likeliest group first; None when there are none. Never raises."""
    tree = html_tree(body, content_type)
    base = base_of(tree, url)
    scores: dict[str, float] = {}
    titles: dict[str, list[str]] = defaultdict(list)
    dates: dict[str, str] = {}
    if selectors and selectors.post:
        anchors = [
            link for node in selected(tree, selectors.post) for link in [node, *node.iter("a")] if link.get("href")
        ]
    else:
        anchors = list(tree.iter("a"))
    for anchor in anchors:
        address = joined(base, anchor.get("href") or "").split("#")[0]
        if not is_article_address(address, url):
            continue
        text = " ".join(anchor.text_content().split())
        if not MORE.match(text):
            titles[address].append(text)
            scores[address] = max(scores.get(address, -9.0), score(anchor, address, text))
        near = anchor.getparent()
        if address not in dates and near is not None and (date := written_date_beside(near)):
            dates[address] = date
    wanted = 1.0 if selectors is None or not selectors.post else -8.0
    chosen = [address for address in scores if scores[address] >= wanted][:MOST_LINKS]
    if not chosen:
        return None
    posts = tuple(
        RawPost(
            link=address,
            title=escaped(max(titles[address], key=len)) or None,
            published=dates.get(address),
            whole=False,
            base=address,
            position=position,
        )
        for position, address in enumerate(chosen)
    )
    return replace(site_of(tree, url), posts=posts, format="listing")


def is_article_address(address: str, url: str) -> bool:
    """A page of the same host that is not the page itself, a list, a file or a form."""
    parts, own = urlsplit(address), urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.hostname != own.hostname:
        return False
    path = parts.path.rstrip("/")
    return path not in ("", own.path.rstrip("/")) and not NO_PAGE.search(path) and not NO_ARTICLE.search(parts.path)


def score(anchor: HtmlElement, address: str, text: str) -> float:
    """How much a link looks like one to an article; 1 and more is likely enough to look."""
    path = urlsplit(address).path
    slug = re.sub(r"\.\w{2,5}$", "", path.rstrip("/").rsplit("/", 1)[-1])
    total = 1.0 if len(text.split()) >= 3 else -0.5 if len(text.split()) == 2 else -1.0
    total += 1.0 if slug.count("-") + slug.count("_") >= 2 else 0.0
    total += 1.5 if DATED.search(path) else 0.0
    for parent in anchor.iterancestors():
        if parent.tag in HEADINGS:
            total += 1.0
        if parent.tag in NAVIGATION or MENU.search(label_of(parent)):
            total -= 2.0
            break
        if CLUTTER.search(label_of(parent)):
            total -= 1.5
            break
    return total


def written_date_beside(node: HtmlElement) -> str | None:
    """A time element in the block around a link."""
    for element in node.iter("time"):
        if element.get("datetime"):
            return str(element.get("datetime"))
    return None


def site_of(tree: HtmlElement, url: str) -> RawFeed:
    """What the page says of the blog."""
    return RawFeed(
        title=site_name_of(tree, metas_of(tree)),
        link=url,
        language=tree.get("lang") or None,
        next_page=next_of_page(tree, base_of(tree, url), url),
    )


def read_sitemap(body: bytes, url: str) -> RawFeed | None:
    """The article-like addresses of a sitemap (https://www.sitemaps.org/protocol.html); None when it is none."""
    if b"<urlset" not in body[:4096]:
        return None
    found = re.findall(rb"<url>\s*<loc>\s*([^<\s]+)\s*</loc>(?:\s*<lastmod>\s*([^<\s]+)\s*</lastmod>)?", body)
    rows = [
        (loc.decode("utf-8", "replace").replace("&amp;", "&"), mod.decode("ascii", "replace")) for loc, mod in found
    ]
    rows = [row for row in rows if is_article_address(row[0], joined(url, "/")) and "-" in urlsplit(row[0]).path]
    rows.sort(key=lambda row: row[1], reverse=True)
    posts = tuple(
        RawPost(link=loc, whole=False, base=loc, position=place) for place, (loc, _) in enumerate(rows[:MOST_LINKS])
    )
    return RawFeed(posts=posts, link=joined(url, "/"), format="listing") if posts else None
