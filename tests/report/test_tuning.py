"""What is told of a policy that tunes itself, or would."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.policy import Tune
from skep.core.strategies.tuning import Comparison, Tuning
from skep.report.explanation import explain
from skep.report.status_table import status_table
from tests.adapters.examples import decision
from tests.builders import NOW
from tests.fakes.desk import service

WHY = "the load of now, kept for 3 min: in the last 12 h that would have cost 2.00 replicas, the next best (…) 2.10"
BETTER = Comparison(
    span=timedelta(hours=12),
    price=10.0,
    acting_replicas=4.0,
    acting_missing=0.1,
    tuned_replicas=3.5,
    tuned_missing=0.05,
)


def told(tuning: Tuning) -> tuple[str, str]:
    standing = service("web", decision=replace(decision(), tuning=tuning))
    return explain(standing, NOW, width=1000), status_table((standing,), now=NOW, width=1000).plain


def test_a_rule_that_acts_is_told_with_its_reason() -> None:
    explained, _ = told(Tuning(mode=Tune.AUTO, rule="the load of now, kept for 3 min", why=WHY, replicas=3))
    assert f"Its policy tunes itself. It follows {WHY}." in explained


def test_what_a_rule_reckons_with_is_told_with_what_of_it_was_measured() -> None:
    delays = "a replica serves 12 s (measured) after its order, and load is seen 15 s (assumed) after it came"
    for mode in (Tune.AUTO, Tune.SHADOW):
        explained, _ = told(Tuning(mode=mode, rule="the load of now", why=WHY, replicas=3, delays=delays))
        assert f"It reckons that {delays}." in explained


def test_a_rule_that_looks_on_is_told_with_what_it_would_have_saved() -> None:
    explained, table = told(
        Tuning(mode=Tune.SHADOW, rule="the load of now, kept for 3 min", why=WHY, replicas=3, comparison=BETTER)
    )
    saved = "in the last 12 h it would have saved 20%: 3.50 replicas rather than 4.00, short of 0.05 rather than 0.10"
    assert f"looks on: it would have 3 replicas now, by {WHY}." in explained
    assert f"Against the policy that acts, {saved}." in explained
    assert "in the shadow, the load of now, kept for 3 min: 3 replicas" in table
    assert saved in table


def test_without_a_load_it_says_so() -> None:
    explained, table = told(Tuning(mode=Tune.SHADOW, rule="the load of now", why=WHY))
    assert "it has no load to go by" in explained
    assert "no load to go by" in table


@pytest.mark.parametrize(
    ("replicas", "says"),
    [
        pytest.param(3.0, "it would have saved 30%:", id="fewer"),
        pytest.param(4.5, "it would have come to the same:", id="as many"),
        pytest.param(6.0, "it would have cost 30% more:", id="more"),
    ],
)
def test_saved_and_cost_are_told_apart(replicas: float, says: str) -> None:
    assert says in replace(BETTER, tuned_replicas=replicas).sentence


def test_minutes_are_told_before_there_are_hours() -> None:
    assert replace(BETTER, span=timedelta(minutes=20)).sentence.startswith("in the last 20 min ")
