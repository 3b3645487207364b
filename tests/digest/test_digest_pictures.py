"""Pictures of an issue: fetched once from a real server, served from out/, and never the cause that an issue is not made."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image as Pillow

from aggregator import issuing
from aggregator.dedupe.corrections import WITHHELD
from aggregator.digest.building import Built
from aggregator.model import Image
from aggregator.settings import Digest, Network
from aggregator.store.holding import hold
from tests.digest.making import a_setting
from tests.fetch.faults import answer, serving
from tests.store.build import a_post, keep, opened

NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)


def a_jpeg() -> bytes:
    out = BytesIO()
    Pillow.linear_gradient("L").resize((1600, 900)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def builder(folder: Path, images: list[Image], *, private: bool) -> Callable[[], Built]:
    """What builds the issue of a month whose posts have these images."""
    settings = replace(a_setting(folder, digest=Digest(images=True)), network=Network(allow_private=private))
    with opened(folder) as store:
        for number, image in enumerate(images):
            date = datetime(2026, 10, 20, tzinfo=UTC) - timedelta(days=number)
            keep(store, a_post(f"p{number}", date=date, first_seen=date, excerpt="Een zin.", image=image))

    def build() -> Built:
        with opened(folder) as store:
            return issuing.build(settings, store, "2026-10", NOW)

    return build


def test_a_picture_is_fetched_once_and_served_with_the_issue(tmp_path: Path) -> None:
    with serving(answer(body=a_jpeg())) as server:
        build = builder(tmp_path, [Image(f"{server.url}a.jpg"), Image(f"{server.url}b.jpg", "Een loket")], private=True)
        first = build()
    (name,) = {path.name for path in (tmp_path / "out" / "digest" / "2026-10").glob("*.jpg")}
    served = f"https://example.org/digest/2026-10/{name}"
    assert set(re.findall(r'<img src="([^"]+)"', first.issue.html)) == {served}
    assert 'alt="Illustratie bij Titel p0"' in first.issue.html
    assert 'alt="Een loket"' in first.issue.html
    assert "127.0.0.1" not in first.issue.html
    again = build()  # the server is gone by now
    assert (again.issue, again.written, again.warnings) == (first.issue, (), ())


def test_a_picture_that_is_gone_is_at_its_address_again(tmp_path: Path) -> None:
    with serving(answer(body=a_jpeg())) as server:
        builder(tmp_path, [Image(f"{server.url}a.jpg")], private=True)()
        out = tmp_path / "out"
        before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        shutil.rmtree(out)
        settings = replace(a_setting(tmp_path, digest=Digest(images=True)), network=Network(allow_private=True))
        with opened(tmp_path) as store:
            issuing.put_out_again(settings, store, NOW)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_the_picture_of_a_withheld_post_goes_with_it_and_comes_back(tmp_path: Path) -> None:
    with serving(answer(body=a_jpeg())) as server:
        builder(tmp_path, [Image(f"{server.url}a.jpg"), Image(f"{server.url}b.jpg", "Een loket")], private=True)()
    (picture,) = (tmp_path / "out" / "digest" / "2026-10").glob("*.jpg")
    content = picture.read_bytes()
    with opened(tmp_path) as store:

        def shown_without(*posts: str) -> None:
            with store.transaction():
                store.write("UPDATE post SET held = NULL")
                hold(store, dict.fromkeys(posts, f"{WITHHELD} its author."))
            assert len(issuing.show_what_is_not_withheld(a_setting(tmp_path), store, NOW)) == 1
            assert issuing.show_what_is_not_withheld(a_setting(tmp_path), store, NOW) == []

        one, other = (row["id"] for row in store.rows("SELECT id FROM post"))
        shown_without(one)
        assert picture.is_file(), "it is that of the other post, too"
        shown_without(one, other)
        assert not picture.exists()
        shown_without(one)
        assert picture.read_bytes() == content
        shown_without()
        assert picture.read_bytes() == content


def test_an_image_that_cannot_be_had_costs_its_post_nothing_and_is_named(tmp_path: Path) -> None:
    with serving(answer(body=b"<svg/>")) as server:
        made = builder(tmp_path, [Image(f"{server.url}a.svg")], private=True)()
    assert "is no JPEG, PNG, WebP or GIF image" in made.warnings[0]
    assert "<img" not in made.issue.html


def test_no_image_is_fetched_from_a_private_address(tmp_path: Path) -> None:
    made = builder(tmp_path, [Image("http://127.0.0.1:9/a.jpg")], private=False)()
    assert "could not be fetched" in made.warnings[0]
    assert len(made.issue.items) == 1
