"""What is measured of the simulated scheduler is real work."""

from tests.bench.capacity import measure


def test_a_small_swarm_is_filled_judged_and_timed() -> None:
    figures = measure(nodes=8, tasks=20)
    assert set(figures) == {"capacity_place_s", "capacity_needed_nodes_s", "capacity_removable_s"}
    assert all(isinstance(figure, float) and figure > 0 for figure in figures.values())
