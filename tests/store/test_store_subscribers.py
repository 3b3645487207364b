"""Subscribers: one for every mailbox however it is spelt, and none that asked to be left alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.store.addresses import identity_of
from aggregator.store.subscribers import (
    Newcomer,
    add,
    allow,
    confirm,
    find_subscriber,
    list_subscribers,
    remove,
    suppress,
)
from tests.store.build import NOW, opened


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jan@Example.org", "jan@example.ORG"),
        (" jan@example.org ", "jan@example.org"),
        ("jan@münchen.example", "jan@xn--mnchen-3ya.example"),
        ("jan@STRAßE.example", "jan@xn--strae-oqa.example"),
        ("jan@example.org.", "jan@example.org"),
        ("zoe\u0308@example.org", "zoë@example.org"),
    ],
)
def test_two_spellings_of_one_mailbox(one: str, other: str) -> None:
    assert identity_of(one) == identity_of(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("jan@example.org", "jan+blog@example.org"), ("j.an@a.nl", "jan@a.nl"), ("jan@straße.nl", "jan@strasse.nl")],
)
def test_addresses_that_may_be_two_mailboxes_are_two(one: str, other: str) -> None:
    assert identity_of(one) != identity_of(other)


@pytest.mark.parametrize(
    "address",
    [
        "", "jan", "@example.org", "jan@", "jan@example", "jan de vries@example.org", "jan@exam ple.org", "a@b@c.nl",
        "jan@example.org\r\nBcc: x@example.org", "Jan <jan@example.org>", '"jan"@example.org', "jan@[127.0.0.1]",
        "jan,piet@example.org", ".jan@example.org", "ja..n@example.org", "jan@-x.org", "jan@x..org",
        "jan\0@example.org", "jan\u202e@example.org", "\ud800@example.org",
        "x" * 65 + "@example.org", "x@" + "y" * 64 + ".org",
        "jan@" + "abcdefgh." * 30 + "org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    assert identity_of(address) is None
    with opened(tmp_path) as store:
        (added,) = add(store, [Newcomer(address)], NOW)
        assert added.outcome == "refused"
        assert "\n" not in added.sentence
        assert not remove(store, address, "x", NOW)
        assert not suppress(store, address, "x", NOW)
        assert find_subscriber(store, address) is None


@given(st.text() | st.emails() | st.builds("{}@{}".format, st.text(), st.text()))
def test_any_text_is_an_address_or_is_not(text: str) -> None:
    identity = identity_of(text)
    assert identity is None or identity_of(identity) == identity


def test_adding_tells_what_came_of_each(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        suppress(store, "weg@example.org", "the mailbox is gone", NOW)
        rows = ["Jan@example.org", "jan@EXAMPLE.org", "niets", "Weg@example.org"]
        added = add(store, [Newcomer(row, "  Jan  de Vries ", "import of 15 October") for row in rows], NOW)
        assert [one.outcome for one in added] == ["added", "known", "refused", "suppressed"]
        assert added[3].sentence == "Weg@example.org: left out, because: the mailbox is gone."
        (jan,) = list_subscribers(store)
        assert (jan.address, jan.name, jan.consent, jan.added) == (
            "Jan@example.org", "Jan de Vries", "import of 15 October", NOW,
        )  # fmt: skip


def test_who_is_removed_stays_away_until_they_ask_again(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        add(store, [Newcomer("jan@example.org")], NOW)
        assert remove(store, "JAN@example.org", "unsubscribed", NOW)
        assert not remove(store, "jan@example.org", "again", NOW)
        assert list_subscribers(store) == ()
        rows = store.rows("SELECT identity, reason FROM suppression")
        assert [(row["identity"], row["reason"]) for row in rows] == [("jan@example.org", "unsubscribed")]
        assert add(store, [Newcomer("jan@example.org")], NOW)[0].outcome == "suppressed"
        assert allow(store, "Jan@example.org")
        assert add(store, [Newcomer("jan@example.org")], NOW)[0].outcome == "added"


def test_who_has_not_confirmed_is_pending(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        add(store, [Newcomer("jan@example.org", state="pending"), Newcomer("fatma@example.org")], NOW)
        assert [one.identity for one in list_subscribers(store, "active")] == ["fatma@example.org"]
        assert confirm(store, "Jan@example.org", "confirmed by mail", NOW + timedelta(days=1))
        assert not confirm(store, "jan@example.org", "twice", NOW)
        jan = find_subscriber(store, "jan@example.org")
        assert jan is not None
        assert (jan.state, jan.consent, jan.changed) == ("active", "confirmed by mail", NOW + timedelta(days=1))
