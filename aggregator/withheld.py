"""Whether `publication.withhold` names sources that are or were: posts of one that is listed no more stay published."""

from __future__ import annotations

from aggregator.settings import Settings


def check_withheld(settings: Settings) -> None:
    """Raises ConfigurationError for a source that neither sources.yaml nor the store knows."""
    from aggregator.config_meaning import doubts_about_strangers, strangers

    if strangers(settings):
        from aggregator.config import refuse

        refuse(settings.file, doubts_about_strangers(settings, ever_read(settings)))


def ever_read(settings: Settings) -> set[str]:
    """The names of all sources that were ever read; of those that are withheld, where the store cannot be asked."""
    from aggregator.store import StoreError, open_store
    from aggregator.store.sources import names

    path = settings.store.removeprefix("sqlite:///")
    if path != settings.store and not (settings.folder / path).is_file():
        return set()
    try:
        with open_store(settings.store, settings.folder) as store:
            return names(store)
    except StoreError:  # told by whoever needs the store
        return {one.source for one in settings.publication.withhold if one.source is not None}
