"""The outbox: each recipient one mail, or one row that says what is in doubt."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.store import Refused, Store, StoreError, claiming, issues, outbox, settling
from aggregator.store.outbox import Recipient
from aggregator.store.settling import Outcome
from aggregator.store.subscribers import Newcomer, add, remove
from tests.samples import examples
from tests.store.build import NOW, opened
from tests.store.test_store_issues import an_issue

HOUR = timedelta(hours=1)
ISSUE = "2026-10"


def message_id(identity: str) -> str:
    return f"<{identity}.{ISSUE}@lijst.example>"


def ready(folder: Path, *names: str) -> Store:
    """A store with an approved issue and these active subscribers at example.org."""
    store = opened(folder)
    add(store, [Newcomer(f"{name}@example.org", name.title()) for name in names], NOW)
    issues.save_built(store, an_issue(), NOW)
    issues.approve(store, ISSUE, NOW)
    return store


def claim(store: Store, now: datetime) -> Recipient | None:
    """The next one, or nobody."""
    return next(iter(claiming.claim(store, ISSUE, now, 1)), None)


def settle(
    store: Store, one: Recipient, state: settling.Settled, reply: str, now: datetime, retry_at: datetime | None = None
) -> None:
    settling.settle(store, [Outcome(one, state, reply, retry_at)], now)


def names_in(store: Store, state: outbox.OutboxState) -> list[str]:
    return [recipient.identity.partition("@")[0] for recipient in outbox.recipients(store, ISSUE, state)]


@pytest.mark.usefixtures("either_store")
def test_domains_that_put_everybody_off_are_passed_over_however_many_they_are(tmp_path: Path) -> None:
    with ready(tmp_path, "jan", "example.org") as store:
        add(store, [Newcomer("fatma@anders.example"), Newcomer("noor@sub.example.org")], NOW)
        outbox.prepare(store, ISSUE, message_id, NOW)
        spared = ["example.org", *(f"d{number}.example" for number in range(2_000))]
        claimed = claiming.claim(store, ISSUE, NOW, 9, spared=spared)
        assert [one.identity for one in claimed] == ["fatma@anders.example", "noor@sub.example.org"]


def test_recipients_are_fixed_when_sending_begins(tmp_path: Path) -> None:
    with ready(tmp_path, "jan", "fatma") as store:
        add(store, [Newcomer("later@example.org", state="pending")], NOW)
        assert outbox.prepare(store, ISSUE, message_id, NOW) == 2
        add(store, [Newcomer("nieuw@example.org")], NOW)
        assert outbox.prepare(store, ISSUE, message_id, NOW + HOUR) == 2
        assert names_in(store, "pending") == ["fatma", "jan"]
        assert outbox.recipients(store, ISSUE)[1].message_id == "<jan@example.org.2026-10@lijst.example>"
        found = issues.load(store, ISSUE)
        assert found is not None
        assert found.state == "sending"


def test_publications_that_share_a_database_send_to_the_same_reader_at_the_same_time(tmp_path: Path) -> None:
    with ready(tmp_path / "een", "jan") as one, ready(tmp_path / "twee", "jan") as other:
        for store in (one, other):
            outbox.prepare(store, ISSUE, message_id, NOW)
            assert claim(store, NOW) is not None


def test_nothing_is_sent_of_an_issue_that_is_not_approved(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        add(store, [Newcomer("jan@example.org")], NOW)
        with pytest.raises(StoreError, match="There is no issue"):
            outbox.prepare(store, ISSUE, message_id, NOW)
        issues.save_built(store, an_issue(), NOW)
        with pytest.raises(StoreError, match="it has to be approved or stopped"):
            outbox.prepare(store, ISSUE, message_id, NOW)
        with pytest.raises(Refused, match="nothing of it is sent"):
            claim(store, NOW)
        assert outbox.recipients(store, ISSUE) == ()


def test_each_recipient_is_claimed_once_and_settled_with_the_reply(tmp_path: Path) -> None:
    with ready(tmp_path, "jan", "fatma", "piet") as store:
        outbox.prepare(store, ISSUE, message_id, NOW)
        replies: list[tuple[settling.Settled, str]] = [("accepted", "250 2.0.0 ok"), ("refused", "550 no such user")]
        for state, reply in replies:
            claimed = claim(store, NOW)
            assert claimed is not None
            assert (claimed.state, claimed.tries) == ("claimed", 1)
            settle(store, claimed, state, reply, NOW)
        assert (names_in(store, "accepted"), names_in(store, "refused")) == (["fatma"], ["jan"])
        assert [one.reply for one in outbox.recipients(store, ISSUE)] == ["250 2.0.0 ok", "550 no such user", ""]
        assert outbox.counts(store, ISSUE) == {
            "pending": 1, "claimed": 0, "accepted": 1, "refused": 1, "deferred": 0, "uncertain": 0, "skipped": 0,
        }  # fmt: skip
        with pytest.raises(StoreError, match="1 of its mails wait"):
            issues.mark_sent(store, ISSUE, NOW)
        settled = outbox.recipients(store, ISSUE, "refused")[0]
        with pytest.raises(StoreError, match="is not claimed any more"):
            settle(store, settled, "accepted", "250", NOW)


def test_a_deferred_mail_is_due_when_its_time_has_passed_and_not_in_the_same_run(tmp_path: Path) -> None:
    with ready(tmp_path, "jan", "fatma") as store:
        outbox.prepare(store, ISSUE, message_id, NOW)
        for retry_at in (NOW + HOUR, None):
            claimed = claim(store, NOW)
            assert claimed is not None
            settle(store, claimed, "deferred", "451 try later", NOW, retry_at)
        assert claim(store, NOW) is None
        again = claim(store, NOW + timedelta(minutes=1))
        assert again is not None
        assert (again.identity, again.tries) == ("jan@example.org", 2)
        assert claim(store, NOW + timedelta(minutes=1)) is None
        last = claim(store, NOW + 2 * HOUR)
        assert last is not None
        assert last.identity == "fatma@example.org"


def test_who_unsubscribes_while_an_issue_is_sent_is_skipped(tmp_path: Path) -> None:
    with ready(tmp_path, "jan", "fatma") as store:
        outbox.prepare(store, ISSUE, message_id, NOW)
        remove(store, "fatma@example.org", "unsubscribed", NOW)
        claimed = claim(store, NOW)
        assert claimed is not None
        assert claimed.identity == "jan@example.org"
        assert [one.reply for one in outbox.recipients(store, ISSUE, "skipped")] == ["Not sent: unsubscribed."]


@pytest.mark.parametrize(("how", "then"), [("resend", "pending"), ("skip", "skipped")])
def test_what_was_claimed_when_the_sender_ended_waits_for_a_person(
    tmp_path: Path, how: str, then: outbox.OutboxState
) -> None:
    with ready(tmp_path, "jan", "fatma") as store:
        outbox.prepare(store, ISSUE, message_id, NOW)
        claim(store, NOW)
    with opened(tmp_path) as store:
        (doubtful,) = settling.recover(store, ISSUE, NOW + HOUR)
        assert (doubtful.identity, doubtful.state) == ("fatma@example.org", "uncertain")
        claimed = claim(store, NOW + HOUR)
        assert claimed is not None
        assert claimed.identity == "jan@example.org"
        settle(store, claimed, "accepted", "250 ok", NOW + HOUR)
        assert claim(store, NOW + HOUR) is None
        with pytest.raises(StoreError, match="in doubt"):
            issues.mark_sent(store, ISSUE, NOW + HOUR)
        assert settling.resolve(store, ISSUE, "resend" if how == "resend" else "skip", NOW + HOUR) == 1
        assert names_in(store, then) == ["fatma"]


STEPS = st.lists(
    st.sampled_from(["accepted", "refused", "deferred", "crash", "unsubscribe", "prepare", "skip", "stop"]), max_size=30
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(40), deadline=None)
@given(steps=STEPS)
def test_no_one_gets_two_mails_and_no_one_is_forgotten(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """Whatever happens short of `resend`: at most one message handed to the server for each recipient it took."""
    handed: Counter[str] = Counter()
    now = NOW
    with ready(tmp_path_factory.mktemp("outbox"), "a", "b", "c", "d") as store:
        outbox.prepare(store, ISSUE, message_id, now)
        for step in steps:
            now += HOUR
            if step == "prepare":
                settling.recover(store, ISSUE, now)
                outbox.prepare(store, ISSUE, message_id, now)
            elif step == "unsubscribe":
                remove(store, "c@example.org", "unsubscribed", now)
            elif step == "skip":
                settling.resolve(store, ISSUE, "skip", now)
            elif step == "stop":
                issues.mark_stopped(store, ISSUE, now, "Told to.")
                outbox.prepare(store, ISSUE, message_id, now)
            elif claimed := claim(store, now):
                handed[claimed.identity] += step in ("accepted", "crash")
                if step == "crash":
                    settling.recover(store, ISSUE, now)
                elif step in ("accepted", "refused", "deferred"):
                    settle(store, claimed, step, "reply", now)  # type: ignore[arg-type]
        assert max(handed.values(), default=0) <= 1
        assert sum(outbox.counts(store, ISSUE).values()) == 4
        taken = {one.identity for one in outbox.recipients(store, ISSUE) if one.state in ("accepted", "uncertain")}
        assert taken <= set(handed)
