"""Real Celery workers, of several processes each, come to the same in one, two and four shares."""

import pytest

from tests.bench.sharing import measure


@pytest.mark.redis
@pytest.mark.influx
@pytest.mark.timeout(300)
def test_several_workers_decide_every_service_as_one_does() -> None:
    """That all were decided by figures, and alike, is looked at before any figure is told."""
    figures = measure(100, ticks=1)
    assert figures.keys() == {
        "tick_100_services_s",
        "tick_100_shards_2_s",
        "tick_100_shards_4_s",
        "ratio_100_shards_2",
        "ratio_100_shards_4",
    }
