"""A mistake in a template of pages: the feeds go out, the pages stand, and what they lack comes once it is mended."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.publish import publish
from aggregator.publish.errors import error_page
from aggregator.publish.idle import is_idle, note_brought_out
from tests.publish.build import a_setting, lying_in, published
from tests.store.build import a_post, keep, opened

NOW = datetime(2026, 10, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["base.html.j2", "archive.html.j2", "posts.html.j2"])
@pytest.mark.parametrize("first", [True, False])
def test_a_broken_template_of_pages_stops_no_feed_and_loses_nothing(name: str, first: bool, tmp_path: Path) -> None:
    setting, templates = a_setting(tmp_path), tmp_path / "templates"
    templates.mkdir()
    with opened(tmp_path) as store:
        keep(store, *[a_post(f"p{number}", date=NOW - timedelta(days=number)) for number in range(60)])
        if not first:
            published(setting, store, NOW)
            note_brought_out(setting, store)
        before = lying_in(setting.out)
        (templates / name).write_text("\n{% if %}")
        keep(store, a_post("nieuw", date=NOW), a_post("p59", date=NOW - timedelta(days=59), title="Verbeterd"))
        failed = publish(setting, store, NOW)
        note_brought_out(setting, store)
        assert all(f"{name}:2: cannot be used" in warning for warning in failed.warnings)
        assert len(failed.warnings) == 1
        assert not is_idle(setting, store, NOW)
        lying = lying_in(setting.out)
        assert b"nieuw" in lying["atom.xml"]
        assert b"Verbeterd" in lying["archive/2026-08.xml"]
        pages = {path for path in lying if path.endswith(".html")}
        assert {path: lying[path] for path in pages & set(failed.stale)} == {
            path: before[path] for path in pages & set(failed.stale)
        }
        assert set(publish(setting, store, NOW).stale) == set(failed.stale)
        (templates / name).unlink()
        published(setting, store, NOW)
        mended = lying_in(setting.out)
        shutil.rmtree(setting.out)
        published(setting, store, NOW)
        assert mended == lying_in(setting.out)


def test_what_an_editor_leaves_beside_a_template_that_is_open_is_none(tmp_path: Path) -> None:
    """Emacs locks a file by a symbolic link that leads nowhere."""
    setting = a_setting(tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/.#page.html.j2").symlink_to("redactie@kantoor.4711")
    with opened(tmp_path) as store:
        published(setting, store, NOW)
        note_brought_out(setting, store)
        assert is_idle(setting, store, NOW)


def test_half_a_character_in_what_is_configured_stops_nothing(tmp_path: Path) -> None:
    """YAML takes an emoji that was written as JSON writes it for two characters."""
    setting = a_setting(tmp_path, subtitle="Goed zo \ud83d\ude00")
    with opened(tmp_path) as store:
        published(setting, store, NOW)
    assert b"Goed zo ??" in (setting.out / "index.html").read_bytes()
    assert b"Goed zo ??" in error_page(setting.publication, tmp_path, 404, "")


@pytest.mark.parametrize("name", ["page.html.j2", "style.css"])
def test_a_template_that_cannot_be_read_is_told_by_name(name: str, tmp_path: Path) -> None:
    place = tmp_path / "templates" / name
    place.parent.mkdir()
    place.symlink_to("/proc/self/mem")  # of which not even root can read the beginning
    with opened(tmp_path) as store:
        told = publish(a_setting(tmp_path), store, NOW)
    assert [warning for warning in told.warnings if warning.startswith(f"{place}: cannot be used")] == [*told.warnings]
    assert len(told.stale) == 1
