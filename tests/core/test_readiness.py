"""How far the use of one replica can be counted."""

from datetime import timedelta

import pytest

from skep.core.readiness import Life, ReplicaState, Sample, replica_state
from tests.builders import NOW, ago

WARM_UP = timedelta(seconds=120)


def life(
    *, started_s: float | None = 600, serves_s: float | None = 600, over: bool = False, pending: bool = False
) -> Life:
    return Life(
        is_over=over,
        is_pending=pending,
        started_at=None if started_s is None else ago(started_s),
        serves_since=None if serves_s is None else ago(serves_s),
    )


def sample(age_s: float = 0, *, span_s: float = 60) -> Sample:
    return Sample(at=ago(age_s), span=timedelta(seconds=span_s))


@pytest.mark.parametrize(
    ("of", "seen", "state"),
    [
        pytest.param(life(over=True), sample(), None, id="what has ended does not count"),
        pytest.param(life(pending=True), sample(), ReplicaState.UNREADY, id="nor does what has yet to start"),
        pytest.param(life(), None, ReplicaState.MISSING, id="without a sample it is missing"),
        pytest.param(life(started_s=None, serves_s=None), sample(), ReplicaState.UNREADY, id="nobody knows its start"),
        pytest.param(life(serves_s=None), sample(), ReplicaState.UNREADY, id="it does not serve"),
        pytest.param(life(), sample(), ReplicaState.READY, id="it has long served"),
        pytest.param(life(started_s=60, serves_s=30), sample(), ReplicaState.UNREADY, id="the sample saw it start"),
        pytest.param(life(started_s=60, serves_s=30), sample(span_s=30), ReplicaState.READY, id="the sample did not"),
        pytest.param(life(started_s=120, serves_s=30), sample(), ReplicaState.READY, id="it is old enough"),
        pytest.param(life(started_s=180, serves_s=180), sample(150), ReplicaState.READY, id="old, with an old sample"),
    ],
)
def test_how_far_a_replica_counts(of: Life, seen: Sample | None, state: ReplicaState | None) -> None:
    assert replica_state(of, seen, now=NOW, warm_up=WARM_UP) is state
