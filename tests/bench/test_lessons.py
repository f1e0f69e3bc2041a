"""What is measured of first looks is real work on real points."""

from datetime import timedelta

import pytest

from tests.bench.lessons import first_looks


@pytest.mark.influx
@pytest.mark.redis
def test_first_looks_at_services_in_a_real_database_are_measured() -> None:
    found, database_cpu_s = first_looks(2, history=timedelta(hours=30))
    assert found.chosen == 2
    assert found.cpu_s > 0
    assert found.peak_rss_mib > 0
    assert database_cpu_s >= 0
