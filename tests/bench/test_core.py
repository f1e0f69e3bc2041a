"""What is measured of the core is real work."""

from tests.bench.core import seconds_of_one_plan


def test_a_plan_of_a_few_services_is_made_and_timed() -> None:
    assert seconds_of_one_plan(3) > 0
