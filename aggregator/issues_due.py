"""The issues that a run builds by itself. Most runs build none, and load nothing that does."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.config import ConfigurationError
from aggregator.dedupe.corrections import WITHHELD
from aggregator.digest.due import lateness, months_to_build
from aggregator.settings import Settings
from aggregator.store import Store, issues
from aggregator.templating import TemplateMistakeError

if TYPE_CHECKING:
    from aggregator.digest.building import Built


WAITS = (
    "Issue {name} is built and waits for you: `aggregator digest show {name}` says what is in it, "
    "`aggregator digest approve {name}` lets it be sent."
)


def put_back(settings: Settings, store: Store, now: datetime, *, thorough: bool = False) -> tuple[str, ...]:
    """Write the files of issues that are gone from under out/, where their list is, or, `thorough`, any of them; the
    paths that changed."""
    if not thorough and (settings.out / "digest" / "index.html").exists():
        return ()
    if not issues.states(store):
        return ()
    from aggregator.issuing import put_out_again

    return put_out_again(settings, store, now)


def build_due(settings: Settings, store: Store, now: datetime) -> tuple[tuple[Built, ...], tuple[str, ...]]:
    """Build the issues that are due, oldest first; and what an operator should know, each thing said once."""
    names = months_to_build(settings, store, now)
    if not names and not issues.items_held(store, WITHHELD) and not issues.to_show(store):
        return (), ()
    from aggregator.issuing import build, show_what_is_not_withheld

    made, said = [], []
    for name in names:
        late = lateness(settings, name, now)
        try:
            built = build(settings, store, name, now)
        except (ConfigurationError, TemplateMistakeError) as error:
            if issues.put_off(store, name, str(error), now, final=False):
                said.append(f"Issue {name} is due and was not built: {error}")
        except ValueError as error:
            if issues.put_off(store, name, str(error), now, final=True):
                said.append(f"{error} The posts wait for the next issue.")
        else:
            made.append(built)
            said += [late] if late else []
            said += [WAITS.format(name=name)] if built.issue.state == "built" else []
    return tuple(made), (*said, *show_what_is_not_withheld(settings, store, now))
