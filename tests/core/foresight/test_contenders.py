"""The baselines: what they do on loads small enough to follow by eye."""

from datetime import timedelta
from itertools import pairwise

import pytest

from skep.core.foresight.comparison import Outcome, at_equal_hours, compare
from skep.core.foresight.contenders import BASELINES, HPA, STATIC_PEAK, STEPS_COOL_60_S, Contender, replay
from skep.core.foresight.contenders.ablations import ablations
from skep.core.foresight.contenders.adapt import ADAPT
from skep.core.foresight.contenders.hist import HIST
from skep.core.foresight.contenders.react import REACT
from skep.core.foresight.contenders.reg import REG
from skep.core.foresight.contenders.yesterday import HPA_AND_YESTERDAY
from skep.core.foresight.scoring import Score
from skep.core.foresight.supply import Supply
from tests.core.foresight.courses import course, daily

#: Ten minutes that need one replica, then ten that need ten, then twenty that need one.
JUMP = course([7.0] * 10 + [70.0] * 10 + [7.0] * 20)


def minutes(counts: tuple[int, ...]) -> list[int]:
    """The count at the end of each minute."""
    return list(counts[3::4])


def test_the_hpa_grows_at_once_and_shrinks_after_five_minutes() -> None:
    counts = minutes(HPA.counts(JUMP))
    # Straight lines between buckets make the jump take a minute.
    assert counts[:9] == [1] * 9
    assert counts[10:24] == [10] * 14
    assert counts[-1] == 1


def test_steps_go_one_by_one() -> None:
    counts = minutes(STEPS_COOL_60_S.counts(JUMP))
    assert {abs(after - before) for before, after in pairwise(counts)} == {0, 1}
    assert max(counts) < 10


def test_react_adds_a_fifth_and_rests_a_fifth_above_the_load() -> None:
    counts = minutes(REACT.counts(JUMP))
    assert counts[10:13] == [7, 10, 10]
    assert counts[-1] == 2


def test_adapt_falls_slower_than_it_rises() -> None:
    counts = minutes(ADAPT.counts(JUMP))
    assert counts[10] == max(counts) == 12
    assert counts[20:24] == [9, 5, 4, 4]


def test_reg_grows_at_once_and_falls_along_its_parabola() -> None:
    counts = minutes(REG.counts(JUMP))
    assert counts[12] >= 10
    assert counts[-1] < max(counts)


def test_hist_expects_what_the_hour_was_like_on_other_days() -> None:
    load = course(daily(3), every_s=300)
    counts = HIST.counts(load)
    noon = 2 * 5760 + 2880
    assert max(counts[noon : noon + 40]) >= max(load.demanded[noon - 5760 : noon - 5760 + 40]) - 2


def test_yesterdays_peak_is_met_before_it_comes_again() -> None:
    days = ([7.0] * 1430 + [70.0] * 10) * 2
    load = course(days, history=timedelta(days=1))
    counts = HPA_AND_YESTERDAY.counts(load)
    second_peak = (1440 + 1430) * 4
    assert counts[second_peak - 8] >= 10
    assert HPA.counts(load)[second_peak - 8] == 1


@pytest.mark.parametrize("contender", [pytest.param(each, id=each.name) for each in (*BASELINES, replay())])
def test_everybody_stays_within_the_bounds_and_covers_every_slot(contender: Contender) -> None:
    load = course(daily(2), every_s=300, history=timedelta(days=1, hours=12))
    counts = contender.counts(load)
    assert len(counts) == len(load.demanded)
    assert all(load.model.bounds.contain(count) for count in counts)


def test_no_two_contenders_share_a_name() -> None:
    names = [each.name for each in (*BASELINES, replay(), replay(25.0), *ablations())]
    assert len(set(names)) == len(names)


def test_a_comparison_tells_hours_in_proportion_to_the_oracle() -> None:
    found = compare(JUMP, (STATIC_PEAK, HPA))
    assert found.oracle.relative_hours == 1
    assert found.outcome("static peak").relative_hours == pytest.approx(
        found.outcome("static peak").score.replica_hours / found.oracle.score.replica_hours
    )
    assert found.outcome("HPA").score.missing_time_ratio > 0


def outcome(hours: float, missing: float) -> Outcome:
    found = Score(
        missing_ratio=missing,
        idle_ratio=0.0,
        missing_time_ratio=missing * 2,
        idle_time_ratio=0.0,
        instability_ratio=0.0,
        dropped_ratio=missing / 2,
        busy_ratio=missing * 3,
        replica_hours=hours,
        actions_per_day=0.0,
    )
    return Outcome(name="x", about="", score=found, relative_hours=hours, supply=Supply(paid=(), serving=()))


FAMILY = [outcome(1.2, 0.1), outcome(1.0, 0.3), outcome(1.6, 0.05)]


@pytest.mark.parametrize(
    ("hours", "missing", "at", "is_comparable"),
    [
        pytest.param(1.1, 0.2, 1.1, True, id="between two settings"),
        pytest.param(1.2, 0.1, 1.2, True, id="at a setting"),
        pytest.param(2.0, 0.05, 1.6, True, id="dearer than all: the dearest"),
        pytest.param(0.9, 0.3, 1.0, False, id="cheaper than all: the cheapest, and said so"),
    ],
)
def test_at_equal_hours_a_family_is_taken_between_its_settings(
    hours: float, missing: float, at: float, is_comparable: bool
) -> None:
    found = at_equal_hours(FAMILY, hours)
    assert found.missing_ratio == pytest.approx(missing)
    assert found.missing_time_ratio == pytest.approx(2 * missing)
    assert found.dropped_ratio == pytest.approx(missing / 2)
    assert found.busy_ratio == pytest.approx(3 * missing)
    assert found.relative_hours == pytest.approx(at)
    assert found.is_comparable is is_comparable
