"""An evaluation reads once, decides everything, remembers, and never doubles."""

from datetime import UTC, datetime, timedelta

import pytest

from skep.core.decision import Hold, Verdict
from skep.core.record import EntryKind
from skep.errors import Temporary
from tests.operations.conftest import LABELS, Practice


def test_a_load_above_the_target_orders_growth(practice: Practice) -> None:
    practice.load(240)
    (order,) = practice.evaluate()
    assert (order.service_name, order.replicas, order.seen_replicas) == ("web", 5, 2)
    assert order.reason == "requests 240/s on 2 replicas, target 50/s each"


def test_nothing_to_do_orders_nothing(practice: Practice) -> None:
    practice.load(95)
    assert practice.evaluate() == ()


def test_the_swarm_and_the_store_are_read_once_however_many_services(practice: Practice) -> None:
    for number in range(20):
        practice.swarm.add(f"other-{number}", replicas=1, labels=LABELS | {"skep.min": "1"})
    practice.evaluate()
    assert practice.swarm.reads == 1
    assert len(practice.metrics.reads) == 1


def test_a_service_without_the_label_is_never_looked_at(practice: Practice) -> None:
    practice.swarm.add("stranger", replicas=3)
    practice.evaluate()
    assert set(practice.memory.decisions()) == {"web-id"}


def test_a_wrong_label_leaves_its_service_alone_and_all_others_go_on(practice: Practice) -> None:
    practice.swarm.add("broken", replicas=3, labels=LABELS | {"skep.max": "many"})
    practice.load(240)
    assert [order.service_name for order in practice.evaluate()] == ["web"]
    decision = practice.memory.decisions()["broken-id"]
    assert decision.verdict is Verdict.INVALID
    assert 'skep.max is "many"' in decision.reason


def test_ticks_of_two_beats_at_once_are_one_evaluation(practice: Practice) -> None:
    practice.load(240)
    assert len(practice.evaluate()) == 1
    assert practice.evaluate_at_once() == ()
    assert practice.swarm.reads == 1


def test_an_evaluation_does_not_begin_while_another_runs(practice: Practice) -> None:
    practice.load(240)
    with practice.locks.hold("loop:evaluate.services", ttl=timedelta(seconds=30)):
        assert practice.evaluate() == ()


def test_evaluation_ids_rise_even_when_the_clock_is_set_back(practice: Practice) -> None:
    practice.evaluate()
    first = practice.memory.decisions()["web-id"].evaluation
    practice.clock.advance(timedelta(hours=-1))
    practice.locks = type(practice.locks)(practice.clock)
    practice.evaluate_at_once()
    assert practice.memory.decisions()["web-id"].evaluation > first


def test_a_service_seen_for_the_first_time_does_not_shrink_within_its_window(practice: Practice) -> None:
    practice.swarm.change("web", replicas=8)
    for _ in range(19):
        practice.load(10)
        practice.evaluate_and_act()
        assert practice.replicas == 8
    for _ in range(3):
        practice.load(10)
        practice.evaluate_and_act()
    assert practice.replicas == 2


@pytest.mark.parametrize("window", ["1s", "15s"])
def test_a_window_shorter_than_the_interval_still_lets_a_service_shrink(practice: Practice, window: str) -> None:
    practice.swarm.label("web", {"skep.scale-down": f"window={window}"})
    practice.swarm.change("web", replicas=8)
    for _ in range(4):
        practice.load(10)
        practice.evaluate_and_act()
        practice.clock.advance(timedelta(milliseconds=3))
    assert practice.replicas == 2


def test_losing_all_memory_starts_the_window_anew(practice: Practice) -> None:
    practice.swarm.change("web", replicas=8)
    for _ in range(15):
        practice.load(10)
        practice.evaluate_and_act()
    practice.memory.forget_everything()
    for _ in range(15):
        practice.load(10)
        practice.evaluate_and_act()
    assert practice.replicas == 8


def test_lost_metrics_never_shrink_and_say_so_once(practice: Practice) -> None:
    for _ in range(3):
        practice.load(480)
        practice.evaluate_and_act()
    assert practice.replicas == 10
    practice.metrics.break_down()
    for _ in range(40):
        practice.evaluate_and_act()
    assert practice.replicas == 10
    held = [entry for entry in practice.journal.entries if entry.kind is EntryKind.HELD]
    assert len(held) == 1
    assert "no value of requests (store unreachable" in held[0].sentence


def test_bounds_hold_while_metrics_are_lost(practice: Practice) -> None:
    practice.metrics.break_down()
    practice.swarm.change("web", replicas=9)
    practice.evaluate_and_act()
    practice.swarm.label("web", {"skep.max": "6"})
    practice.evaluate_and_act()
    assert practice.replicas == 6


def test_a_hold_stands_against_the_load_until_it_ends(practice: Practice) -> None:
    until = practice.clock.now() + timedelta(minutes=10)
    practice.memory.put_hold("web-id", Hold(replicas=4, until=until, actor="ana@desk"))
    practice.load(480)
    practice.evaluate_and_act()
    assert practice.replicas == 4
    practice.clock.set(until)
    practice.load(480)
    practice.evaluate_and_act()
    assert practice.replicas == 8


def test_a_state_is_recorded_every_five_minutes(practice: Practice) -> None:
    for _ in range(41):
        practice.load(95)
        practice.evaluate()
    assert [entry.kind for entry in practice.journal.entries] == [EntryKind.STATE] * 3


def test_a_service_that_is_gone_is_forgotten(practice: Practice) -> None:
    practice.evaluate()
    practice.swarm.remove("web")
    practice.evaluate()
    assert practice.memory.decisions() == {}


@pytest.mark.parametrize("part", ["swarm", "memory", "locks"])
def test_without_swarm_or_memory_nothing_is_decided(practice: Practice, part: str) -> None:
    getattr(practice, part).break_down()
    with pytest.raises(Temporary):
        practice.evaluate()
    assert practice.swarm.writes == []


NIGHT = {"skep.schedule.night": "00:00-06:00 UTC min=0 max=0"}


def test_what_a_schedule_put_to_sleep_wakes_when_it_ends(practice: Practice) -> None:
    practice.swarm.label("web", NIGHT)
    practice.clock.set(datetime(2026, 3, 1, 5, 0, tzinfo=UTC))
    practice.load(95)
    practice.evaluate_and_act()
    assert practice.replicas == 0
    practice.clock.set(datetime(2026, 3, 1, 5, 59, 40, tzinfo=UTC))
    practice.evaluate_and_act()
    practice.evaluate_and_act()
    assert practice.replicas == 2


def test_what_a_person_switched_off_at_night_stays_off_in_the_morning(practice: Practice) -> None:
    practice.clock.set(datetime(2026, 3, 1, 5, 59, 30, tzinfo=UTC))
    practice.load(95)
    practice.evaluate_and_act()
    practice.swarm.change("web", replicas=0)
    practice.evaluate_and_act()
    practice.evaluate_and_act()
    assert practice.replicas == 0


def test_a_dry_run_decides_and_remembers_but_orders_nothing(practice: Practice) -> None:
    practice.swarm.label("web", {"skep.dry-run": "true"})
    practice.load(240)
    assert practice.evaluate() == ()
    assert practice.memory.decisions()["web-id"].goal == 5
