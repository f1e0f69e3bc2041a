"""What is measured of the core is real work."""

from tests.bench.core import decisions_per_s


def test_a_plan_of_a_few_services_is_made_and_timed() -> None:
    assert decisions_per_s(3) > 0
