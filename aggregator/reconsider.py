"""What is stored, brought in line with sources.yaml: rules, allowances and corrections that changed since.

Nothing is read again for it. A source whose rules are as they were costs nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from aggregator.dedupe.corrections import APART, TOGETHER, WITHHELD, Corrected, corrected, standing
from aggregator.dedupe.hashes import digest, plain
from aggregator.dedupe.rules import ALLOWANCE
from aggregator.keep import held_back
from aggregator.matching import related_anew
from aggregator.model import StoredPost, Verdict
from aggregator.normalise.urls import compare_key
from aggregator.prepare import addresses_of
from aggregator.settings import Correction, Settings, Source
from aggregator.store import Store, posts
from aggregator.store.copies import in_clusters, relate
from aggregator.store.holding import hold, ids_of, note, noted, posts_of
from aggregator.store.recording_posts import record_verdicts
from aggregator.store.sources import names

NOTE, PRIORITIES, PAIRS = "rules", "priorities", "corrected pairs"
RELEASED = "Nothing in sources.yaml holds it back any more."


def reconsider(settings: Settings, store: Store, now: datetime) -> int:
    """How many posts are shown or held back otherwise than before, because of what sources.yaml says now."""
    corrections = corrected(settings.corrections, compare_key, settings.publication.withhold)
    rules = {source.name: rules_of(source, corrections) for source in settings.sources}
    former = sorted(names(store) - rules.keys())
    rules |= {name: digest("w1", withheld_by(corrections)) for name in former}
    priorities = {source.name: source.priority for source in settings.sources if source.priority}
    standing_lines = standing(settings.corrections, compare_key)
    pairs = sorted([*pair] for one in standing_lines for pair in (one.apart, one.together) if pair)
    before: dict[str, str] = json.loads(noted(store, NOTE) or "{}")
    priorities_before: dict[str, int] = json.loads(noted(store, PRIORITIES) or "{}")
    pairs_before: list[list[str]] = json.loads(noted(store, PAIRS) or "[]")
    as_before = rules == before and priorities == priorities_before and pairs == pairs_before
    if as_before and not settings.corrections:
        return 0
    with store.transaction():
        held: set[str] = set()
        for source in settings.sources:
            if before.get(source.name, rules[source.name]) != rules[source.name]:
                held |= hold_anew(source, corrections, store, now)
        for name in former:
            if before.get(name) != rules[name]:
                held |= withhold_anew(name, corrections, store, now)
        anew = in_clusters(store, held)
        for name, _ in priorities.items() ^ priorities_before.items():
            anew |= in_clusters(store, ids_of(store, name))
        anew |= named_by(
            [pair for pair in pairs + pairs_before if pair not in pairs or pair not in pairs_before], store
        )
        relations = related_anew(anew, settings, corrections, store)
        relate(store, relations)
        count = len(held | relations.keys()) + regroup(standing_lines, store)
        if not as_before:
            note(store, NOTE, json.dumps(before | rules, sort_keys=True))
            note(store, PRIORITIES, json.dumps(priorities, sort_keys=True))
            note(store, PAIRS, json.dumps(pairs))
    return count


def rules_of(source: Source, corrections: Corrected) -> str:
    """A hash of all that decides which posts of `source` are held back."""
    addresses = sorted(corrections.published), sorted(corrections.held)
    withheld = [withheld_by(corrections)] if any(withheld_by(corrections)) else []
    return digest("h1", [plain(source.include), plain(source.exclude), source.allowance, addresses, *withheld])


def withheld_by(corrections: Corrected) -> list[list[str]]:
    return [sorted(one) for one in (corrections.withheld, corrections.withheld_authors, corrections.withheld_sources)]


def withhold_anew(name: str, corrections: Corrected, store: Store, now: datetime) -> set[str]:
    """Withhold posts of a source that is in sources.yaml no more, and whose posts stay published otherwise."""
    reasons = {}
    for one in posts_of(store, name):
        why = corrections.withholds(one.post, addresses_of(one.post))
        if why != one.held and (why or (one.held or "").startswith(WITHHELD)):
            reasons[one.id] = why
    return hold_for(reasons, name, store, now)


def hold_anew(source: Source, corrections: Corrected, store: Store, now: datetime) -> set[str]:
    """Hold the posts of `source` back by its rules of today; the ids of those that fare otherwise than before."""
    stored = list(posts_of(store, source.name))
    allowed = within_allowance(stored, source)
    reasons = {}
    for one in stored:
        before = None if one.id in allowed else one.held
        why = held_back(one.post, addresses_of(one.post), before, source, corrections)
        if why != one.held:
            reasons[one.id] = why
    return hold_for(reasons, source.name, store, now)


def hold_for(reasons: Mapping[str, str | None], source: str, store: Store, now: datetime) -> set[str]:
    """Hold posts of `source` back for these reasons, or release them; their ids."""
    hold(store, reasons)
    verdicts = [
        (post, Verdict("held", why) if why else Verdict("known", RELEASED)) for post, why in sorted(reasons.items())
    ]
    record_verdicts(store, source, verdicts, now)
    return set(reasons)


def within_allowance(stored: Sequence[StoredPost], source: Source) -> set[str]:
    """The posts, held back for their number until now, that the allowance of today lets through, the newest first."""
    allowed = set()
    for moment in {one.first_seen for one in stored if (one.held or "").startswith(ALLOWANCE)}:
        together = [one for one in stored if one.first_seen == moment]
        shown = sum(1 for one in together if not one.held)
        waiting = [one.id for one in together if (one.held or "").startswith(ALLOWANCE)]
        left = len(waiting) if source.allowance is None else max(0, source.allowance - shown)
        allowed |= set(waiting[:left])
    return allowed


def named_by(pairs: Iterable[Sequence[str]], store: Store) -> set[str]:
    """The ids of the posts at the addresses in `pairs`."""
    found = (stored_at(store, address) for pair in pairs for address in pair)
    return {one.id for one in found if one is not None}


def regroup(corrections: Sequence[Correction], store: Store) -> int:
    """Set apart and put together what `corrections` say; how many posts that changed."""
    changed = 0
    together: dict[str, list[str]] = {}
    for correction in corrections:
        if correction.together:
            original, copy = correction.together
            together.setdefault(original, [original]).append(copy)
        found = stored_once(correction.apart or (), store)
        if len(found) == 2 and (found[0].copy_of or found[0].id) == (found[1].copy_of or found[1].id):
            copy = found[0].id if found[0].copy_of == found[1].id else found[1].id
            relate(store, {copy: (None, APART)})
            changed += 1
    for addresses in together.values():
        found = sorted(stored_once(addresses, store), key=lambda one: bool(one.held))  # what is held hides nothing
        copies = [one.id for one in found[1:] if one.copy_of != found[0].id]
        if copies:
            relate(store, {found[0].id: (None, ""), **dict.fromkeys(copies, (found[0].id, TOGETHER))})
        changed += len(copies)
    return changed


def stored_once(addresses: Iterable[str], store: Store) -> list[StoredPost]:
    """The posts at these addresses, each once."""
    found = [stored_at(store, address) for address in addresses]
    return list({one.id: one for one in found if one is not None}.values())


def stored_at(store: Store, address: str) -> StoredPost | None:
    return posts.find(store, address) or posts.find(store, compare_key(address))
