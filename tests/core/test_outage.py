"""A metric without a value is taken for what its operator chose, once it has been missing for long enough."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import OnMissing, OutagePolicy, Tolerance
from skep.core.strategies.outage import during_outage
from skep.core.strategies.proposal import Proposal, missing
from tests.builders import NOW, REQUESTS_50, ago

AWAY = Gap(reason=GapReason.UNREACHABLE, detail="connection refused")
HOLD = OutagePolicy()
LAST = OutagePolicy(mode=OnMissing.LAST)
STATIC = OutagePolicy(mode=OnMissing.STATIC, replicas=5)
HIGHER = OutagePolicy(mode=OnMissing.CURRENT_IF_HIGHER, replicas=5)


def seen(total_rps: float, *, age_s: float) -> Proposal:
    """The proposal of an evaluation that still had a value."""
    return replace(
        missing(REQUESTS_50, AWAY), gap=None, value=total_rps / 3, total=total_rps, at=ago(age_s), replicas=3
    )


def missing_for(seconds: float) -> Proposal:
    return replace(missing(REQUESTS_50, AWAY), gap_since=ago(seconds))


def ask(policy: OutagePolicy, previous: Proposal | None, *, replicas: int = 3) -> Proposal:
    return during_outage(
        REQUESTS_50,
        AWAY,
        policy=policy,
        previous=previous,
        now=NOW,
        tolerance=Tolerance(),
        replicas=replicas,
        running=replicas,
    )


@pytest.mark.parametrize(
    ("policy", "previous", "replicas", "asked"),
    [
        pytest.param(HOLD, seen(400, age_s=15), 3, None, id="hold asks for nothing"),
        pytest.param(LAST, seen(400, age_s=15), 3, 8, id="last goes on with the last value"),
        pytest.param(LAST, seen(400, age_s=301), 3, None, id="but not with one that is too old"),
        pytest.param(LAST, None, 3, None, id="nor with none"),
        pytest.param(STATIC, missing_for(45), 3, 5, id="static asks for its count"),
        pytest.param(STATIC, missing_for(45), 9, 5, id="also for fewer"),
        pytest.param(STATIC, missing_for(44), 3, None, id="but not at the first gap"),
        pytest.param(STATIC, seen(400, age_s=15), 3, None, id="nor right after a value"),
        pytest.param(HIGHER, missing_for(45), 3, 5, id="current-if-higher raises"),
        pytest.param(HIGHER, missing_for(45), 9, 9, id="and never lowers"),
    ],
)
def test_what_stands_in(policy: OutagePolicy, previous: Proposal | None, replicas: int, asked: int | None) -> None:
    proposal = ask(policy, previous, replicas=replicas)
    assert proposal.replicas == asked
    assert proposal.gap == AWAY


def test_the_last_value_is_handed_on_with_its_age_until_it_is_too_old() -> None:
    first = ask(LAST, seen(400, age_s=100))
    assert first.formula.startswith("last value, 100 s old")
    assert ask(LAST, first).replicas == 8
    assert ask(LAST, replace(first, at=ago(301))).replicas is None


def test_since_when_it_is_missing_is_handed_on() -> None:
    first = ask(HOLD, seen(400, age_s=15))
    assert first.gap_since == NOW
    assert ask(HOLD, missing_for(60)).gap_since == ago(60)


@given(
    st.sampled_from([HOLD, LAST, HIGHER]),
    st.sampled_from([None, missing_for(600), seen(1.0, age_s=10), seen(4000.0, age_s=10)]),
    st.integers(0, 50),
)
def test_only_static_may_ask_for_fewer(policy: OutagePolicy, previous: Proposal | None, replicas: int) -> None:
    proposal = ask(policy, previous, replicas=replicas)
    assert not proposal.may_shrink or proposal.replicas is None or proposal.replicas >= replicas


def test_a_longer_patience_is_the_operators() -> None:
    patient = replace(STATIC, after=timedelta(minutes=3))
    assert ask(patient, missing_for(100)).replicas is None
    assert ask(patient, missing_for(180)).replicas == 5
