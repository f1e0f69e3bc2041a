"""Each guard does one thing, and says why."""

from datetime import timedelta

import pytest

from skep.core.cluster import UpdateState
from skep.core.decision import Hold, Situation
from skep.core.guards.bounds import out_of_bounds, within_bounds
from skep.core.guards.cooldown import cooled_down
from skep.core.guards.gaps import no_shrink_on_gaps
from skep.core.guards.hold import held
from skep.core.guards.rate import rate_limited
from skep.core.guards.rollout import during_rollout, growth_only
from skep.core.guards.stabilization import stabilized
from skep.core.guards.switched_off import switched_off
from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import DirectionPolicy, RateLimit, RateUnit, Select
from tests.builders import NOW, ago, history, policy, proposal, service, situation

STALE = Gap(reason=GapReason.STALE, detail="newest point is 95 s old, at most 45 s allowed")


def direction(
    window_s: float = 0, *rates: RateLimit, select: Select = Select.MAX, cooldown_s: float = 0
) -> DirectionPolicy:
    return DirectionPolicy(
        window=timedelta(seconds=window_s), rates=rates, select=select, cooldown=timedelta(seconds=cooldown_s)
    )


class TestGaps:
    @pytest.mark.parametrize(
        ("given", "wish", "kept"),
        [
            pytest.param(situation(proposal(2), proposal(gap=STALE)), 2, 3, id="a gap forbids shrinking"),
            pytest.param(situation(proposal(2, may_shrink=False)), 2, 3, id="so does a lower bound"),
        ],
    )
    def test_shrinking_needs_every_value(self, given: Situation, wish: int, kept: int) -> None:
        step = no_shrink_on_gaps(given, wish)
        assert step is not None
        assert step.replicas_after == kept
        assert "requests" in step.reason

    @pytest.mark.parametrize(
        ("given", "wish"),
        [
            pytest.param(situation(proposal(5), proposal(gap=STALE)), 5, id="a gap allows growing"),
            pytest.param(situation(proposal(2)), 2, id="without a gap shrinking is free"),
        ],
    )
    def test_otherwise_it_has_nothing_to_say(self, given: Situation, wish: int) -> None:
        assert no_shrink_on_gaps(given, wish) is None


class TestStabilization:
    def test_shrinking_follows_the_highest_of_its_window(self) -> None:
        step = stabilized(situation(of=service(7), past=history({200: 6, 100: 4})), 2)
        assert step is not None
        assert step.replicas_after == 6

    def test_it_says_when_the_wish_can_come_true(self) -> None:
        step = stabilized(situation(of=service(7), past=history({200: 6, 100: 4, 10: 2})), 2)
        assert step is not None
        assert step.until == ago(100) + timedelta(seconds=300)

    def test_a_recommendation_as_old_as_the_window_no_longer_counts(self) -> None:
        assert stabilized(situation(of=service(7), past=history({300: 7})), 2) is None

    def test_growth_follows_the_lowest_of_its_window(self) -> None:
        under = policy(scale_up=direction(60))
        step = stabilized(situation(of=service(3), under=under, past=history({30: 5})), 9)
        assert step is not None
        assert step.replicas_after == 5


class TestRate:
    def test_growth_takes_the_larger_of_four_and_double_by_default(self) -> None:
        step = rate_limited(situation(of=service(2)), 20)
        assert step is not None
        assert step.replicas_after == 6

    def test_what_was_added_in_the_period_counts_against_it(self) -> None:
        step = rate_limited(situation(of=service(6), past=history(events={10: 4})), 20)
        assert step is not None
        assert step.replicas_after == 6
        assert step.until == ago(10) + timedelta(seconds=15)

    def test_a_direction_can_be_switched_off(self) -> None:
        under = policy(scale_down=direction(0, select=Select.DISABLED))
        step = rate_limited(situation(of=service(5), under=under), 2)
        assert step is not None
        assert step.replicas_after == 5
        assert "switched off" in step.reason

    def test_min_selects_the_smaller_change(self) -> None:
        rates = (
            RateLimit(amount=1, unit=RateUnit.REPLICAS, period=timedelta(minutes=1)),
            RateLimit(amount=50, unit=RateUnit.PERCENT, period=timedelta(minutes=1)),
        )
        under = policy(scale_down=direction(0, *rates, select=Select.MIN))
        step = rate_limited(situation(of=service(10), under=under), 2)
        assert step is not None
        assert step.replicas_after == 9


class TestCooldown:
    def test_a_change_waits_for_the_last_one_in_its_direction(self) -> None:
        under = policy(scale_down=direction(0, cooldown_s=180))
        step = cooled_down(situation(of=service(5), under=under, past=history(events={100: -1})), 4)
        assert step is not None
        assert step.replicas_after == 5
        assert step.until == ago(100) + timedelta(seconds=180)

    @pytest.mark.parametrize(
        "events",
        [
            pytest.param({180: -1}, id="the boundary itself is allowed"),
            pytest.param({10: +3}, id="growing does not delay shrinking"),
            pytest.param({}, id="the first change is never held"),
        ],
    )
    def test_otherwise_the_change_passes(self, events: dict[float, int]) -> None:
        under = policy(scale_down=direction(0, cooldown_s=180))
        assert cooled_down(situation(of=service(5), under=under, past=history(events=events)), 4) is None


class TestBounds:
    @pytest.mark.parametrize(
        ("replicas", "goal"), [pytest.param(25, 20, id="above max"), pytest.param(1, 2, id="below min")]
    )
    def test_a_count_outside_comes_back_before_any_metric(self, replicas: int, goal: int) -> None:
        step = out_of_bounds(situation(of=service(replicas), under=policy(minimum=2)))
        assert step is not None
        assert step.replicas_after == goal

    def test_a_wish_is_clamped_last(self) -> None:
        step = within_bounds(situation(), 99)
        assert step is not None
        assert (step.replicas_after, step.reason) == (20, "max is 20")

    def test_inside_there_is_nothing_to_say(self) -> None:
        assert out_of_bounds(situation()) is None
        assert within_bounds(situation(), 20) is None


class TestHold:
    def test_a_hold_in_force_sets_the_goal(self) -> None:
        hold = Hold(replicas=9, until=ago(-60), actor="ana@desk", reason="launch")
        step = held(situation(hold=hold))
        assert step is not None
        assert step.replicas_after == 9
        assert "ana@desk" in step.reason
        assert "launch" in step.reason

    def test_an_ended_hold_is_forgotten(self) -> None:
        assert held(situation(hold=Hold(replicas=9, until=NOW, actor="ana@desk"))) is None

    def test_a_hold_without_an_end_stays(self) -> None:
        assert held(situation(hold=Hold(replicas=9, until=None, actor="ana@desk"))) is not None


class TestSwitchedOff:
    def test_zero_below_min_is_a_persons_doing(self) -> None:
        assert switched_off(situation(of=service(0))) is not None

    def test_zero_is_normal_where_min_is_zero(self) -> None:
        assert switched_off(situation(of=service(0), under=policy(minimum=0))) is None


class TestRollout:
    @pytest.mark.parametrize("state", [UpdateState.PAUSED, UpdateState.ROLLBACK_STARTED, UpdateState.ROLLBACK_PAUSED])
    def test_a_stuck_rollout_is_never_touched(self, state: UpdateState) -> None:
        step = during_rollout(situation(of=service(update_state=state)))
        assert step is not None
        assert step.replicas_after == step.replicas_before

    def test_a_rollout_with_automatic_rollback_is_left_alone(self) -> None:
        of = service(update_state=UpdateState.UPDATING, rolls_back_on_failure=True)
        assert during_rollout(situation(of=of)) is not None

    def test_any_other_rollout_may_grow_but_not_shrink(self) -> None:
        of = service(update_state=UpdateState.UPDATING)
        assert during_rollout(situation(of=of)) is None
        assert growth_only(situation(of=of), 5) is None
        step = growth_only(situation(of=of), 1)
        assert step is not None
        assert step.replicas_after == 3

    @pytest.mark.parametrize("state", [UpdateState.NONE, UpdateState.COMPLETED, UpdateState.ROLLBACK_COMPLETED])
    def test_a_finished_rollout_is_no_reason_to_wait(self, state: UpdateState) -> None:
        of = service(update_state=state)
        assert during_rollout(situation(of=of)) is None
        assert growth_only(situation(of=of), 1) is None
