"""What people ordered outlives Redis: until it is known again nothing acts, and then it stands as before."""

from datetime import timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.decision import Decision, InactionReason
from skep.core.orders import ALL_SERVICES, OrderKind
from skep.core.record import EntryKind
from skep.operations.orders import GivenOrder, give_order
from tests.operations.conftest import TIME_LIMIT, Practice

HALF_AN_HOUR = timedelta(minutes=30)
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def known(practice: Practice) -> Practice:
    """A practice in which the orders of people have been known for a while."""
    practice.load(95)
    practice.evaluate()
    return practice


def give(practice: Practice, kind: OrderKind, service_id: str = "web-id", *, lasts: timedelta | None = None) -> None:
    given = GivenOrder(kind=kind, service_id=service_id, actor="ana", reason="launch", lasts=lasts)
    give_order(practice.world, given, defaults=LabelDefaults(), time_limit=TIME_LIMIT)


def lose_redis(practice: Practice) -> None:
    """Redis comes back without its data: neither memory nor the recent part of the journal."""
    practice.memory.forget_everything()
    practice.journal.forget_recent()


def latest(practice: Practice) -> Decision:
    return practice.memory.decisions()["web-id"]


# --- while nobody knows --------------------------------------------------------------------------------------------


def test_nothing_acts_while_the_journal_cannot_tell_what_people_ordered(known: Practice) -> None:
    lose_redis(known)
    known.journal.lose_archive()
    for _ in range(3):
        known.load(480)
        assert known.evaluate() == ()
    decision = latest(known)
    assert decision.goal > decision.replicas
    assert decision.inaction is not None
    assert decision.inaction.reason is InactionReason.ORDERS_UNKNOWN


def test_after_ten_minutes_services_may_grow(known: Practice) -> None:
    lose_redis(known)
    known.journal.lose_archive()
    known.load(480)
    known.evaluate()
    known.clock.advance(TEN_MINUTES)
    known.load(480)
    known.evaluate_and_act()
    assert known.replicas == 6


def test_after_ten_minutes_services_do_not_shrink_however_long_it_takes(known: Practice) -> None:
    known.swarm.change("web", replicas=8)
    lose_redis(known)
    known.journal.lose_archive()
    for _ in range(2 * 60 * 4):
        known.load(10)
        known.evaluate_and_act()
    assert known.replicas == 8
    assert latest(known).steps[-1].by == "orders unknown"


def test_an_order_that_was_under_way_is_not_stopped(known: Practice, grow: ScaleOrder) -> None:
    lose_redis(known)
    known.journal.lose_archive()
    known.scale(grow)
    assert known.replicas == 5


# --- once it is known again ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_archive_late", [False, True], ids=["at once", "after the journal was away"])
def test_a_hold_stands_again(known: Practice, *, is_archive_late: bool) -> None:
    give(known, OrderKind.HOLD, lasts=HALF_AN_HOUR)
    lose_redis(known)
    if is_archive_late:
        known.journal.lose_archive()
        known.load(480)
        assert known.evaluate() == ()
        known.journal.come_back()
    known.load(480)
    known.evaluate_and_act()
    assert known.replicas == 2
    assert latest(known).reason == "held at 2 replicas by ana until 2026-03-01 12:30:15 UTC (launch)"


@pytest.mark.parametrize("service_id", ["web-id", ALL_SERVICES], ids=["of the service", "of everything"])
def test_a_pause_stands_again(known: Practice, service_id: str) -> None:
    give(known, OrderKind.PAUSE, service_id)
    lose_redis(known)
    known.load(480)
    assert known.evaluate() == ()
    assert latest(known).inaction is not None


def test_what_was_ended_or_has_ended_does_not_come_back(known: Practice) -> None:
    give(known, OrderKind.HOLD)
    give(known, OrderKind.RELEASE)
    give(known, OrderKind.PAUSE, lasts=timedelta(seconds=10))
    lose_redis(known)
    known.load(240)
    known.evaluate_and_act()
    assert known.replicas == 5


def test_a_count_that_a_person_set_with_a_hold_is_held_again(known: Practice) -> None:
    by_hand = ScaleOrder(
        service_id="web-id",
        service_name="web",
        replicas=4,
        seen_replicas=None,
        evaluation=None,
        reason="launch",
        actor="ana",
    )
    known.scale(by_hand, hold_for=HALF_AN_HOUR)
    lose_redis(known)
    known.load(480)
    known.evaluate_and_act()
    assert known.replicas == 4


def test_a_count_that_a_stranger_set_is_held_again(known: Practice) -> None:
    known.swarm.change("web", replicas=5)
    known.evaluate_and_act()
    known.journal.forward()
    lose_redis(known)
    known.load(480)
    known.evaluate_and_act()
    assert known.replicas == 5


def test_an_order_given_before_the_others_are_known_stands_beside_them(known: Practice) -> None:
    give(known, OrderKind.HOLD)
    lose_redis(known)
    known.journal.lose_archive()
    give(known, OrderKind.PAUSE)
    known.journal.come_back()
    known.evaluate()
    assert set(known.memory.holds(["web-id"])) == {"web-id"}
    assert set(known.memory.pauses()) == {"web-id"}


def test_orders_are_rebuilt_once_and_not_asked_for_again(known: Practice) -> None:
    lose_redis(known)
    known.evaluate()
    known.journal.lose_archive()
    known.load(240)
    known.evaluate_and_act()
    assert known.replicas == 5


def test_a_first_installation_acts_at_its_first_evaluation(practice: Practice) -> None:
    practice.load(240)
    practice.evaluate_and_act()
    assert practice.replicas == 5


def test_rebuilding_writes_nothing_down(known: Practice) -> None:
    give(known, OrderKind.HOLD)
    lose_redis(known)
    known.evaluate()
    assert [entry.kind for entry in known.journal.entries].count(EntryKind.ORDERED) == 1
