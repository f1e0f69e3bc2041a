"""Each guard does one thing, and says why."""

from dataclasses import replace
from datetime import timedelta

import hypothesis
import pytest
from hypothesis import strategies

from skep.core.cluster import UpdateState
from skep.core.decision import Hold, Situation
from skep.core.guards.activation import activated
from skep.core.guards.bounds import out_of_bounds, within_bounds
from skep.core.guards.cooldown import cooled_down
from skep.core.guards.flaps import within_flap_budget
from skep.core.guards.gaps import no_shrink_on_gaps
from skep.core.guards.hold import held
from skep.core.guards.integer_shrink import fits_after_shrinking
from skep.core.guards.orders_unknown import no_shrink_without_orders
from skep.core.guards.rate import rate_limited
from skep.core.guards.restored import restored
from skep.core.guards.rollout import during_rollout, growth_only
from skep.core.guards.room import no_growth_without_room
from skep.core.guards.stabilization import stabilized
from skep.core.guards.stranded import none_stranded
from skep.core.guards.switched_off import switched_off
from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import DirectionPolicy, OnDeploy, OnMissing, OnRollout, RateLimit, RateUnit, Select
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

    def test_a_static_count_for_the_time_without_a_value_may_be_a_smaller_one(self) -> None:
        given = situation(proposal(2, gap=STALE, stand_in=OnMissing.STATIC))
        assert no_shrink_on_gaps(given, 2) is None


class TestActivation:
    """With ``min`` 0, whether there is anything to do is asked before how much."""

    sleepy = policy(minimum=0)

    def test_the_first_load_wakes_one_replica(self) -> None:
        step = activated(situation(proposal(0, is_active=True), of=service(0), under=self.sleepy), 0)
        assert step is not None
        assert (step.replicas_after, step.reason) == (1, "there is load")

    def test_the_last_replica_stays_until_nothing_was_asked_for_in_five_minutes(self) -> None:
        given = situation(
            proposal(0, is_active=False), of=service(1), under=self.sleepy, past=history({400: 2, 299: 1, 100: 0})
        )
        step = activated(given, 0)
        assert step is not None
        assert (step.replicas_after, step.until) == (1, ago(299) + timedelta(minutes=5))

    def test_then_it_goes(self) -> None:
        given = situation(
            proposal(0, is_active=False), of=service(1), under=self.sleepy, past=history({300: 1, 100: 0})
        )
        assert activated(given, 0) is None

    def test_a_cooldown_for_shrinking_says_how_long_that_is(self) -> None:
        under = policy(minimum=0, scale_down=direction(0, cooldown_s=60))
        given = situation(proposal(0, is_active=False), of=service(1), under=under, past=history({100: 1}))
        assert activated(given, 0) is None

    def test_what_is_not_active_keeps_a_sleeping_service_at_zero(self) -> None:
        step = activated(situation(proposal(3, is_active=False), of=service(0), under=self.sleepy), 3)
        assert step is not None
        assert step.replicas_after == 0

    @pytest.mark.parametrize(
        "given",
        [
            pytest.param(situation(proposal(0, is_active=False), of=service(1)), id="where min is above zero"),
            pytest.param(situation(proposal(2), of=service(1), under=policy(minimum=0)), id="without any total"),
            pytest.param(
                situation(proposal(0, is_active=False), proposal(gap=STALE), of=service(1), under=policy(minimum=0)),
                id="while a metric is missing",
            ),
        ],
    )
    def test_otherwise_it_has_nothing_to_say(self, given: Situation) -> None:
        assert activated(given, 0) is None


class TestIntegerShrink:
    def test_a_smaller_count_must_carry_the_load_within_the_target(self) -> None:
        given = situation(proposal(2, needed=2.6), of=service(4))
        step = fits_after_shrinking(given, 2)
        assert step is not None
        assert (step.replicas_after, step.reason) == (
            3,
            "on 2 replicas requests would be 65/s each, beyond its target of 50/s",
        )

    def test_it_never_makes_a_service_grow(self) -> None:
        step = fits_after_shrinking(situation(proposal(2, needed=9.0), of=service(4)), 2)
        assert step is not None
        assert step.replicas_after == 4

    @pytest.mark.parametrize(
        ("wish", "needed"),
        [
            pytest.param(2, 2.0, id="exactly the target"),
            pytest.param(5, 4.6, id="growing"),
            pytest.param(2, None, id="a metric that cannot tell"),
        ],
    )
    def test_otherwise_it_has_nothing_to_say(self, wish: int, needed: float | None) -> None:
        assert fits_after_shrinking(situation(proposal(wish, needed=needed), of=service(4)), wish) is None


class TestFlaps:
    """Four changes of direction within an hour, and only growth is left."""

    restless = history(events={3000: 2, 2400: -2, 1800: 2, 1200: -2, 600: 2})

    def test_a_spent_budget_forbids_shrinking_until_a_change_of_direction_is_forgotten(self) -> None:
        step = within_flap_budget(situation(of=service(4), past=self.restless), 2)
        assert step is not None
        assert (step.replicas_after, step.until) == (4, ago(2400) + timedelta(hours=1))
        assert "its direction has changed 4 times" in step.reason

    def test_growth_is_never_refused(self) -> None:
        assert within_flap_budget(situation(of=service(4), past=self.restless), 9) is None

    def test_changes_in_one_direction_cost_nothing(self) -> None:
        past = history(events=dict.fromkeys(range(60, 3600, 60), -1))
        assert within_flap_budget(situation(of=service(4), past=past), 2) is None

    def test_what_is_older_than_an_hour_is_forgotten(self) -> None:
        past = history(events={4000: 2, 3600: -2, 1800: 2, 1200: -2, 600: 2})
        assert within_flap_budget(situation(of=service(4), past=past), 2) is None

    def test_the_budget_is_the_operators(self) -> None:
        assert (
            within_flap_budget(situation(of=service(4), under=policy(flaps_per_hour=5), past=self.restless), 2) is None
        )


class TestRoom:
    def test_replicas_that_wait_for_room_ask_for_no_more_of_them(self) -> None:
        step = no_growth_without_room(situation(of=service(5, pending=2)), 9)
        assert step is not None
        assert (step.replicas_after, step.reason) == (5, "2 replicas of it wait for room on a node")

    def test_shrinking_is_free(self) -> None:
        assert no_growth_without_room(situation(of=service(5, pending=2)), 3) is None

    def test_stranded_ones_wait_for_nothing(self) -> None:
        assert no_growth_without_room(situation(of=service(5, pending=2, stranded=2)), 9) is None


NEVER = "Swarm will never start 4 replicas that had no node when it was changed"
ANEW = f"{NEVER}: the next evaluation asks for new ones"
FIRST = f"{NEVER}: new ones come first, to keep min"
SOME = "those that wait for a node would never start if some of them were ended"


class TestStranded:
    """Of 7 replicas 3 have a node, where nothing else is said."""

    @pytest.mark.parametrize(
        ("given", "wish", "goal", "reason"),
        [
            pytest.param(situation(of=service(7, pending=4)), 5, 3, SOME, id="some of those that wait: all of them go"),
            pytest.param(
                situation(of=service(7, pending=4), under=policy(minimum=4)), 5, 7, SOME, id="or none, to keep min"
            ),
            pytest.param(situation(of=service(7, pending=4, stranded=4)), 7, 3, ANEW, id="stranded ones go"),
            pytest.param(situation(of=service(7, pending=4, stranded=4)), 9, 3, ANEW, id="also where more are wanted"),
            pytest.param(
                situation(of=service(4, pending=4, stranded=4), under=policy(minimum=4)),
                4,
                8,
                FIRST,
                id="where min would be broken, new ones come first",
            ),
            pytest.param(
                situation(of=service(4, pending=4, stranded=4), under=policy(minimum=4, maximum=6)),
                4,
                6,
                FIRST,
                id="as many as max allows",
            ),
        ],
    )
    def test_none_is_left_over(self, given: Situation, wish: int, goal: int, reason: str) -> None:
        step = none_stranded(given, wish)
        assert step is not None
        assert (step.replicas_after, step.reason) == (goal, reason)

    @pytest.mark.parametrize(
        ("given", "wish"),
        [
            pytest.param(situation(of=service(7)), 5, id="all have a node"),
            pytest.param(situation(of=service(7, pending=4)), 3, id="all that wait are ended anyway"),
            pytest.param(situation(of=service(7, pending=4)), 7, id="Swarm goes on trying"),
            pytest.param(
                situation(of=replace(service(9, pending=2, stranded=2), replicas=7)), 7, id="only a surge has no node"
            ),
            pytest.param(
                situation(proposal(gap=STALE), of=service(7, pending=4, stranded=4)),
                7,
                id="without a value nobody would ask for others",
            ),
            pytest.param(
                situation(of=service(7, pending=4, stranded=4), knows_orders=False),
                7,
                id="nor while orders may have been forgotten",
            ),
            pytest.param(
                situation(of=service(8, pending=8, stranded=4), under=policy(minimum=4)),
                8,
                id="the new ones wait for a node themselves",
            ),
            pytest.param(
                situation(of=service(4, pending=4, stranded=4), under=policy(minimum=4, maximum=4)),
                4,
                id="max leaves no room for new ones",
            ),
        ],
    )
    def test_otherwise_it_has_nothing_to_say(self, given: Situation, wish: int) -> None:
        assert none_stranded(given, wish) is None

    @hypothesis.given(
        replicas=strategies.integers(0, 12),
        pending=strategies.integers(0, 12),
        stranded=strategies.integers(0, 12),
        wish=strategies.integers(1, 10),
        minimum=strategies.integers(1, 10),
    )
    def test_no_change_ends_only_some_of_those_without_a_node(
        self, replicas: int, pending: int, stranded: int, wish: int, minimum: int
    ) -> None:
        waiting = min(pending, replicas)
        given = situation(
            of=service(replicas, pending=waiting, stranded=min(stranded, waiting)),
            under=policy(minimum=minimum, maximum=10),
        )
        wish = max(wish, minimum)
        step = none_stranded(given, wish)
        goal = wish if step is None else step.replicas_after
        assert not replicas - waiting < goal < replicas
        assert goal >= minimum or goal == replicas


class TestRestored:
    """What a deploy has lowered comes back."""

    def test_the_last_goal_is_brought_back_at_once(self) -> None:
        step = restored(situation(of=service(2), owed=7))
        assert step is not None
        assert step.replicas_after == 7

    def test_but_within_the_bounds_of_now(self) -> None:
        step = restored(situation(of=service(2), owed=7, under=policy(maximum=5)))
        assert step is not None
        assert step.replicas_after == 5

    @pytest.mark.parametrize(
        "given",
        [
            pytest.param(situation(of=service(2)), id="nothing is owed"),
            pytest.param(situation(of=service(9), owed=7), id="a deploy that raised it is left to the metrics"),
            pytest.param(
                situation(of=service(2), owed=7, under=policy(on_deploy=OnDeploy.ACCEPT)), id="it was to be accepted"
            ),
        ],
    )
    def test_otherwise_it_has_nothing_to_say(self, given: Situation) -> None:
        assert restored(given) is None


class TestOrdersUnknown:
    def test_nothing_shrinks_while_holds_may_have_been_forgotten(self) -> None:
        step = no_shrink_without_orders(situation(knows_orders=False), 1)
        assert step is not None
        assert step.replicas_after == 3

    def test_growth_and_known_orders_are_no_matter(self) -> None:
        assert no_shrink_without_orders(situation(knows_orders=False), 5) is None
        assert no_shrink_without_orders(situation(), 1) is None


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

    def test_what_was_added_a_whole_period_ago_does_not(self) -> None:
        step = rate_limited(situation(of=service(6), past=history(events={15: 4})), 20)
        assert step is not None
        assert step.replicas_after == 12

    def test_part_of_a_replica_may_go_whole(self) -> None:
        half = RateLimit(amount=50, unit=RateUnit.PERCENT, period=timedelta(minutes=1))
        step = rate_limited(situation(of=service(5), under=policy(scale_down=direction(0, half))), 0)
        assert step is not None
        assert step.replicas_after == 2

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

    def test_an_operator_may_have_it_grow_even_then(self) -> None:
        of = service(update_state=UpdateState.UPDATING, rolls_back_on_failure=True)
        assert during_rollout(situation(of=of, under=policy(on_rollout=OnRollout.GROW))) is None

    def test_or_hold_in_every_rollout(self) -> None:
        of = service(update_state=UpdateState.UPDATING)
        assert during_rollout(situation(of=of, under=policy(on_rollout=OnRollout.HOLD))) is not None

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
