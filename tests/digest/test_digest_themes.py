"""Themes, words and pictures: what other people make, taken as far as it is sound, and named with its line where not."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from PIL import Image

from aggregator.config import ConfigurationError
from aggregator.digest.checking import faults_of
from aggregator.digest.markdown import as_html
from aggregator.digest.page import title_of
from aggregator.digest.pictures import LARGEST, remade
from aggregator.digest.render import SHIPPED, render
from aggregator.digest.theme import mistakes_in
from aggregator.digest.words import words_for
from aggregator.settings import Digest
from tests.digest.making import a_setting, an_issue, an_item

MJML = (SHIPPED / "digest.mjml.j2").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", [SHIPPED / "digest.mjml.j2", *SHIPPED.glob("themes/*/digest.mjml.j2")], ids=str)
def test_the_themes_that_ship_are_mjml_to_the_letter(file: Path) -> None:
    assert mistakes_in(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("theme", "place", "words", "hint"),
    [
        ("<mjml>\n<mj-body>\n <mj-sectoin></mj-sectoin>\n</mj-body></mjml>", (3, 2), "is no tag", "mj-section"),
        ("<mjml><mj-body>\n<mj-section paddding='0'></mj-section></mj-body></mjml>", (2, 13), "is no attribute", "padding"),
        ("<mjml><mj-body>\n<mj-text>x</mj-text></mj-body></mjml>", (2, 1), "may not stand in mj-body", "mj-column"),
        ("<mjml><mj-head>\n<mj-html-attributes /></mj-head></mjml>", (2, 1), "is no tag", "does not do this"),
    ],
)  # fmt: skip
def test_what_mjml_does_not_have_is_named_with_its_line(
    theme: str, place: tuple[int, int], words: str, hint: str
) -> None:
    (mistake,) = mistakes_in(theme)
    assert (mistake.line, mistake.column) == place
    assert words in mistake.message
    assert hint in mistake.hint


def test_a_theme_comes_first_and_its_mistakes_are_warnings_and_faults(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "themes" / "rustig"
    folder.mkdir(parents=True)
    (folder / "digest.mjml.j2").write_text(MJML.replace('width="600px"', 'widht="500px"'), encoding="utf-8")
    setting = a_setting(tmp_path, digest=Digest(theme="rustig"))
    made = render(an_issue(3), setting)
    assert "mj-body widht: is no attribute of it" in made.warnings[0]
    assert any("widht" in fault for fault in faults_of(an_issue(3, html=made.html, text=made.text), setting))


@pytest.mark.parametrize(
    "broken", ["{% for x in %}", "{{ nowhere }}", "<mjml><mj-body>3 < 4</mj-body></mjml>", "{{ 1 / 0 }}"]
)
def test_a_template_that_fails_costs_the_layout_only(broken: str, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "digest.mjml.j2").write_text(broken, encoding="utf-8")
    made = render(an_issue(24), a_setting(tmp_path))
    assert re.match(r"ATTENTION: (\S+/digest.mjml.j2:1|digest.mjml.j2) cannot", made.warnings[-1])
    assert all(item.link in made.html for item in an_issue(24).items)


def test_another_language_is_one_file_with_the_plurals_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "words"
    folder.mkdir(parents=True)
    polish = '[posts]\none = "1 wpis"\nfew = "{count} wpisy"\nmany = "{count} wpisów"\nother = "{count} wpisu"\n'
    (folder / "pl.toml").write_text(polish, encoding="utf-8")
    words = words_for("pl", tmp_path)
    assert [words("posts", count=count) for count in (1, 3, 5, 22)] == ["1 wpis", "3 wpisy", "5 wpisów", "22 wpisy"]
    assert words["online"] == "Read online"
    assert words.date(an_issue(0).start, "d MMMM y", "Europe/Warsaw") == "1 października 2026"
    (folder / "pl.toml").write_text('online = "Czytaj"\nnumber = "Numer {nummer}"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"pl.toml:2:17: number: holds \{nummer\}"):
        words_for("pl", tmp_path)


HOSTILE = {
    "a line end": "x\r\nBcc: kwaad@x.example",
    "a NUL": "x\x00y",
    "another direction": "x\u202egnip\u2066",
    "what takes no room": "x\u200b\u2060\ufeff\u00ad" * 50,
    "100 KB": "lang " * 20_000,
    "100 KB without a space": "x" * 100_000,
    "9,000 tags": "<div>" * 9_000,
    "a template": "{{ 7*7 }}{% for x in y %}{# x #}",
    "our own room": "{{unsubscribe}}",
    "an include": "<mj-include path='/etc/passwd' />",
    "a lone surrogate": "x\ud800y",
    "emoji": "👩‍👩‍👧 en می‌خواهم",
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_text_is_shown_and_does_nothing(name: str, tmp_path: Path) -> None:
    text = HOSTILE[name]
    items = [
        an_item(
            n, title=text, excerpt=text, source=text[:200], authors=(text,), copies=(f"{text}: https://c.example/",)
        )
        for n in range(9)
    ]
    issue = an_issue(0, items=tuple(items), preheader=text[:300])
    setting = a_setting(tmp_path)
    made = render(issue, setting)
    assert not [warning for warning in made.warnings if "ATTENTION" in warning]
    faults = faults_of(an_issue(0, items=tuple(items), html=made.html, text=made.text), setting)
    assert not [fault for fault in faults if "are all called" not in fault], faults  # nine posts of one title
    assert made.html.count("{{unsubscribe}}") == made.text.count("{{unsubscribe}}") == 1
    assert "49" not in title_of(items[0])
    if name == "emoji":
        assert text in made.html


@pytest.mark.parametrize("theme", [None, "brief"])
def test_a_newsletter_in_arabic_runs_from_right_to_left(theme: str | None, tmp_path: Path) -> None:
    settings = a_setting(tmp_path, digest=Digest(theme=theme))
    settings = replace(settings, publication=replace(settings.publication, language="ar"))
    html = render(an_issue(2), settings).html
    assert "direction:ltr" not in html
    assert "padding: 0 20px 0 0" in html


def test_a_list_stays_one_in_the_text_part(tmp_path: Path) -> None:
    intro = (
        "Beste *lezers*,\nhet is weer\nzover:\n\n1. Een\n   en een half\n2. Twee\n   - genest\n\nGroet,\\\nAnna  \nBart"
    )
    text = render(an_issue(2, intro=intro), a_setting(tmp_path)).text
    assert (
        "\n\nBeste lezers, het is weer zover:\n\n1. Een en een half\n2. Twee\n   - genest\n\nGroet,\nAnna\nBart\n\n"
        in text
    )


def test_the_editor_s_markdown_is_harmless_however_deep() -> None:
    for text in (
        "- " * 5_000 + "x",
        "*" * 9_000 + "x" + "*" * 9_000,
        "<script>x</script>",
        "[x](javascript:x)",
        "[" * 9_000,
    ):
        html = as_html(text)
        assert "<script" not in html
        assert 'javascript:x"' not in html
        assert html.count("<em") + html.count("<li") < 20


def image(kind: str, size: tuple[int, int], **more: object) -> bytes:
    out = BytesIO()
    made = Image.linear_gradient("L").resize(size).convert("RGBA" if kind == "PNG" else "RGB")
    made.save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_an_image_is_made_anew_within_its_measures(kind: str) -> None:
    made = remade(image(kind, (1600, 900)))
    assert made == remade(image(kind, (1600, 900)))
    assert (made.width, made.height) == (1104, 621)
    assert len(made.content) <= LARGEST
    with Image.open(BytesIO(made.content)) as found:
        assert (found.format, found.mode, found.getexif()) == ("JPEG", "RGB", Image.Exif())


def test_a_picture_that_is_all_detail_is_made_smaller_until_it_fits() -> None:
    out = BytesIO()
    Image.effect_noise((1600, 900), 90).save(out, "PNG")
    made = remade(out.getvalue())
    assert len(made.content) <= LARGEST
    assert made.width == 552


def test_what_is_no_picture_or_too_much_of_one_is_refused() -> None:
    small = image("PNG", (300, 300))
    for side, words in ((60_000, "cannot be decoded"), (8_000, "claims 8000 by 8000 pixels")):
        head = b"IHDR" + side.to_bytes(4, "big") * 2 + small[24:29]
        assert words in remade(small[:12] + head + crc32(head).to_bytes(4, "big") + small[33:]).refused
    assert "200 is the least" in remade(image("GIF", (1, 1))).refused
    assert "no JPEG" in remade(b"<svg xmlns='http://www.w3.org/2000/svg'/>").refused
    assert "cannot be decoded" in remade(image("JPEG", (900, 900))[:2_000]).refused
