"""What others did to services is told apart, written down, and answered: restored, kept, or left alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.action import OUTSIDE, ScaleOrder
from skep.core.cluster import UpdateState
from skep.core.decision import Decision, Hold, Pause, Verdict
from skep.core.record import EntryKind
from skep.ports import ServiceHandle
from tests.operations.conftest import LABELS, Practice

HALF_AN_HOUR = timedelta(minutes=30)


class Killed(BaseException):
    """The worker is gone at this very point."""


@pytest.fixture(params=[None, "shop"], ids=["alone", "in a stack"])
def surging(practice: Practice, request: pytest.FixtureRequest) -> Practice:
    """Web has grown from two replicas to eight, and needs them; it stands alone, or with a sibling in a stack."""
    practice.swarm.change("web", stack=request.param)
    practice.swarm.add("api", replicas=2, labels=LABELS, stack=request.param)
    for _ in range(4):
        tick(practice)
    assert practice.replicas == 8
    assert told(practice) == []
    return practice


@pytest.fixture
def in_a_stack(practice: Practice) -> Practice:
    """The same in a stack, for what is about siblings."""
    practice.swarm.change("web", stack="shop")
    practice.swarm.add("api", replicas=2, labels=LABELS, stack="shop")
    for _ in range(4):
        tick(practice)
    return practice


def tick(practice: Practice, *, web: float = 380, api: float = 95) -> None:
    """Clients go on, and so does skep."""
    practice.load(web)
    practice.metrics.rate("api", "proxy", api)
    practice.evaluate_and_act()


def told(practice: Practice) -> list[str]:
    """What was written down about others, oldest first."""
    return [entry.sentence for entry in practice.journal.entries if entry.kind is EntryKind.OUTSIDE]


def latest(practice: Practice, service_id: str = "web-id") -> Decision:
    return practice.memory.decisions()[service_id]


def held(practice: Practice, service_id: str = "web-id") -> Hold | None:
    return practice.memory.holds([service_id]).get(service_id)


# --- deploys -------------------------------------------------------------------------------------------------------


def test_a_deploy_in_mid_surge_is_restored_at_the_next_evaluation_whatever_rates_say(surging: Practice) -> None:
    surging.swarm.change("web", replicas=2, fingerprint="a new image")
    tick(surging)
    assert surging.replicas == 8
    assert told(surging) == ["web deployed, which set its count from 8 to 2"]
    assert [step.by for step in latest(surging).steps] == ["deploy"]


def test_a_deploy_of_the_whole_stack_is_known_by_the_siblings_that_it_wrote(in_a_stack: Practice) -> None:
    in_a_stack.swarm.change("web", replicas=2)
    in_a_stack.swarm.change("api")
    tick(in_a_stack)
    assert in_a_stack.replicas == 8
    assert told(in_a_stack) == ["web deployed with its stack, which set its count from 8 to 2"]


def test_a_deploy_of_a_stack_of_one_is_known_by_the_count_it_is_known_to_set(practice: Practice) -> None:
    practice.swarm.change("web", stack="shop")
    for _ in range(4):
        tick(practice)
    practice.swarm.change("web", replicas=2)
    tick(practice)
    assert practice.replicas == 8
    assert told(practice) == ["web probably deployed, which set its count from 8 to 2"]


def test_a_deploy_that_changed_no_count_is_not_worth_a_word(surging: Practice) -> None:
    surging.swarm.change("web", fingerprint="a new image")
    tick(surging)
    assert told(surging) == []


def test_a_count_that_a_deploy_raised_is_left_to_the_metrics(surging: Practice) -> None:
    surging.swarm.change("web", replicas=10, fingerprint="a new image")
    tick(surging)
    assert latest(surging).recommendation == 8
    assert held(surging) is None


def test_what_a_deploy_undid_is_owed_until_a_rollout_that_could_roll_back_is_over(surging: Practice) -> None:
    surging.swarm.change(
        "web", replicas=2, fingerprint="b", update_state=UpdateState.UPDATING, rolls_back_on_failure=True
    )
    for _ in range(3):
        tick(surging)
        assert surging.replicas == 2
    surging.swarm.change("web", update_state=UpdateState.COMPLETED)
    tick(surging)
    assert surging.replicas == 8


def test_the_fall_of_a_deploy_is_undone_once(surging: Practice) -> None:
    surging.swarm.change("web", replicas=2, fingerprint="b")
    tick(surging)
    for _ in range(45):
        tick(surging, web=60)
    assert surging.replicas == 2
    assert len(told(surging)) == 1


# --- people --------------------------------------------------------------------------------------------------------


def test_a_count_that_a_person_set_is_kept_for_thirty_minutes(surging: Practice) -> None:
    surging.swarm.change("web", replicas=5)
    tick(surging)
    until = surging.clock.now() + HALF_AN_HOUR
    hold = held(surging)
    assert hold is not None
    assert (hold.replicas, hold.actor, hold.until) == (5, "somebody outside skep", until)
    assert told(surging) == ["web set from 8 to 5 by somebody outside skep"]
    while surging.clock.now() < until - timedelta(seconds=15):
        tick(surging)
        assert surging.replicas == 5
    tick(surging)
    assert surging.replicas == 8


def test_what_a_person_did_is_written_down_with_the_hold_that_follows(surging: Practice) -> None:
    surging.swarm.change("web", replicas=5)
    tick(surging)
    (entry,) = [entry for entry in surging.journal.entries if entry.kind is EntryKind.OUTSIDE]
    assert (entry.actor, entry.replicas_before, entry.replicas_after) == (OUTSIDE, 8, 5)
    assert entry.order is not None
    assert (entry.order.replicas, entry.order.until) == (5, surging.clock.now() + HALF_AN_HOUR)


def test_a_service_that_a_person_set_to_zero_stays_off_until_somebody_raises_it(surging: Practice) -> None:
    surging.swarm.change("web", replicas=0)
    for _ in range(3 * 60):
        tick(surging)
    assert surging.replicas == 0
    assert held(surging) is None
    surging.swarm.change("web", replicas=1)
    tick(surging)
    assert surging.replicas == 1


def test_a_person_who_scales_while_skep_scales_a_sibling_is_no_deploy(in_a_stack: Practice) -> None:
    tick(in_a_stack, api=190)
    in_a_stack.swarm.change("web", replicas=5)
    tick(in_a_stack, api=190)
    assert in_a_stack.swarm.service("api").replicas == 4
    assert told(in_a_stack) == ["web set from 8 to 5 by somebody outside skep"]


# --- rollbacks, and services made anew -----------------------------------------------------------------------------


@pytest.mark.parametrize("fingerprint", ["as before", ""], ids=["undoes a deploy", "undoes a scaling"])
def test_a_rollback_is_left_alone_until_it_is_over_and_then_its_count_is_restored(
    surging: Practice, fingerprint: str
) -> None:
    surging.swarm.change("web", replicas=2, fingerprint=fingerprint, update_state=UpdateState.ROLLBACK_STARTED)
    tick(surging)
    assert surging.replicas == 2
    assert latest(surging).verdict is Verdict.LEAVE_ALONE
    surging.swarm.change("web", update_state=UpdateState.ROLLBACK_COMPLETED)
    tick(surging)
    assert surging.replicas == 8
    assert told(surging) == ["web rolled back, which set its count from 8 to 2"]


def test_a_service_made_anew_takes_over_what_was_known_of_its_name(surging: Practice) -> None:
    surging.swarm.remove("web")
    surging.swarm.add("web", replicas=2, labels=LABELS)
    tick(surging)
    assert surging.replicas == 8
    assert told(surging) == ["web created anew, which set its count from 8 to 2"]
    assert latest(surging, "web-id-2").goal == 8


def test_what_people_ordered_of_a_service_goes_on_standing_when_it_is_made_anew(surging: Practice) -> None:
    now = surging.clock.now()
    surging.memory.put_hold("web-id", Hold(replicas=4, until=now + HALF_AN_HOUR, actor="ana", reason="launch"))
    surging.memory.put_pause("web-id", Pause(until=now + timedelta(seconds=50), actor="ana"))
    surging.swarm.remove("web")
    surging.swarm.add("web", replicas=2, labels=LABELS)
    for _ in range(3):
        tick(surging)
        assert surging.replicas == 2
    tick(surging)
    assert surging.replicas == 4
    surging.memory.forget_everything()
    tick(surging)
    assert surging.replicas == 4


def test_orders_that_have_ended_are_not_taken_over(surging: Practice) -> None:
    surging.memory.put_hold("web-id", Hold(replicas=4, until=surging.clock.now(), actor="ana"))
    surging.swarm.remove("web")
    surging.swarm.add("web", replicas=2, labels=LABELS)
    tick(surging)
    assert held(surging, "web-id-2") is None


# --- labels --------------------------------------------------------------------------------------------------------


def test_labels_that_were_changed_are_told_one_by_one(surging: Practice) -> None:
    surging.swarm.change(
        "web", labels=tuple({**LABELS, "skep.max": "12", "skep.cooldown": "1m"}.items()), fingerprint="b"
    )
    tick(surging)
    assert told(surging) == ["web labels changed: skep.cooldown unset → 1m, skep.max 10 → 12"]
    change = latest(surging).outside
    assert change is not None
    assert change.sentence == "labels changed: skep.cooldown unset → 1m, skep.max 10 → 12"


# --- skep itself ---------------------------------------------------------------------------------------------------


def test_what_skep_did_itself_is_nobody_elses(surging: Practice) -> None:
    for web in (380, 480, 480, 60, 60, 380):
        tick(surging, web=web, api=web)
    assert told(surging) == []


@pytest.mark.parametrize("hold_for", [HALF_AN_HOUR, None], ids=["held", "not held"])
def test_a_count_ordered_by_hand_is_nobody_elses(surging: Practice, hold_for: timedelta | None) -> None:
    by_hand = ScaleOrder(
        service_id="web-id",
        service_name="web",
        replicas=4,
        seen_replicas=None,
        evaluation=None,
        reason="launch",
        actor="ana",
    )
    for replicas in (4, 6):
        surging.clock.advance(timedelta(seconds=1))
        surging.scale(replace(by_hand, replicas=replicas), hold_for=hold_for, task_id=f"t{replicas}")
    tick(surging)
    assert told(surging) == []


def test_a_count_that_is_held_is_nobody_elses_whatever_the_clock_of_its_worker_says(surging: Practice) -> None:
    surging.memory.put_hold("web-id", Hold(replicas=6, until=None, actor="ana", reason="launch"))
    surging.swarm.change("web", replicas=6)
    tick(surging)
    hold = held(surging)
    assert told(surging) == []
    assert hold is not None
    assert hold.actor == "ana"


def test_a_count_whose_hold_has_ended_is_somebody_elses_again(surging: Practice) -> None:
    surging.memory.put_hold("web-id", Hold(replicas=6, until=surging.clock.now(), actor="ana", reason="launch"))
    surging.swarm.change("web", replicas=6)
    tick(surging)
    assert told(surging) == ["web set from 8 to 6 by somebody outside skep"]


def test_the_count_of_a_worker_that_was_killed_before_it_wrote_it_down_is_nobody_elses(surging: Practice) -> None:
    post = surging.swarm.set_replicas

    def post_and_die(handle: ServiceHandle, replicas: int) -> None:
        post(handle, replicas)
        raise Killed

    surging.swarm.set_replicas = post_and_die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        tick(surging, web=480)
    surging.swarm.set_replicas = post  # type: ignore[method-assign]
    assert surging.replicas == 10
    tick(surging, web=480)
    assert (told(surging), held(surging)) == ([], None)


def test_a_service_seen_for_the_first_time_has_no_strangers(practice: Practice) -> None:
    practice.evaluate()
    assert told(practice) == []


def test_what_happened_while_the_memory_was_lost_is_not_made_up(surging: Practice) -> None:
    surging.memory.forget_everything()
    surging.swarm.change("web", replicas=5)
    tick(surging)
    assert told(surging) == []


def test_a_deploy_right_after_a_change_of_skeps_own_is_noticed_and_undone(practice: Practice) -> None:
    """Its count is the one that skep saw before its own change, and still not skep's doing."""
    practice.swarm.add("api", replicas=1, stack="shop")
    practice.swarm.change("web", stack="shop")
    practice.load(95)
    practice.evaluate_and_act()
    practice.clock.advance(timedelta(minutes=1))
    practice.load(240)
    practice.evaluate_and_act()
    assert practice.replicas == 5
    practice.swarm.change("api")
    practice.swarm.change("web", replicas=2)
    practice.load(240)
    practice.evaluate_and_act()
    assert "web deployed with its stack, which set its count from 5 to 2" in [
        entry.sentence for entry in practice.journal.entries
    ]
    assert practice.replicas == 5
