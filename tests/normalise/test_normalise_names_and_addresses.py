"""Bylines, titles and addresses: what goes in as blogs write it, what comes out as a reader wants it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.normalise.credits import credits_of
from aggregator.normalise.people import people_of
from aggregator.normalise.text import excerpt_of, fold, reading_minutes
from aggregator.normalise.titles import made_title, title_of
from aggregator.normalise.urls import clean_url, compare_key

PEOPLE = {
    "Joep": ("Joep",),
    "@jopie Joep de Wit": ("Joep de Wit",),
    "/u/jopie": ("jopie",),
    "Bakker B.V.": ("Bakker B.V.",),
    "Joep de Wit.": ("Joep de Wit",),
    "Written by Jane Doe on July 3": ("Jane Doe",),
    "The Editors": (),
    "Gastauteur": (),
    "Door Joep": ("Joep",),
    "door Anneke van der Heijden": ("Anneke van der Heijden",),
    "Geschreven door Femke de Jonge": ("Femke de Jonge",),
    "Geplaatst door: Jan Smit": ("Jan Smit",),
    "By Jane Doe": ("Jane Doe",),
    "Written by Jane Doe": ("Jane Doe",),
    "Posted by Jane Doe on 3 July": ("Jane Doe",),
    "Auteur: Piet Hein": ("Piet Hein",),
    "l.voesten@ict.example (Leon Voesten)": ("Leon Voesten",),
    "Leon Voesten <l.voesten@ict.example>": ("Leon Voesten",),
    '"Leon Voesten" <l.voesten@ict.example>': ("Leon Voesten",),
    "Leon Voesten (l.voesten@ict.example)": ("Leon Voesten",),
    "l.voesten@ict.example": (),
    "mailto:l.voesten@ict.example": (),
    "Anna de Vries, Bart Jansen en Carla Smit": ("Anna de Vries", "Bart Jansen", "Carla Smit"),
    "Anna de Vries & Bart Jansen": ("Anna de Vries", "Bart Jansen"),
    "Anna de Vries and Bart Jansen": ("Anna de Vries", "Bart Jansen"),
    "Anna; Bart": ("Anna", "Bart"),
    "Jansen, Bart": ("Jansen, Bart",),
    "Jan &amp; Piet": ("Jan", "Piet"),
    "<b>Jan Smit</b>": ("Jan Smit",),
    "Jan\u200b Smit": ("Jan Smit",),
    "Jan\xa0Smit": ("Jan Smit",),
    "Jan Smit | 3 juli 2015": ("Jan Smit",),
    "Jan Smit op 3 juli": ("Jan Smit",),
    "@jansmit": ("jansmit",),
    "admin": (),
    "Admin": (),
    "administrator": (),
    "redactie": (),
    "Redactie": (),
    "webmaster": (),
    "editor2": (),
    "Unknown": (),
    "": (),
    "   ": (),
    "1234": (),
    "Het Blog": (),
    "Jean-Pierre O'Neill": ("Jean-Pierre O'Neill",),
    "Ἀριστοτέλης": ("Ἀριστοτέλης",),
    "Tekst: Femke Halsema": ("Femke Halsema",),
    "Tekst door Femke Halsema": ("Femke Halsema",),
    "Van onze redactie": (),
    "De redactie": (),
    "Redactie Het Blog": (),
    "door: redactie": (),
    "Gastblogger Jan Smit": ("Jan Smit",),
    "Gastblog door Jan Smit": ("Jan Smit",),
    "Jan van der Berg, Piet de Vries": ("Jan van der Berg", "Piet de Vries"),
    "Jan van der Berg / Piet de Vries": ("Jan van der Berg", "Piet de Vries"),
    "Jan | Piet": ("Jan", "Piet"),
    "Jan, Piet en Klaas": ("Jan", "Piet", "Klaas"),
    "prof. dr. Jan Smit": ("prof. dr. Jan Smit",),
    "Jan Smit (Het Blog)": ("Jan Smit",),
    "Jan Smit, redacteur": ("Jan Smit",),
    "JAN SMIT": ("Jan Smit",),
    "JAN VAN DER BERG": ("Jan van der Berg",),
    "jan smit": ("jan smit",),
    "IBM": ("IBM",),
    "https://x.example/jan": (),
    "Jan Smit https://x.example/jan": ("Jan Smit",),
    "Jan Smit @jansmit": ("Jan Smit",),
    "noreply@blogger.com (Jan Smit)": ("Jan Smit",),
    "noreply@blogger.com (Unknown)": (),
    "(Jan Smit)": ("Jan Smit",),
    "Jan Smit ()": ("Jan Smit",),
    "Jan Smit, Jan Smit": ("Jan Smit",),
    "Anonymous": (),
    "gebruiker12": (),
    "Geschreven door Jan Smit op 3 juli 2015": ("Jan Smit",),
    "Door Jan Smit - 3 juli 2015": ("Jan Smit",),
    "Von Hans Müller": ("Hans Müller",),
    "Par Marie Curie": ("Marie Curie",),
    "Müller, Hans; Curie, Marie": ("Müller, Hans", "Curie, Marie"),
    "\u202eJan Smit": ("Jan Smit",),
    "Jan\r\nBcc: a@x.example": ("Jan Bcc",),
    "<script>alert(1)</script>Jan Smit": ("Jan Smit",),
}
TITLES = {
    "H<sub>2</sub>O": "H2O",
    "sa<!-- x -- >fe": "safe",
    "safe<!--": "safe",
    'Kat <img src="a.jpg" alt="kat<br>hond"> en': "Kat en",
    "Regel<br>twee": "Regel twee",
    "De R van relatie": "De R van relatie",
    "bron:&nbsp;Ernst&amp;Young": "bron: Ernst&Young",
    "bron:\xa0Ernst&amp;amp;Young": "bron: Ernst&Young",
    "R&amp;amp;D": "R&D",
    "Q &amp; A": "Q & A",
    "a &lt; b": "a < b",
    "List&lt;T&gt; in C#": "List<T> in C#",
    "3 < 4 en 5 > 4": "3 < 4 en 5 > 4",
    "Een <b>vette</b> kop": "Een vette kop",
    "Een <em class='x'>schuine</em> kop": "Een schuine kop",
    "  veel \n\t wit  ": "veel wit",
    "zacht\u00adafbreken": "zachtafbreken",
    "rechts\u202enaar": "rechtsnaar",
    "null\x00teken": "null teken",
    "Een kop - Het Blog": "Een kop",
    "Een kop | Het Blog": "Een kop",
    "Een kop – Het Blog": "Een kop",
    "Een kop - Een ander": "Een kop - Een ander",
    "Het Blog": "Het Blog",
    "KLANT IS KONING": "KLANT IS KONING",
    "": "",
}
URLS = {
    "https://x.example/a": "https://x.example/a",
    "https://x.example/a?utm_source=rss&utm_medium=feed": "https://x.example/a",
    "https://x.example/a?b=1&utm_source=rss&c=2": "https://x.example/a?b=1&c=2",
    "https://x.example/a?UTM_Source=rss": "https://x.example/a",
    "https://x.example/a?fbclid=x&id=3": "https://x.example/a?id=3",
    "https://x.example/a?gclid=x#deel": "https://x.example/a#deel",
    "https://x.example/a?b=%20x+y&c=ä": "https://x.example/a?b=%20x+y&c=%C3%A4",
    "https://x.example/a?z=1&a=2": "https://x.example/a?z=1&a=2",
    "https://x.example/a?ref=x.example": "https://x.example/a",
    "https://x.example/a?ref=boek12": "https://x.example/a?ref=boek12",
    "https://medium.example/a?source=rss----abc": "https://medium.example/a",
    "HTTPS://X.Example:443/A": "https://x.example/A",
    "http://x.example:80/": "http://x.example/",
    "http://x.example:8080/": "http://x.example:8080/",
    "http://x.example": "http://x.example/",
    "https://x.example/a b": "https://x.example/a%20b",
    "https://x.example/café": "https://x.example/caf%C3%A9",
    "https://x.example/100%": "https://x.example/100%25",
    "https://münchen.example/": "https://xn--mnchen-3ya.example/",
    "https://user:secret@x.example/": "https://x.example/",
    "https://x.example/a#respond": "https://x.example/a",
    "https://x.example/a#comments": "https://x.example/a",
    "https://x.example/a#more-12": "https://x.example/a",
    "https://x.example/a#:~:text=x": "https://x.example/a",
    "https://x.example/#a080605": "https://x.example/#a080605",
    "//x.example/a": "https://x.example/a",
    "/b": "https://base.example/b",
    "b.html": "https://base.example/map/b.html",
    "?x=1": "https://base.example/map/?x=1",
    "#noot": "https://base.example/map/#noot",
    "\n https://x.example/\ta ": "https://x.example/a",
    "https://www.google.nl/url?q=https%3A%2F%2Fx.example%2Fa&sa=U": "https://x.example/a",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fx.example%2Fa&h=1": "https://x.example/a",
    "https://x.example/a?utm_campaign=a&amp;utm_source=b": "https://x.example/a",
    "https://x.example/a?mtm_campaign=x&id=1": "https://x.example/a?id=1",
    "https://x.example/a?pk_source=x": "https://x.example/a",
    "https://x.example/a?mc_cid=1&mc_eid=2": "https://x.example/a",
    "https://x.example/a?_hsenc=x&_hsmi=2": "https://x.example/a",
    "https://x.example/a?hsa_acc=1&hsa_cam=2": "https://x.example/a",
    "https://x.example/a?msclkid=1": "https://x.example/a",
    "https://x.example/a?yclid=1": "https://x.example/a",
    "https://x.example/a?igshid=1": "https://x.example/a",
    "https://x.example/a?oly_enc_id=1": "https://x.example/a",
    "https://x.example/a?vero_id=1": "https://x.example/a",
    "https://x.example/a?mkt_tok=1": "https://x.example/a",
    "https://x.example/a?ncid=1": "https://x.example/a",
    "https://x.example/a?srsltid=1": "https://x.example/a",
    "https://x.example/a?xtor=RSS-1": "https://x.example/a",
    "https://x.example/a?fb_action_ids=1&fb_source=2": "https://x.example/a",
    "https://x.example/a?utmost=1": "https://x.example/a?utmost=1",
    "https://x.example/a?gaia=1": "https://x.example/a?gaia=1",
    "https://x.example/a?b": "https://x.example/a?b",
    "https://x.example/a?b=": "https://x.example/a?b=",
    "https://x.example/a?b&utm_source=x&c": "https://x.example/a?b&c",
    "https://x.example/a?b=1;c=2": "https://x.example/a?b=1;c=2",
    "https://x.example/a?": "https://x.example/a",
    "https://x.example/a?b=1&&c=2": "https://x.example/a?b=1&&c=2",
    "https://x.example/a?u=https://y.example/?utm_source=x": "https://x.example/a?u=https://y.example/?utm_source=x",
    "https://x.example/a?b=%C3%A4%20+": "https://x.example/a?b=%C3%A4%20+",
    "https://x.example/a%2Fb": "https://x.example/a%2Fb",
    "https://x.example/%7Ejan": "https://x.example/%7Ejan",
    "https://x.example/~jan": "https://x.example/~jan",
    "https://x.example/a;v=1": "https://x.example/a;v=1",
    "https://x.example/a,b": "https://x.example/a,b",
    "https://x.example/a(b)": "https://x.example/a(b)",
    "https://x.example/a'b": "https://x.example/a'b",
    'https://x.example/a"b': "https://x.example/a%22b",
    "https://x.example/a<b>": "https://x.example/a%3Cb%3E",
    "https://x.example/a|b": "https://x.example/a%7Cb",
    "https://x.example/a\\b": "https://x.example/a%5Cb",
    "https://x.example/日本": "https://x.example/%E6%97%A5%E6%9C%AC",
    "https://x.example/😀": "https://x.example/%F0%9F%98%80",
    "https://x.example/a#Kop één": "https://x.example/a#Kop%20%C3%A9%C3%A9n",
    "https://x.example/a#comment-12": "https://x.example/a#comment-12",
    "https://x.example/a#utm_source=rss": "https://x.example/a",
    "https://x.example/a#": "https://x.example/a",
    "https://x.example/a/../b": "https://x.example/b",
    "https://x.example/a/./b": "https://x.example/a/b",
    "https://x.example//a": "https://x.example//a",
    "../c": "https://base.example/c",
    "../../../c": "https://base.example/c",
    "./": "https://base.example/map/",
    "http://x.example:443/": "http://x.example:443/",
    "https://x.example:80/": "https://x.example:80/",
    "https://x.example.:443/": "https://x.example/",
    "https://X.EXAMPLE/Path": "https://x.example/Path",
    "https://xn--mnchen-3ya.example/": "https://xn--mnchen-3ya.example/",
    "https://faß.example/": "https://xn--fa-hia.example/",
    "https://例え.example/": "https://xn--r8jz45g.example/",
    "https://[2001:DB8::1]/a": "https://[2001:db8::1]/a",
    "https://[2001:db8::1]:8443/a": "https://[2001:db8::1]:8443/a",
    "https://192.0.2.1/a": "https://192.0.2.1/a",
    "https://www.google.com/url?url=https%3A%2F%2Fx.example%2Fa%3Futm_source%3Dx": "https://x.example/a",
    "https://www.google.com/amp/s/x.example/a": "https://x.example/a",
    "https://x-example.cdn.ampproject.org/c/s/x.example/a": "https://x.example/a",
    "https://lm.facebook.com/l.php?u=https%3A%2F%2Fx.example%2F": "https://x.example/",
    "https://www.youtube.com/redirect?q=https%3A%2F%2Fx.example%2F&v=1": "https://x.example/",
    "https://out.reddit.com/t3?url=https%3A%2F%2Fx.example%2F&token=1": "https://x.example/",
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.example%2Fa&data=1": "https://x.example/a",
    "https://www.google.nl/url?q=javascript%3Aalert(1)": "https://www.google.nl/url?q=javascript%3Aalert(1)",
    "http://feeds.feedburner.com/~r/blog/~3/abc/": "http://feeds.feedburner.com/~r/blog/~3/abc/",
    "HTTP://x.example/": "http://x.example/",
    "https:/x.example/a": "https://x.example/a",
    "https:x.html": "https://base.example/map/x.html",
    "http:///a": None,
    "tag:x.example,2015:1": None,
    "urn:uuid:1": None,
    "about:blank": None,
    "blob:https://x.example/1": None,
    "feed:https://x.example/rss": None,
    "tel:+31612345678": None,
    " ": "https://base.example/map/",
    "https://.example/": None,
    "https://x..example/": None,
    "https://*/": None,
    "https://x.example:port/": None,
    "java\nscript:alert(1)": None,
    "&#106;avascript:alert(1)": "https://base.example/map/&#106;avascript:alert(1)",
    "javascript:alert(1)": None,
    "JaVaScRiPt:alert(1)": None,
    "data:text/html,x": None,
    "vbscript:x": None,
    "file:///etc/passwd": None,
    "ftp://x.example/": None,
    "mailto:a@x.example": None,
    "https://": None,
    "https://[::1": None,
    "https://x.example:99999/": None,
    "https://x example/": None,
    "": None,
}
SAME_PAGE = [
    ("http://x.example/a", "https://x.example/a/"),
    ("https://www.x.example/a", "https://x.example/a"),
    ("https://m.x.example/a", "https://x.example/a"),
    ("https://x.example/a/index.html", "https://x.example/a/"),
    ("https://x.example/a/amp/", "https://x.example/a"),
    ("https://x.example/a?amp=1", "https://x.example/a"),
    ("https://x.example/a?utm_source=x", "https://x.example/a"),
    ("https://X.example/a#respond", "https://x.example/a"),
]
SAME_PAGE += [
    ("https://x.example/a?outputType=amp", "https://x.example/a"),
    ("https://amp.x.example/a", "https://x.example/a"),
    ("https://mobile.x.example/a", "https://x.example/a"),
    ("https://x.example/a/amp", "https://x.example/a"),
    ("https://x.example/a.amp.html", "https://x.example/a.html"),
    ("https://x.example/", "https://x.example"),
    ("https://x.example/%7Ejan", "https://x.example/~jan"),
    ("https://x.example/a%c3%a9", "https://x.example/a%C3%A9"),
    ("https://x.example/a?b=1&c=2", "https://x.example/a?c=2&b=1"),
    ("https://x.example:443/a", "http://x.example/a"),
    ("https://x.example/default.aspx", "https://x.example/"),
]
OTHER_PAGE = [
    ("https://x.example/a/b", "https://x.example/a%2Fb"),
    ("https://x.example/amp-stekkers", "https://x.example/stekkers"),
    ("https://x.example:8080/a", "https://x.example/a"),
    ("https://mx.example/a", "https://x.example/a"),
    ("https://m1.example/a", "https://m2.example/a"),
    ("https://x.example/a?page=1", "https://x.example/a?page=2"),
    ("https://x.example/a", "https://x.example/b"),
    ("https://x.example/?p=1", "https://x.example/?p=2"),
    ("https://x.example/#a1", "https://x.example/#a2"),
    ("https://x.example/A", "https://x.example/a"),
]


@pytest.mark.parametrize("raw", PEOPLE)
def test_a_byline_names_people(raw: str) -> None:
    assert people_of((raw,), ("Het Blog",)) == PEOPLE[raw]


@pytest.mark.parametrize("raw", TITLES)
def test_a_title_is_one_plain_line(raw: str) -> None:
    assert title_of(raw, ["Het Blog"]) == TITLES[raw]


@pytest.mark.parametrize("raw", URLS)
def test_an_address_is_absolute_and_without_trackers(raw: str) -> None:
    assert clean_url(raw, "https://base.example/map/") == URLS[raw]


@pytest.mark.parametrize("raw", [raw for raw, clean in URLS.items() if clean])
def test_cleaning_an_address_twice_changes_nothing(raw: str) -> None:
    once = clean_url(raw, "https://base.example/map/")
    assert clean_url(once) == once


@pytest.mark.parametrize(("one", "other"), SAME_PAGE)
def test_two_spellings_of_one_page_compare_equal(one: str, other: str) -> None:
    assert compare_key(one) == compare_key(other)


@pytest.mark.parametrize(("one", "other"), OTHER_PAGE)
def test_two_pages_compare_different(one: str, other: str) -> None:
    assert compare_key(one) != compare_key(other)


@given(st.text(max_size=200))
def test_any_text_as_an_address_gives_a_web_address_of_ascii_or_none(text: str) -> None:
    clean = clean_url(text, "https://base.example/")
    assert clean is None or (clean.startswith(("http://", "https://")) and clean.isascii() and " " not in clean)


def test_an_excerpt_ends_at_a_sentence_and_not_after_an_abbreviation() -> None:
    text = "Dit is bijv. een zin van dhr. Smit over klanten. " * 10
    excerpt = excerpt_of(text.strip())
    assert excerpt.endswith("klanten.")
    assert len(excerpt) <= 280
    assert excerpt_of("Kort.") == "Kort."
    endless = "woord " * 200
    assert excerpt_of(endless.strip()).endswith("woord…")


def test_a_post_without_a_title_gets_its_first_words() -> None:
    assert made_title("Kort stuk", "https://x.example/") == "Kort stuk"
    assert made_title("", "https://x.example/") == "https://x.example/"
    assert len(made_title("woord " * 50, "")) <= 81


def test_reading_time_is_in_whole_minutes() -> None:
    assert [reading_minutes(" ".join(["woord"] * count)) for count in (0, 1, 265, 266)] == [0, 1, 1, 2]


def test_credit_lines_name_where_a_post_came_from() -> None:
    assert credits_of("Tekst. met dank aan: http://www.bron.example") == ("www.bron.example",)
    assert credits_of("Tekst. Bron: www.bron.example") == ("www.bron.example",)
    assert credits_of("Tekst. Met dank aan FMN magazine") == ("FMN",)
    assert credits_of("Ik kwam er via de trein, een bron van ergernis.") == ()


@given(st.text())
def test_folded_text_is_one_line_that_xml_may_hold(text: str) -> None:
    from lxml import etree

    folded = fold(text)
    element = etree.Element("a")
    element.text = folded
    assert etree.fromstring(etree.tostring(element)).text in (folded, None)
    assert "\n" not in folded


@pytest.mark.parametrize("text", ["👩\u200d💻 en 👨\u200d👩\u200d👧", "می\u200cخواهم", "❤\ufe0f\u200d🔥"])
def test_what_joins_emoji_and_letters_stays(text: str) -> None:
    assert fold(text) == title_of(text, ()) == text
    assert fold(f"a\u200db \u200c{text}\u200d \u200b{text}\u200e") == f"ab {text} {text}"
