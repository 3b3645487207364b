"""What is shown of a run while it goes on."""

from __future__ import annotations

import pytest

from aggregator.model import Outcome
from aggregator.show import progress


def test_a_name_that_looks_like_markup_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "80")):
        monkeypatch.setenv(name, value)
    with progress(1, wanted=True) as watch:
        watch(Outcome("Blog [/b]", "ok"))
    assert "Blog [/b]" in capsys.readouterr().err
