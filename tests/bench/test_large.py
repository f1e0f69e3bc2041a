"""What is measured of a large Swarm is a tick that sees everything and costs no more questions than a small one."""

from pathlib import Path

import pytest

from tests.bench.large import SIZES, evaluate, prepared, profile

FEW, MORE = 100, 1_000


@pytest.mark.redis
@pytest.mark.influx
@pytest.mark.timeout(300)
def test_ten_times_the_services_are_decided_with_the_same_number_of_questions() -> None:
    trips = {}
    for services in (FEW, MORE):
        with prepared(services) as ground:
            found = evaluate(ground, 1)
        assert found.measured == services
        trips[services] = found.round_trips_per_tick
    assert trips[FEW] == trips[MORE]


@pytest.mark.redis
@pytest.mark.influx
@pytest.mark.timeout(300)
def test_a_flame_graph_shows_what_an_evaluation_computes(tmp_path: Path) -> None:
    profile(FEW, tmp_path / "tick.svg")
    drawn = (tmp_path / "tick.svg").read_text()
    assert "</svg>" in drawn
    assert "evaluate_services (skep/operations/evaluate.py" in drawn


def test_the_sizes_are_those_that_are_told() -> None:
    assert {FEW, MORE, 10_000} == SIZES.keys()
