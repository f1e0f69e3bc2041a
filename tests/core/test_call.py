"""What a webhook asks for comes to an absolute count within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.bounds import Bounds
from skep.core.call import Call, called_count, caller, comes_by_webhook, one_per_service

BOUNDS = Bounds(min_replicas=2, max_replicas=10)


@pytest.mark.parametrize(
    ("call", "replicas", "count"),
    [
        pytest.param(Call(service="web", step=2), 3, 5, id="a step up"),
        pytest.param(Call(service="web", step=-1), 3, 2, id="a step down"),
        pytest.param(Call(service="web", step=20), 3, 10, id="a step ends at max"),
        pytest.param(Call(service="web", step=-20), 3, 2, id="a step ends at min"),
        pytest.param(Call(service="web", step=1), 25, 25, id="a step up never shrinks what is beyond max"),
        pytest.param(Call(service="web", step=-1), 1, 1, id="a step down never grows what is below min"),
        pytest.param(Call(service="web", replicas=7), 3, 7, id="a count"),
        pytest.param(Call(service="web", replicas=0), 3, 2, id="a count is brought within the bounds"),
    ],
)
def test_a_call_comes_to_a_count(call: Call, replicas: int, count: int) -> None:
    assert called_count(call, replicas=replicas, bounds=BOUNDS) == count


@given(st.integers(0, 50), st.integers(-50, 50).filter(bool))
def test_a_step_never_moves_against_its_direction(replicas: int, step: int) -> None:
    count = called_count(Call(service="web", step=step), replicas=replicas, bounds=BOUNDS)
    assert (count - replicas) * step >= 0


@pytest.mark.parametrize(("replicas", "step"), [(None, None), (3, 1)], ids=["neither", "both"])
def test_a_call_asks_for_a_count_or_a_step(replicas: int | None, step: int | None) -> None:
    with pytest.raises(ValueError, match="either a count or a step"):
        Call(service="web", replicas=replicas, step=step)


def test_many_calls_about_one_service_are_one_that_asks_for_most() -> None:
    web = (Call(service="web", step=1), Call(service="web", step=3), Call(service="web", step=2))
    api = (Call(service="api", step=9), Call(service="api", replicas=4), Call(service="api", replicas=3))
    assert one_per_service((*web, *api)) == (web[1], api[1])


def test_the_actor_tells_a_program_from_a_person() -> None:
    assert caller("kapacitor") == "webhook:kapacitor"
    assert comes_by_webhook(caller("kapacitor"))
    assert not comes_by_webhook("ada@desk")
