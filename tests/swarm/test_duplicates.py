"""Two of everything, and everything twice: whatever comes again, late, or broken, changes are made once."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from lab.demo.stack import ACTOR, OBSERVER
from skep.core.record import EntryKind
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE
from tests.swarm.stage import INTERVAL, POLICY, Stage

pytestmark = pytest.mark.swarm

#: Nobody brings any load, and skep leaves a count as it is that somebody else has raised.
CALM = {**POLICY, "skep.scale-down": "off"}


def own_order(stage: Stage, **differently: object) -> dict[str, object]:
    """An order of skep's own, as an evaluation sends it."""
    order: dict[str, object] = {
        "service_id": stage.service.id,
        "service_name": SERVICE,
        "replicas": 4,
        "seen_replicas": 2,
        "evaluation": 1,
        "reason": "requests 20/s on 2 replicas, target 5/s each",
        "actor": "skep",
    }
    return order | differently


def fresh(name: str) -> str:
    """A task id of this try alone: how a task of an earlier one has ended is remembered."""
    return f"{name}.{time.monotonic_ns()}"


def test_two_beats_two_observers_and_two_actors_do_the_work_of_one(stage: Stage) -> None:
    stage.skep.start_beat("beat-2")
    stage.skep.start_observer("observer-2")
    stage.skep.start_actor("actor-2")
    stage.skep.wait_ready("beat-2", "observer-2", "actor-2")
    stage.label({**POLICY, "skep.min": "4"})
    stage.await_replicas(4)
    for observer in (OBSERVER, "observer-2"):
        tick_until_done_by(stage, observer)
    for _ in range(30):
        stage.postbox.tick()
    stage.account.next_decisions(5)
    assert_evaluations_keep_apart(stage)
    assert (stage.counts, stage.writes) == ([4], 1)
    assert [entry.sentence for entry in stage.account.changes] == [f"{SERVICE} 2 → 4: min is 4"]


def tick_until_done_by(stage: Stage, process: str) -> None:
    """Redis serves who waits longest: with two kinds of messages in turn, an observer may get but one kind for ever."""

    def times_after_a_tick() -> int:
        stage.postbox.tick()
        return times_done(stage, process, "evaluate.services")

    becomes(times_after_a_tick, bool, what=f"an evaluation of {process}")


def assert_evaluations_keep_apart(stage: Stage) -> None:
    """There were not more than one in half an interval, of all those that were asked for."""
    instants = sorted({recommendation.at for recommendation in stage.account.recommendations})
    half_intervals = (instants[-1] - instants[0]) / (INTERVAL / 2)
    assert len(instants) <= half_intervals + 2


def times_done(stage: Stage, process: str, task: str) -> int:
    """How often a worker has brought a task to a good end."""
    lines = stage.said(process).splitlines()
    return sum(f"Task {task}" in line and " succeeded in " in line for line in lines)


def test_a_message_that_is_delivered_three_times_is_carried_out_once(stage: Stage) -> None:
    stage.label(CALM)
    thrice = fresh("thrice")
    for _ in range(3):
        stage.postbox.send(own_order(stage), task_id=thrice)
    becomes(lambda: times_done(stage, ACTOR, f"scale.service[{thrice}]"), lambda times: times == 3, what="three ends")
    stage.await_replicas(4)
    assert (stage.counts, stage.writes) == ([4], 1)
    assert [entry.task_id for entry in stage.account.changes] == [thrice]


def test_an_order_that_was_decided_on_another_count_is_dropped_and_says_so(stage: Stage) -> None:
    stage.label(CALM)
    stale = fresh("stale")
    stage.postbox.send(own_order(stage, seen_replicas=3), task_id=stale)
    state, result = stage.postbox.outcome(stale)
    assert (state, result.splitlines()) == (
        "SUCCESS",
        [f"refused {SERVICE}: decided on 3, is 2 now", f"{SERVICE} dropped: decided on 3, is 2 now"],
    )
    assert [entry.sentence for entry in stage.account.entries if entry.kind is EntryKind.REFUSED] == [
        f"{SERVICE} dropped: decided on 3, is 2 now"
    ]
    assert stage.writes == 0


def test_an_order_that_nobody_took_in_time_is_never_carried_out(stage: Stage) -> None:
    stage.label(CALM)
    late = fresh("late")
    stage.postbox.send(own_order(stage), task_id=late, expires=datetime.now(UTC) - timedelta(seconds=1))
    state, _ = stage.postbox.outcome(late)
    assert state == "REVOKED"
    stage.postbox.await_quiet()
    assert stage.account.changes == ()
    assert stage.writes == 0


def test_no_message_stops_the_workers_whatever_is_in_it(stage: Stage) -> None:
    stage.label(CALM)
    before = stage.skep.pid(ACTOR)
    stage.postbox.send(own_order(stage, colour="red"), task_id="an unknown argument")
    stage.postbox.send(own_order(stage, replicas="many"), task_id="no count")
    stage.postbox.send({}, task_id="nothing at all")
    stage.postbox.send(own_order(stage, replicas=-1), task_id="less than nothing")
    stage.postbox.send(own_order(stage, service_id="nobody"), task_id="an unknown service")
    stage.postbox.send(own_order(stage), task_id="an unknown task", task="scale.everything")
    stage.postbox.send(own_order(stage), task_id="a program in disguise", serializer="pickle")
    stage.postbox.drop_in(json.dumps({"body": "rubbish"}))
    stage.postbox.send(own_order(stage), task_id="in good order")
    assert [stage.postbox.outcome(task_id)[0] for task_id in ("an unknown argument", "no count", "nothing at all")] == [
        "FAILURE",
        "FAILURE",
        "FAILURE",
    ]
    assert stage.postbox.outcome("in good order")[0] == "SUCCESS"
    stage.postbox.await_quiet()
    assert stage.skep.pid(ACTOR) == before
    assert (stage.counts, stage.writes) == ([4], 1)
