"""Machines and nodes of real engines: ordered, joined, parked, taken into use, dead."""

from collections.abc import Iterator

import pytest

from lab.real import Lab
from skep.adapters.node_providers.command import CommandProvider
from skep.adapters.node_providers.standby import StandbyProvider
from skep.adapters.swarm import DockerSwarm
from skep.config.providers import CommandOptions, read_options
from skep.core.cluster import Availability, Node
from skep.core.machines import Increase, MachineState, node_of
from tests.eventually import eventually
from tests.labs import lab_name

pytestmark = pytest.mark.swarm


@pytest.fixture
def lab() -> Iterator[Lab]:
    """One for each test, and each try: an order is remembered for as long as the lab is there."""
    lab = Lab(lab_name("machines"), nodes=1)
    try:
        lab.up()
        yield lab
    finally:
        lab.down()


@pytest.fixture
def swarm(lab: Lab) -> DockerSwarm:
    return DockerSwarm(f"unix://{lab.status().manager_socket}")


def node(swarm: DockerSwarm, node_id: str) -> Node:
    handle = swarm.read_node(node_id)
    assert handle is not None
    return handle.node


def test_the_join_token_is_that_of_workers(lab: Lab, swarm: DockerSwarm) -> None:
    with lab.client() as client:
        tokens = client.inspect_swarm()["JoinTokens"]
    assert swarm.join_token().reveal() == tokens["Worker"] != tokens["Manager"]


def test_a_machine_joins_cordoned_is_put_on_standby_and_dies(lab: Lab, swarm: DockerSwarm) -> None:
    options = read_options("web", "lab", {"name": lab.name})
    assert isinstance(options, CommandOptions)
    machines = CommandProvider("web", options, join_token=swarm.join_token)
    assert machines.increase(1, request_id="r1") == Increase(ordered=1)
    (machine,) = machines.describe().machines
    joined = node_of(machine, swarm.read_nodes())
    assert joined is not None
    assert (joined.hostname, joined.is_manager, joined.availability) == (machine.hostname, False, Availability.PAUSE)

    handle = swarm.read_node(joined.id)
    assert handle is not None
    parked = {"skep.pool": "web", "skep.standby": "parked"}
    swarm.update_node(handle, availability=Availability.DRAIN, labels=parked)
    standby = StandbyProvider("web", swarm)
    assert standby.increase(1, request_id="r2") == standby.increase(1, request_id="r2") == Increase(ordered=1)
    assert node(swarm, joined.id).availability is Availability.ACTIVE
    standby.delete([joined.id])
    assert node(swarm, joined.id).availability is Availability.DRAIN
    assert dict(node(swarm, joined.id).labels) == {**parked, "skep.standby.request": "r2"}

    lab.kill(machine.hostname)
    assert [machine.state for machine in machines.describe().machines] == [MachineState.FAILED]
    eventually(lambda: not node(swarm, joined.id).is_ready, within_s=60, every_s=0.2)
    machines.delete([machine.id])
    assert machines.describe().machines == ()
