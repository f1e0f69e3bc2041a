"""What is measured of foresight is real work."""

from skep.core.foresight.contenders import HPA
from tests.bench.foresight import first_looks_s, simulated_s


def test_looks_at_a_service_are_timed() -> None:
    first_s, further_s = first_looks_s(1)
    assert first_s > 0
    assert further_s > 0


def test_a_simulated_day_is_timed() -> None:
    assert simulated_s(HPA, 1) > 0
