"""Orders of people that go on standing: given once, in force at once, written down, and ended by whom they name."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.action import RefusalReason, ScaleOrder
from skep.core.cluster import ServiceMode
from skep.core.decision import Hold, InactionReason
from skep.core.orders import ALL_SERVICES, OrderKind
from skep.core.record import EntryKind
from skep.errors import Temporary
from skep.operations.orders import GivenOrder, OrderOutcome, OrderVerdict, give_order
from tests.operations.conftest import LABELS, TIME_LIMIT, Practice

HALF_AN_HOUR = timedelta(minutes=30)


def give(
    practice: Practice,
    kind: OrderKind,
    service_id: str = "web-id",
    *,
    lasts: timedelta | None = None,
    actor: str = "ana@desk",
    reason: str = "launch",
    task_id: str | None = "o1",
) -> OrderOutcome:
    given = GivenOrder(kind=kind, service_id=service_id, actor=actor, reason=reason, lasts=lasts, task_id=task_id)
    return give_order(practice.world, given, defaults=LabelDefaults(), time_limit=TIME_LIMIT)


def written(practice: Practice) -> list[tuple[EntryKind, str, str | None]]:
    """Kind, sentence and task of what people ordered, oldest first."""
    kinds = (EntryKind.ORDERED, EntryKind.REFUSED)
    return [(e.kind, e.sentence, e.task_id) for e in practice.journal.entries if e.kind in kinds]


# --- hold and release ----------------------------------------------------------------------------------------------


def test_a_hold_keeps_the_count_against_the_load_and_says_which(practice: Practice) -> None:
    outcome = give(practice, OrderKind.HOLD, lasts=HALF_AN_HOUR)
    assert (outcome.verdict, outcome.replicas) == (OrderVerdict.HELD, 2)
    assert outcome.sentence == "web held at 2 replicas until 2026-03-01 12:30:00 UTC: launch"
    practice.load(480)
    practice.evaluate_and_act()
    assert practice.replicas == 2


def test_a_hold_lets_a_growth_that_is_under_way_arrive(practice: Practice) -> None:
    practice.load(240)
    practice.evaluate()
    assert give(practice, OrderKind.HOLD).replicas == 5
    practice.evaluate_and_act()
    assert practice.replicas == 5


def test_a_hold_keeps_the_count_that_the_service_has_once_nobody_else_changes_it(
    practice: Practice, grow: ScaleOrder
) -> None:
    practice.locks.just_before("service:web-id", lambda: practice.scale(replace(grow, replicas=4)))
    assert give(practice, OrderKind.HOLD).replicas == 4


def test_a_hold_is_written_down_with_actor_task_and_order(practice: Practice) -> None:
    give(practice, OrderKind.HOLD)
    (entry,) = practice.journal.entries
    assert (entry.kind, entry.actor, entry.task_id) == (EntryKind.ORDERED, "ana@desk", "o1")
    assert entry.sentence == "web held at 2 replicas until released: launch"
    assert entry.order is not None
    assert (entry.order.kind, entry.order.replicas, entry.order.until) == (OrderKind.HOLD, 2, None)
    assert practice.journal.forwarded == 1


def test_a_hold_may_name_the_service(practice: Practice) -> None:
    give(practice, OrderKind.HOLD, "web")
    assert set(practice.memory.holds(["web-id"])) == {"web-id"}


def test_the_same_hold_delivered_again_ends_no_later(practice: Practice) -> None:
    first = give(practice, OrderKind.HOLD, lasts=HALF_AN_HOUR)
    practice.clock.advance(timedelta(minutes=1))
    assert give(practice, OrderKind.HOLD, lasts=HALF_AN_HOUR) == first
    assert len(practice.journal.entries) == 1


def test_another_hold_keeps_the_count_and_moves_the_end(practice: Practice) -> None:
    practice.memory.put_hold("web-id", Hold(replicas=6, until=practice.clock.now() + HALF_AN_HOUR, actor="bob"))
    outcome = give(practice, OrderKind.HOLD)
    assert outcome.replicas == 6
    assert practice.memory.holds(["web-id"])["web-id"].until is None


def test_a_release_gives_the_count_back_to_the_metrics(practice: Practice) -> None:
    give(practice, OrderKind.HOLD)
    outcome = give(practice, OrderKind.RELEASE, reason="by hand", task_id="o2")
    assert (outcome.verdict, outcome.sentence) == (OrderVerdict.RELEASED, "web released from its hold: by hand")
    practice.load(240)
    practice.evaluate_and_act()
    assert practice.replicas == 5


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (OrderKind.RELEASE, "web already released: it is not held"),
        (OrderKind.RESUME, "web already resumed: it is not paused"),
    ],
    ids=["release", "resume"],
)
def test_ending_what_is_not_there_is_done_already_and_no_news(
    practice: Practice, kind: OrderKind, sentence: str
) -> None:
    practice.memory.note_orders_known()
    outcome = give(practice, kind)
    assert (outcome.verdict, outcome.sentence) == (OrderVerdict.ALREADY, sentence)
    assert practice.journal.entries == []


@pytest.mark.parametrize(("kind", "ended"), [(OrderKind.RELEASE, "hold"), (OrderKind.RESUME, "pause")])
def test_what_may_have_been_forgotten_is_ended_all_the_same_lest_it_be_rebuilt(
    practice: Practice, kind: OrderKind, ended: str
) -> None:
    give(practice, OrderKind.HOLD if ended == "hold" else OrderKind.PAUSE)
    practice.memory.forget_everything()
    assert give(practice, kind, task_id="o2").verdict in {OrderVerdict.RELEASED, OrderVerdict.RESUMED}
    practice.load(240)
    practice.evaluate_and_act()
    assert practice.replicas == 5


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param("nobody", "nobody refused: no such service", id="no such service"),
        pytest.param(
            "stranger",
            'stranger refused: skep does not scale it, its label skep.enable is not "true"',
            id="a service that skep does not scale",
        ),
        pytest.param("agent", "agent refused: it is a global service without a count", id="a global service"),
    ],
)
def test_a_hold_that_nobody_would_keep_is_refused(practice: Practice, name: str, sentence: str) -> None:
    practice.swarm.add("stranger", replicas=3)
    practice.swarm.add("agent", mode=ServiceMode.GLOBAL, labels=LABELS)
    outcome = give(practice, OrderKind.HOLD, name)
    assert (outcome.verdict, outcome.sentence) == (OrderVerdict.REFUSED, sentence)
    assert practice.memory.holds([f"{name}-id"]) == {}


def test_a_refused_order_is_written_down(practice: Practice) -> None:
    practice.swarm.add("stranger", replicas=3)
    outcome = give(practice, OrderKind.HOLD, "stranger")
    assert written(practice) == [(EntryKind.REFUSED, outcome.sentence, "o1")]


# --- pause and resume ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service_id", ["web-id", ALL_SERVICES], ids=["of the service", "of everything"])
def test_a_pause_stops_skeps_hands_while_it_goes_on_recording(practice: Practice, service_id: str) -> None:
    give(practice, OrderKind.PAUSE, service_id)
    practice.load(240)
    assert practice.evaluate() == ()
    decision = practice.memory.decisions()["web-id"]
    assert decision.goal == 5
    assert decision.inaction is not None
    assert (decision.inaction.reason, decision.inaction.sentence) == (
        InactionReason.PAUSED,
        "paused by ana@desk (launch)",
    )


def test_an_order_that_was_under_way_when_the_pause_came_is_dropped(practice: Practice, grow: ScaleOrder) -> None:
    give(practice, OrderKind.PAUSE)
    assert practice.scale(grow).refusal is RefusalReason.PAUSED


def test_a_pause_ends_by_itself(practice: Practice) -> None:
    give(practice, OrderKind.PAUSE, lasts=timedelta(seconds=20))
    for replicas in (2, 5):
        practice.load(240)
        practice.evaluate_and_act()
        assert practice.replicas == replicas


def test_the_end_of_its_own_pause_does_not_lift_that_of_everything(practice: Practice) -> None:
    give(practice, OrderKind.PAUSE, lasts=timedelta(seconds=1))
    give(practice, OrderKind.PAUSE, ALL_SERVICES, task_id="o2")
    practice.load(240)
    assert practice.evaluate() == ()


def test_a_pause_of_everything_reads_and_is_written_down(practice: Practice) -> None:
    outcome = give(practice, OrderKind.PAUSE, ALL_SERVICES)
    assert outcome.sentence == "everything paused until resumed: launch"
    (entry,) = practice.journal.entries
    assert (entry.service_id, entry.service_name, entry.sentence) == (ALL_SERVICES, ALL_SERVICES, outcome.sentence)


def test_the_same_pause_delivered_again_ends_no_later(practice: Practice) -> None:
    first = give(practice, OrderKind.PAUSE, lasts=HALF_AN_HOUR)
    practice.clock.advance(timedelta(minutes=1))
    assert give(practice, OrderKind.PAUSE, lasts=HALF_AN_HOUR) == first
    assert len(practice.journal.entries) == 1


@pytest.mark.parametrize("service_id", ["web-id", ALL_SERVICES], ids=["of the service", "of everything"])
def test_resuming_lets_the_next_evaluation_act(practice: Practice, service_id: str) -> None:
    give(practice, OrderKind.PAUSE, service_id)
    assert give(practice, OrderKind.RESUME, service_id, task_id="o2").verdict is OrderVerdict.RESUMED
    practice.load(240)
    practice.evaluate_and_act()
    assert practice.replicas == 5


def test_resuming_one_service_while_everything_is_paused_is_refused_and_says_what_would_help(
    practice: Practice,
) -> None:
    give(practice, OrderKind.PAUSE, ALL_SERVICES, actor="bob")
    outcome = give(practice, OrderKind.RESUME, task_id="o2")
    assert outcome.verdict is OrderVerdict.REFUSED
    assert outcome.sentence == "web refused: everything is paused by bob (skep resume --all ends that)"


def test_resuming_one_of_two_pauses_says_that_the_other_stays(practice: Practice) -> None:
    give(practice, OrderKind.PAUSE)
    give(practice, OrderKind.PAUSE, ALL_SERVICES, actor="bob", task_id="o2")
    outcome = give(practice, OrderKind.RESUME, reason="", task_id="o3")
    assert outcome.sentence == "web resumed, but everything is paused by bob (skep resume --all ends that)"


def test_resuming_everything_says_how_many_stay_paused(practice: Practice) -> None:
    practice.swarm.add("api", replicas=2, labels=LABELS)
    give(practice, OrderKind.PAUSE)
    give(practice, OrderKind.PAUSE, ALL_SERVICES, task_id="o2")
    outcome = give(practice, OrderKind.RESUME, ALL_SERVICES, reason="", task_id="o3")
    assert outcome.sentence == "everything resumed, but 1 service stays paused by an order of its own"


def test_a_service_may_be_paused_before_it_is_enabled(practice: Practice) -> None:
    practice.swarm.add("stranger", replicas=3)
    assert give(practice, OrderKind.PAUSE, "stranger").verdict is OrderVerdict.PAUSED
    practice.swarm.label("stranger", LABELS)
    practice.metrics.rate("stranger", "proxy", 480)
    assert practice.evaluate() == ()


# --- what all have in common ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(OrderKind))
def test_a_person_waits_for_a_busy_service(practice: Practice, kind: OrderKind) -> None:
    with (
        practice.locks.hold("service:web-id", ttl=TIME_LIMIT),
        pytest.raises(Temporary, match="web skipped: another change is under way"),
    ):
        give(practice, kind)


@pytest.mark.parametrize(
    ("earlier", "later", "service_id", "name"),
    [
        pytest.param(OrderKind.HOLD, OrderKind.RELEASE, "web-id", "web", id="a hold, after a release"),
        pytest.param(OrderKind.RELEASE, OrderKind.HOLD, "web-id", "web", id="a release, after a hold"),
        pytest.param(OrderKind.PAUSE, OrderKind.RESUME, "web-id", "web", id="a pause, after a resume"),
        pytest.param(OrderKind.RESUME, OrderKind.PAUSE, "web-id", "web", id="a resume, after a pause"),
        pytest.param(OrderKind.PAUSE, OrderKind.RESUME, ALL_SERVICES, "everything", id="a pause of everything"),
    ],
)
def test_what_waited_for_a_busy_service_does_not_undo_what_was_ordered_later(
    practice: Practice, earlier: OrderKind, later: OrderKind, service_id: str, name: str
) -> None:
    with practice.locks.hold(f"service:{service_id}", ttl=TIME_LIMIT), pytest.raises(Temporary):
        give(practice, earlier, service_id, task_id="earlier")
    give(practice, later, service_id, actor="ben@desk", task_id="later")
    holds, pauses = practice.memory.holds(["web-id"]), practice.memory.pauses()

    outcome = give(practice, earlier, service_id, task_id="earlier")

    sentence = f"{name} refused: a later order of ben@desk has been carried out"
    assert (outcome.verdict, outcome.sentence) == (OrderVerdict.REFUSED, sentence)
    assert written(practice)[-1] == (EntryKind.REFUSED, sentence, "earlier")
    assert (practice.memory.holds(["web-id"]), practice.memory.pauses()) == (holds, pauses)


def test_a_pause_does_not_overtake_a_hold_which_is_about_something_else(practice: Practice) -> None:
    with practice.locks.hold("service:web-id", ttl=TIME_LIMIT), pytest.raises(Temporary):
        give(practice, OrderKind.HOLD, task_id="earlier")
    give(practice, OrderKind.PAUSE, task_id="later")
    assert give(practice, OrderKind.HOLD, task_id="earlier").verdict is OrderVerdict.HELD


def test_a_count_by_hand_that_waited_does_not_undo_a_later_release(practice: Practice, grow: ScaleOrder) -> None:
    by_hand = replace(grow, replicas=4, seen_replicas=None, evaluation=None, actor="ana@desk")
    with practice.locks.hold("service:web-id", ttl=TIME_LIMIT), pytest.raises(Temporary):
        practice.scale(by_hand, hold_for=HALF_AN_HOUR)
    give(practice, OrderKind.RELEASE, actor="ben@desk")
    assert practice.scale(by_hand, hold_for=HALF_AN_HOUR).refusal is RefusalReason.OVERTAKEN
    assert practice.memory.holds(["web-id"]) == {}


def test_a_pause_of_everything_has_a_lock_of_its_own(practice: Practice) -> None:
    with practice.locks.hold("service:web-id", ttl=TIME_LIMIT):
        assert give(practice, OrderKind.PAUSE, ALL_SERVICES).verdict is OrderVerdict.PAUSED


@pytest.mark.parametrize("kind", list(OrderKind))
def test_an_order_that_cannot_be_written_down_does_not_stand(practice: Practice, kind: OrderKind) -> None:
    practice.journal.break_down()
    with pytest.raises(Temporary):
        give(practice, kind)
    assert (practice.memory.holds(["web-id"]), practice.memory.pauses()) == ({}, {})


def test_an_order_stands_while_the_permanent_store_is_out_of_reach(practice: Practice) -> None:
    practice.journal.lose_archive()
    assert give(practice, OrderKind.HOLD).verdict is OrderVerdict.HELD
    assert set(practice.memory.holds(["web-id"])) == {"web-id"}


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(seconds=-1)], ids=["no time", "less than none"])
def test_an_order_that_would_end_at_once_is_none(lasts: timedelta) -> None:
    with pytest.raises(ValueError, match="expected more than nothing"):
        GivenOrder(kind=OrderKind.HOLD, service_id="web-id", actor="ana", lasts=lasts)


@pytest.mark.parametrize("kind", [OrderKind.HOLD, OrderKind.RELEASE])
def test_all_services_cannot_be_held_at_once(kind: OrderKind) -> None:
    with pytest.raises(ValueError, match="each has its own count"):
        GivenOrder(kind=kind, service_id=ALL_SERVICES, actor="ana")
