"""A node is gone for certain where the Swarm and the provider of its machine say so."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from skep.core.capacity.breaker import halt
from skep.core.capacity.gone import gone_nodes
from skep.core.cluster import Node
from skep.core.machines import Machine, MachineState, PoolMachines
from tests.core.capacity.builders import node

_LABELS = {"skep.pool": "workers", "skep.node.machine": "m-1"}


_DOWN = replace(node("node-1", labels=_LABELS), is_ready=False, is_down=True)


def _says(*machines: tuple[str, MachineState]) -> Mapping[str, PoolMachines | None]:
    made = tuple(Machine(id=name, state=state) for name, state in machines)
    return {"workers": PoolMachines(target=len(made), machines=made)}


@pytest.mark.parametrize(
    ("seen", "asked", "is_gone"),
    [
        pytest.param(_DOWN, _says(), True, id="down, and its provider has no such machine"),
        pytest.param(_DOWN, _says(("m-1", MachineState.STOPPING)), True, id="down, and its machine is going"),
        pytest.param(_DOWN, _says(("m-1", MachineState.FAILED)), True, id="down, and its machine has failed"),
        pytest.param(
            _DOWN, _says(("m-1", MachineState.RUNNING)), False, id="its machine runs: perhaps a split network"
        ),
        pytest.param(_DOWN, {"workers": None}, False, id="its provider cannot be asked"),
        pytest.param(_DOWN, {}, False, id="nobody has its pool"),
        pytest.param(
            replace(_DOWN, labels=(("skep.pool", "workers"),)), _says(), False, id="nobody knows which machine it was"
        ),
        pytest.param(replace(_DOWN, is_down=False), _says(), False, id="not ready, and not down"),
        pytest.param(replace(_DOWN, is_manager=True), _says(), False, id="a manager"),
        pytest.param(node("node-1", labels=_LABELS), _says(), False, id="it is ready, whatever its provider says"),
    ],
)
def test_two_say_so(seen: Node, asked: Mapping[str, PoolMachines | None], is_gone: bool) -> None:
    assert gone_nodes([seen], asked) == (frozenset({seen.id}) if is_gone else frozenset())


def test_what_is_gone_for_certain_is_not_counted_among_those_that_are_away() -> None:
    swarm = [node(f"node-{number}", is_ready=number >= 3) for number in range(5)]
    gone = {each.id for each in swarm[:2]}
    assert (halt(swarm) is None, halt(swarm, gone) is None) == (False, True)


def test_what_else_is_away_counts_as_ever() -> None:
    swarm = [node(f"node-{number}", is_ready=number >= 3) for number in range(5)]
    stopped = halt(swarm, {swarm[0].id})
    assert stopped is not None
    assert (stopped.away, stopped.nodes) == (2, 4)
