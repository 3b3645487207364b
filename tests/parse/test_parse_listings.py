"""Pages without a feed, as platforms and themes make them: their posts come out without selectors."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from aggregator.parse.listing import links_on_page
from aggregator.parse.page import posts_on_page

BLOG = "https://blog.example/blog/"
WORDS = "Een paar woorden over wat er in het stuk staat, zodat de lezer weet waar het heen gaat."
NAV = """<header class="site-header"><nav class="menu"><a href="/onze-mooie-diensten-voor-u">Onze mooie diensten voor u</a>
<a href="/wie-wij-zijn-en-waarom">Wie wij zijn en waarom</a></nav></header>"""
FOOT = """<footer class="footer"><h3><a href="/alles-over-onze-voorwaarden">Alles over onze voorwaarden</a></h3>
<h3><a href="/hoe-u-ons-kunt-vinden">Hoe u ons kunt vinden</a></h3></footer>"""


@dataclass(frozen=True)
class Case:
    """A page and what it gives: titles, paths, days and authors, each in the order of the page."""

    page: str
    titles: tuple[str, ...]
    paths: tuple[str, ...]
    dates: tuple[str | None, ...] = (None, None)
    authors: tuple[tuple[str, ...], ...] = field(default=((), ()))


TITLES = ("Bellen", "Waarom klanten niet terugbellen")
PATHS = ("/blog/bellen", "/blog/waarom-klanten-niet-terugbellen")
DATES = ("2024-03-04", "2024-02-01")
AUTHORS = (("Anna de Vries",), ("Piet Jansen",))


def cards(template: str, dates: tuple[str, ...] = DATES, around: str = "<main>{}</main>") -> str:
    """The two posts in a theme's own markup: {title}, {path}, {date}, {author}, {words}."""
    shown = [
        template.format(title=title, path=path, date=date, author=author[0], words=WORDS)
        for title, path, date, author in zip(TITLES, PATHS, dates, AUTHORS, strict=True)
    ]
    return f"<body>{NAV}{around.format(''.join(shown))}{FOOT}</body>"


def case(page: str, *, dates: tuple[str | None, ...] = DATES, authors: tuple[tuple[str, ...], ...] = AUTHORS) -> Case:
    return Case(page, TITLES, PATHS, dates, authors)


def ld(text: str) -> str:
    return f'<body><script type="application/ld+json">{text}</script>{NAV}<h1>Blog</h1>{FOOT}</body>'


def posting(place: int, **more: str) -> str:
    extra = "".join(f', "{key}": "{value}"' for key, value in more.items())
    return f"""{{"@type": "BlogPosting", "headline": "{TITLES[place]}", "url": "https://blog.example{PATHS[place]}",
    "datePublished": "{DATES[place]}", "author": {{"@type": "Person", "name": "{AUTHORS[place][0]}"}}{extra}}}"""


STATED = {
    "h-feed": case(
        cards(
            """<article class="h-entry"><h2><a class="u-url p-name" href="{path}">{title}</a></h2>
        <a class="p-author h-card" href="/people/x"><img class="u-photo" src="/x.jpg" alt=""><span class="p-name">{author}</span></a>
        <time class="dt-updated" datetime="2025-01-01">later</time><time class="dt-published" datetime="{date}">toen</time>
        <p class="p-summary">{words}</p></article>""",
            around='<main class="h-feed"><h1 class="p-name">Blog</h1>{}</main>',
        )
    ),
    "h-entry without headings, with a reply inside": case(
        cards(
            """<li class="h-entry"><a class="u-url p-name" href="{path}">{title}</a> door <span class="p-author">{author}</span>
        <time class="dt-published">{date}</time><div class="h-cite u-comment"><a class="u-url" href="/reactie/9">Een reactie</a>
        <span class="p-author h-card">Lezer</span></div></li>""",
            around='<ul class="h-feed">{}</ul>',
        )
    ),
    "h-entry with a permalink around its date": case(
        cards(
            """<div class="h-entry"><h3 class="p-name">{title}</h3><p class="p-author h-card">{author}</p>
        <a class="u-url" href="{path}"><time class="dt-published" datetime="{date}">toen</time></a><p class="p-summary">{words}</p></div>"""
        )
    ),
    "Blog with blogPost": case(
        ld(f'{{"@context": "https://schema.org", "@type": "Blog", "blogPost": [{posting(0)}, {posting(1)}]}}')
    ),
    "a list of BlogPostings": case(ld(f"[{posting(0)}, {posting(1)}]")),
    "@graph beside a menu and crumbs": case(
        ld(
            f"""{{"@context": "https://schema.org", "@graph": [{{"@type": "WebSite", "url": "https://blog.example/"}},
        {{"@type": "SiteNavigationElement", "name": "Over ons", "url": "https://blog.example/wie-wij-zijn-en-waarom"}},
        {{"@type": "BreadcrumbList", "itemListElement": [{{"@type": "ListItem", "name": "Blog van ons huis",
        "item": "https://blog.example/blog/van-ons-huis"}}]}}, {posting(0)}, {posting(1)}]}}"""
        )
    ),
    "ItemList of articles": case(
        ld(
            f"""{{"@type": "CollectionPage", "mainEntity": {{"@type": "ItemList", "itemListElement": [
        {{"@type": "ListItem", "position": 1, "item": {posting(0)}}}, {{"@type": "ListItem", "position": 2, "item": {posting(1)}}}]}}}}"""
        )
    ),
    "ItemList of addresses": case(
        ld(
            f"""{{"@type": "ItemList", "itemListElement": [{{"@type": "ListItem", "url": "{PATHS[0]}", "name": "{TITLES[0]}"}},
        {{"@type": "ListItem", "url": "{PATHS[1]}", "name": "{TITLES[1]}"}}]}}"""
        ),
        dates=(None, None),
        authors=((), ()),
    ),
    "microdata": case(
        cards(
            """<div itemprop="blogPost" itemscope itemtype="https://schema.org/BlogPosting"><h2 itemprop="headline">{title}</h2>
        <link itemprop="url" href="{path}"><meta itemprop="datePublished" content="{date}">
        <span itemprop="author" itemscope itemtype="https://schema.org/Person"><a itemprop="url" href="/team/x"><span itemprop="name">{author}</span></a></span>
        <p itemprop="description">{words}</p></div>""",
            around='<div itemscope itemtype="https://schema.org/Blog">{}</div>',
        )
    ),
}

THEMES = {
    "Squarespace": case(
        cards(
            """<article class="blog-basic-grid--container entry blog-item is-loaded"><a href="{path}" class="image-wrapper"><img src="x.jpg" alt=""></a>
        <div class="blog-basic-grid--text"><div class="blog-meta-section"><span class="blog-categories-list"><a href="/blog/category/klanten">Klanten</a></span>
        <span class="blog-meta-primary"><span class="blog-author">{author}</span><time class="blog-date" datetime="{date}">4/3/24</time></span></div>
        <h1 class="blog-title"><a href="{path}">{title}</a></h1><div class="blog-excerpt"><p>{words}</p></div>
        <a class="blog-more-link" href="{path}">Read More</a></div></article>"""
        )
    ),
    "Wix": case(
        cards(
            """<div data-hook="post-list-item"><article class="blog-post-homepage-description-font"><a class="link-hashtag-hover-color" href="https://blog.example{path}"><div class="media"></div></a>
        <div><ul><li><span data-hook="user-name" class="user-name">{author}</span></li><li><span data-hook="time-ago" title="{date}">{date}</span></li><li>2 min. om te lezen</li></ul>
        <a href="https://blog.example{path}"><h2 class="bD0vt9" data-hook="post-title">{title}</h2><div class="excerpt">{words}</div></a></div></article></div>"""
        ),
        authors=AUTHORS,
    ),
    "Medium": case(
        cards(
            """<div><article><div><a rel="author noopener" href="/@x">{author}</a><span>{date}</span><span>3 min read</span>
        <a href="{path}"><div><h2>{title}</h2></div><div><h3>{words}</h3></div></a></div></article></div>"""
        )
    ),
    "Drupal nodes": case(
        cards(
            """<div class="views-row"><article class="node node--type-blog node--promoted node--view-mode-teaser"><header>
        <h2 class="node__title"><a href="{path}" rel="bookmark"><span class="field field--name-title">{title}</span></a></h2>
        <div class="node__meta"><span>Submitted by <span class="field--name-uid"><a href="/user/7" class="username">{author}</a></span> on {date}</span></div></header>
        <div class="node__content"><p>{words}</p><ul class="links inline"><li class="node-readmore"><a href="{path}">Read more</a></li></ul></div></article></div>""",
            around='<main><div class="view view-blog">{}</div></main>',
        )
    ),
    "Drupal fields": case(
        cards(
            """<div class="views-row"><div class="views-field views-field-title"><span class="field-content"><a href="{path}">{title}</a></span></div>
        <div class="views-field views-field-created"><span class="field-content"><time datetime="{date}">toen</time></span></div>
        <div class="views-field views-field-body"><div class="field-content"><p>{words}</p></div></div></div>"""
        ),
        authors=((), ()),
    ),
    "Joomla": case(
        cards(
            """<div class="com-content-category-blog__item blog-item" itemprop="blogPost" itemscope itemtype="https://schema.org/BlogPosting"><div class="item-content">
        <div class="page-header"><h2 itemprop="headline"><a href="{path}" itemprop="url">{title}</a></h2></div><dl class="article-info text-muted">
        <dd class="createdby" itemprop="author" itemscope itemtype="https://schema.org/Person">Geschreven door: <span itemprop="name">{author}</span></dd>
        <dd class="published"><time datetime="{date}" itemprop="datePublished">toen</time></dd></dl><p>{words}</p></div></div>""",
            around='<div class="com-content-category-blog blog"><div class="com-content-category-blog__items blog-items items-leading">{}</div></div>',
        )
    ),
    "Ghost": case(
        cards(
            """<article class="post-card post"><a class="post-card-image-link" href="{path}"><img src="x.jpg" alt=""></a><div class="post-card-content">
        <a class="post-card-content-link" href="{path}"><header class="post-card-header"><h2 class="post-card-title">{title}</h2></header><div class="post-card-excerpt">{words}</div></a>
        <footer class="post-card-meta"><a class="post-card-author" href="/author/x/">{author}</a><time class="post-card-meta-date" datetime="{date}">toen</time></footer></div></article>""",
            around='<div class="post-feed">{}</div>',
        )
    ),
    "Hugo": case(
        cards(
            """<article class="post-entry"><header class="entry-header"><h2>{title}</h2></header><div class="entry-content"><p>{words}</p></div>
        <footer class="entry-footer"><span title="{date} 00:00:00 +0000 UTC">{date}</span>&nbsp;·&nbsp;2 min</footer>
        <a class="entry-link" aria-label="post link to {title}" href="{path}"></a></article>"""
        ),
        authors=((), ()),
    ),
    "Webflow": case(
        cards(
            """<div role="listitem" class="collection-item w-dyn-item"><a href="{path}" class="blog-card w-inline-block"><div class="image"></div>
        <div class="meta"><div>{date}</div></div><h3 class="heading-4">{title}</h3><p class="paragraph">{words}</p></a></div>""",
            around='<div class="w-dyn-list"><div role="list" class="w-dyn-items">{}</div></div>',
        ),
        authors=((), ()),
    ),
    "headings and times in one flat column": case(
        cards('<h2><a href="{path}">{title}</a></h2><time datetime="{date}">toen</time><p>{words}</p>'),
        authors=((), ()),
    ),
    "a bare list with dates": case(
        cards(
            '<li><time datetime="{date}">toen</time> <a href="{path}">{title}</a></li>',
            around="<main><ul>{}</ul></main>",
        ),
        authors=((), ()),
    ),
    "a column beside a side column of headings": case(
        cards(
            '<article><h2><a href="{path}">{title}</a></h2><p class="meta">{date}</p><p>{words}</p></article>',
            around="""<div class="has-sidebar"><main>{}</main><div class="sidebar"><h3><a href="/drie-tips-voor-uw-bedrijf">Drie tips voor uw bedrijf</a></h3>
            <h3><a href="/plan-nu-een-gesprek">Plan nu een gesprek</a></h3></div></div>""",
        ),
        authors=((), ()),
    ),
    "tiles of services above the posts": case(
        cards(
            '<article><h2><a href="{path}">{title}</a></h2><p class="meta">{date}</p><p>{words}</p></article>',
            around="""<section><div class="tile"><h3><a href="/advies-voor-elke-organisatie">Advies voor elke organisatie</a></h3></div>
            <div class="tile"><h3><a href="/training-voor-uw-team">Training voor uw team</a></h3></div></section><section>{}</section>""",
        ),
        authors=((), ()),
    ),
}


@pytest.mark.parametrize("name", [*STATED, *THEMES])
def test_a_list_gives_its_posts_with_what_it_says_of_them(name: str) -> None:
    expected = (STATED | THEMES)[name]
    assert posts_on_page(expected.page.encode(), BLOG) is None, "beginnings are no whole posts"
    feed = links_on_page(expected.page.encode(), BLOG)
    assert feed is not None
    assert feed.format == "listing"
    assert tuple((post.link or "").removeprefix("https://blog.example") for post in feed.posts) == expected.paths
    assert tuple(post.title for post in feed.posts) == expected.titles
    assert tuple(post.published and post.published[:10] for post in feed.posts) == expected.dates
    assert tuple(post.authors for post in feed.posts) == expected.authors
    assert not any(post.whole for post in feed.posts)


def test_an_h_feed_with_whole_notes_is_read_itself_whether_they_have_titles_or_not() -> None:
    note = """<div class="h-entry"><div class="e-content"><p>{0} regels van niets.</p></div><a class="p-author h-card" href="/">Anna de Vries</a>
    <a class="u-url" href="/n/{0}"><time class="dt-published" datetime="2024-03-0{0}">toen</time></a></div>"""
    feed = posts_on_page(f"<main class='h-feed'>{note.format(1)}{note.format(2)}</main>".encode(), BLOG)
    assert feed is not None
    assert [(post.link, post.title, post.published, post.authors) for post in feed.posts] == [
        (f"https://blog.example/n/{day}", None, f"2024-03-0{day}", ("Anna de Vries",)) for day in (1, 2)
    ]
    assert all("regels van niets" in (post.content or "") for post in feed.posts)


NO_LISTS = {
    "a menu": f"<body>{NAV}<p>Welkom</p>{FOOT}</body>",
    "a menu in divs": """<div class="navbar"><h4><a href="/onze-mooie-diensten-voor-u">Onze mooie diensten voor u</a></h4>
        <h4><a href="/wie-wij-zijn-en-waarom">Wie wij zijn en waarom</a></h4></div>""",
    "a side column": '<aside><ul><li><a href="/drie-tips-voor-uw-bedrijf">Drie tips voor uw bedrijf</a></li></ul></aside>',
    "crumbs and wares in JSON-LD": ld(
        """{"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": {"@type": "Product",
        "name": "Een stoel", "url": "https://blog.example/een-mooie-houten-stoel"}}]}"""
    ),
    "broken JSON-LD": ld('{"@type": "Blog", "blogPost": ['),
}


@pytest.mark.parametrize("name", NO_LISTS)
def test_menus_side_columns_and_wares_are_no_posts(name: str) -> None:
    assert links_on_page(NO_LISTS[name].encode(), BLOG) is None
