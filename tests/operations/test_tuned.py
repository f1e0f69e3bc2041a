"""Whether anything tunes itself is found out without what learning needs."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest

from skep.config.labels import LabelDefaults
from skep.core.bounds import Bounds
from skep.core.policy import Tune
from skep.core.pools import PoolPolicy
from skep.operations.tuned import tuned_services, tunes_anything
from tests.operations.conftest import LABELS, Practice

STILL = PoolPolicy(name="workers", bounds=Bounds(min_replicas=1, max_replicas=5), provider="lab")


@pytest.mark.parametrize(
    ("labels", "pools", "is_so"),
    [
        pytest.param(LABELS, (), False, id="nothing does"),
        pytest.param(LABELS, (STILL,), False, id="nor does a pool"),
        pytest.param({**LABELS, "skep.tune": "shadow"}, (), True, id="a service that only looks on"),
        pytest.param(LABELS, (replace(STILL, tune=Tune.AUTO),), True, id="a pool"),
    ],
)
def test_anything_tunes_itself(
    practice: Practice, labels: Mapping[str, str], pools: tuple[PoolPolicy, ...], *, is_so: bool
) -> None:
    practice.swarm.add("web", replicas=2, labels=labels)
    assert tunes_anything(tuned_services(practice.world, defaults=LabelDefaults()), pools) is is_so


def test_what_asks_loads_no_numpy() -> None:
    look = "import sys, tasks.learn; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", look], check=True, env={"SKEP_BROKER_URL": "redis://127.0.0.1:1/0"})
