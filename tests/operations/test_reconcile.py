"""What a dead worker had in its hands is picked up once, and with all that belongs to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.action import RefusalReason, ScaleOrder
from skep.core.decision import Hold
from skep.core.record import EntryKind
from skep.operations.limits import ARCHIVING, lock_ttl
from skep.operations.reconcile import AGAIN_AFTER, reconcile
from skep.ports import PendingOrder, ServiceHandle
from tests.operations.conftest import TIME_LIMIT, Practice

HALF_AN_HOUR = timedelta(minutes=30)
A_SECOND = timedelta(seconds=1)


class Killed(BaseException):
    """The worker is gone at this very point."""


@pytest.fixture
def by_hand() -> ScaleOrder:
    return ScaleOrder(
        service_id="web-id",
        service_name="web",
        replicas=4,
        seen_replicas=None,
        evaluation=None,
        reason="launch",
        actor="ana@desk",
    )


def killed_before_the_post(practice: Practice, order: ScaleOrder) -> None:
    def die(handle: ServiceHandle, replicas: int) -> None:
        raise Killed(handle, replicas)

    post = practice.swarm.set_replicas
    practice.swarm.set_replicas = die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        practice.scale(order, hold_for=HALF_AN_HOUR)
    practice.swarm.set_replicas = post  # type: ignore[method-assign]


def picked_up(practice: Practice) -> tuple[PendingOrder, ...]:
    return reconcile(practice.world, time_limit=TIME_LIMIT)


def test_an_order_is_left_alone_while_the_lock_of_its_worker_may_stand(practice: Practice, by_hand: ScaleOrder) -> None:
    killed_before_the_post(practice, by_hand)
    practice.clock.advance(lock_ttl(TIME_LIMIT))
    assert picked_up(practice) == ()
    practice.clock.advance(A_SECOND)
    assert [pending.order for pending in picked_up(practice)] == [by_hand]


def test_orders_of_people_that_ended_a_day_ago_are_forgotten(practice: Practice) -> None:
    now = practice.clock.now()
    practice.memory.put_hold("web-id", Hold(replicas=4, until=now + HALF_AN_HOUR, actor="ada"))
    for hours, is_known in ((1, True), (23, True), (2, False)):
        practice.clock.advance(timedelta(hours=hours))
        picked_up(practice)
        assert ("web-id" in practice.memory.holds(["web-id"])) is is_known


def test_no_two_copies_of_an_order_wait_side_by_side(practice: Practice, by_hand: ScaleOrder) -> None:
    killed_before_the_post(practice, by_hand)
    practice.clock.advance(lock_ttl(TIME_LIMIT) + A_SECOND)
    assert len(picked_up(practice)) == 1
    assert picked_up(practice) == ()
    practice.clock.advance(AGAIN_AFTER)
    assert len(picked_up(practice)) == 1


def test_what_a_person_ordered_to_hold_is_held_by_whoever_finishes_it(practice: Practice, by_hand: ScaleOrder) -> None:
    until = practice.clock.now() + HALF_AN_HOUR
    killed_before_the_post(practice, by_hand)
    practice.clock.advance(lock_ttl(TIME_LIMIT) + A_SECOND)
    (again,) = picked_up(practice)
    practice.scale(again.order, hold_for=again.hold_for)
    assert practice.memory.holds(["web-id"])["web-id"].until == until
    assert [entry.kind for entry in practice.journal.entries] == [EntryKind.ORDERED, EntryKind.CHANGED]


def test_skeps_own_order_does_not_overtake_what_a_person_had_begun(
    practice: Practice, by_hand: ScaleOrder, grow: ScaleOrder
) -> None:
    killed_before_the_post(practice, by_hand)
    practice.clock.advance(lock_ttl(TIME_LIMIT) + A_SECOND)
    held = replace(grow, replicas=4, reason="held at 4 replicas by ana@desk")
    assert practice.scale(held).refusal is RefusalReason.BUSY
    (again,) = picked_up(practice)
    practice.scale(again.order, hold_for=again.hold_for, task_id="t1")
    (done,) = [entry for entry in practice.journal.entries if entry.kind is EntryKind.CHANGED]
    assert (done.actor, done.sentence) == ("ana@desk", "web 2 → 4: launch")


def test_a_newer_order_of_a_person_overtakes_an_older_one(practice: Practice, by_hand: ScaleOrder) -> None:
    killed_before_the_post(practice, by_hand)
    practice.clock.advance(lock_ttl(TIME_LIMIT) + A_SECOND)
    practice.scale(replace(by_hand, replicas=3, actor="ben@desk"), hold_for=HALF_AN_HOUR)
    assert picked_up(practice) == ()
    assert practice.replicas == 3


def test_the_journal_is_carried_to_its_store_by_one_worker_at_a_time(practice: Practice) -> None:
    practice.load(240)
    practice.evaluate()
    assert practice.journal.backlog().waiting > 0
    with practice.locks.hold(ARCHIVING, ttl=TIME_LIMIT):
        picked_up(practice)
    assert practice.journal.backlog().waiting > 0
    picked_up(practice)
    assert practice.journal.backlog().waiting == 0
