"""What policies come to on a trace that comes with skep: figures that change only when behaviour does."""

from functools import cache

import pytest

from lab.traces import names, shipped
from skep.core.foresight.comparison import Comparison, at_equal_hours, compare
from skep.core.foresight.contenders import HPA, STEPS_COOL_60_S, replay
from skep.operations.simulate import Assumptions, course_under

PRICES = (4.0, 10.0, 25.0)


@cache
def found() -> Comparison:
    course = course_under(shipped("aws_elb_2014"), Assumptions())
    return compare(course, (HPA, STEPS_COOL_60_S, *(replay(price) for price in PRICES)))


def test_traces_are_there() -> None:
    assert names() == ("aws_elb_2014", "tweets_aapl_2015")
    assert len(shipped("tweets_aapl_2015").at_s) == 15_902


@pytest.mark.parametrize(
    ("policy", "hours", "short", "missing", "dropped"),
    [
        pytest.param("HPA", 1.182, 27.35, 6.98, 0.264, id="the HPA, as published for this model"),
        pytest.param("steps 60 s", 1.148, 26.79, 7.79, 1.824, id="steps"),
        pytest.param("replay", 1.128, 3.00, 1.08, 0.077, id="replay"),
    ],
)
def test_figures_stay_as_they_were_measured(
    policy: str, hours: float, short: float, missing: float, dropped: float
) -> None:
    outcome = found().outcome(policy)
    assert outcome.relative_hours == pytest.approx(hours, abs=0.002)
    assert outcome.score.missing_time_ratio * 100 == pytest.approx(short, abs=0.1)
    assert outcome.score.missing_ratio * 100 == pytest.approx(missing, abs=0.05)
    assert outcome.score.dropped_ratio * 100 == pytest.approx(dropped, abs=0.01)


def test_for_the_hours_of_the_hpa_less_is_missing() -> None:
    own = [outcome for outcome in found().outcomes if outcome.name.startswith("replay")]
    hpa = found().outcome("HPA")
    met = at_equal_hours(own, hpa.relative_hours)
    assert met.is_comparable
    assert met.missing_time_ratio < hpa.score.missing_time_ratio / 4
    assert met.missing_ratio < hpa.score.missing_ratio / 4
    assert met.dropped_ratio < hpa.score.dropped_ratio
