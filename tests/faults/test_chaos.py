"""A short storm over real engines, Redis, InfluxDB and Celery: no promise is broken, and calm returns.

The long form is ``make chaos SECONDS=600``; a run is repeated with ``SEED=...``.
"""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.faults.moving import moved_violations
from tests.faults.play import MOST_EVALUATIONS, play
from tests.faults.pooled import pool_violations
from tests.faults.verdict import violations
from tests.swarm.theatre import Theatre

pytestmark = pytest.mark.swarm

STORM = timedelta(seconds=75)


@pytest.fixture
def seed(record_property: Callable[[str, object], None]) -> int:
    """Another one each time."""
    seed = random.randrange(10_000)
    record_property("seed", seed)
    return seed


def test_a_storm_breaks_no_promise_and_calm_returns(theatre: Theatre, seed: int) -> None:
    run = play(theatre, seed, STORM)
    broken = (*violations(run.evidence), *moved_violations(run.moved), *pool_violations(run.pool))
    assert broken == (), f"seed {seed}"
    assert run.evaluations_to_calm <= MOST_EVALUATIONS, f"seed {seed}"
    assert run.evidence.counts, "a storm in which nothing was scaled proves nothing"
