"""Parked nodes: which may be taken into use, what stands on them afterwards, and who else may write them."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.adapters.node_providers.standby import StandbyProvider
from skep.core.cluster import Availability, Node
from skep.core.machines import Increase, MachineState, Refusal, RefusalKind
from skep.errors import Temporary
from skep.ports import NodeHandle
from tests.fakes.swarm import FakeSwarm

PARKED = {"skep.pool": "web", "skep.standby": "parked"}


class MeddledSwarm(FakeSwarm):
    """A Swarm in which somebody else is faster: ``meddle`` happens just before each write of a node."""

    def __init__(self) -> None:
        super().__init__()
        self.meddle: Callable[[], None] = lambda: None

    def update_node(
        self,
        handle: NodeHandle,
        *,
        availability: Availability | None = None,
        labels: Mapping[str, str | None] | None = None,
    ) -> None:
        self.meddle()
        super().update_node(handle, availability=availability, labels=labels)


def swarm_of(*parked: str, labels: Mapping[str, str] = PARKED) -> MeddledSwarm:
    swarm = MeddledSwarm()
    for hostname in parked:
        swarm.add_node(hostname, availability=Availability.DRAIN, labels={**labels, "zone": "a"})
    return swarm


def standing_on(node: Node) -> tuple[Availability, dict[str, str]]:
    return node.availability, dict(node.labels)


def once(event: Callable[[], object]) -> Callable[[], None]:
    """Lets something happen the first time only."""
    events = iter([event])

    def happen() -> None:
        for first in events:
            first()

    return happen


def test_a_node_is_taken_into_use_in_one_write_that_leaves_its_other_labels() -> None:
    swarm = swarm_of("web-1")
    StandbyProvider("web", swarm).increase(1, request_id="r1")
    labels = {"skep.pool": "web", "zone": "a", "skep.standby": "used", "skep.standby.request": "r1"}
    assert standing_on(swarm.node("web-1")) == (Availability.ACTIVE, labels)


def test_a_node_is_parked_drained_and_remembers_its_request() -> None:
    swarm = swarm_of("web-1")
    provider = StandbyProvider("web", swarm)
    provider.increase(1, request_id="r1")
    provider.delete(["web-1-id"])
    labels = {"skep.pool": "web", "zone": "a", "skep.standby": "parked", "skep.standby.request": "r1"}
    assert standing_on(swarm.node("web-1")) == (Availability.DRAIN, labels)


def test_a_machine_is_its_node_and_stays_in_the_swarm() -> None:
    swarm = swarm_of("web-1")
    provider = StandbyProvider("web", swarm)
    provider.increase(1, request_id="r1")
    pool = provider.describe()
    (machine,) = pool.machines
    assert pool.stay_joined
    assert (machine.node_id, machine.hostname) == ("web-1-id", "web-1")


def test_a_machine_in_use_whose_node_is_down_has_failed() -> None:
    swarm = swarm_of("web-1")
    provider = StandbyProvider("web", swarm)
    provider.increase(1, request_id="r1")
    swarm.change_node("web-1", is_ready=False)
    (machine,) = provider.describe().machines
    assert (machine.state, machine.detail) == (MachineState.FAILED, "its node is not ready")


def test_a_parked_machine_that_is_down_is_not_taken_and_the_refusal_names_it() -> None:
    swarm = swarm_of("web-1", "web-2", "web-3")
    for hostname in ("web-1", "web-3"):
        swarm.change_node(hostname, is_ready=False)
    reason = "of pool web only machines that are down are parked: web-1, web-3"
    assert StandbyProvider("web", swarm).increase(2, request_id="r1") == Increase(
        ordered=1, refusal=Refusal(kind=RefusalKind.NO_CAPACITY, reason=reason)
    )


def test_a_node_that_a_person_drained_is_not_taken() -> None:
    """Only the label says that it waits for work; a drain alone may be for repair."""
    swarm = swarm_of("web-1", labels={"skep.pool": "web"})
    assert StandbyProvider("web", swarm).increase(1, request_id="r1").ordered == 0
    assert swarm.node("web-1").availability is Availability.DRAIN


@pytest.mark.parametrize("hostname", ["other", "permanent", "manager", "parked"])
def test_only_machines_in_use_of_this_pool_are_parked(hostname: str) -> None:
    swarm = swarm_of("parked")
    swarm.add_node("other", labels={"skep.pool": "other", "skep.standby": "used"})
    swarm.add_node("permanent", labels={"skep.pool": "web"})
    swarm.add_node("manager", is_manager=True, labels={"skep.pool": "web", "skep.standby": "used"})
    before = swarm.node(hostname)
    StandbyProvider("web", swarm).delete([f"{hostname}-id"])
    assert swarm.node(hostname) == before


def test_what_an_operator_should_mend_is_said() -> None:
    swarm = swarm_of("web-1")
    swarm.add_node("boss", is_manager=True, labels=PARKED)
    swarm.add_node("odd", labels={**PARKED, "skep.standby": "true"})
    swarm.add_node("open", labels=PARKED)
    assert StandbyProvider("web", swarm).describe().cautions == (
        "boss is a manager, so it is neither parked nor taken into use",
        'odd: skep.standby is "true", expected parked',
        "open is parked and still takes swarm tasks, expected --availability drain",
    )


# --- others write nodes, too ----------------------------------------------------------------------------------------


def test_a_node_that_was_written_meanwhile_is_read_again_and_taken() -> None:
    swarm = swarm_of("web-1")
    swarm.meddle = once(lambda: swarm.change_node("web-1", address="10.9.9.9"))
    assert StandbyProvider("web", swarm).increase(1, request_id="r1") == Increase(ordered=1)
    assert swarm.node("web-1").address == "10.9.9.9"


def test_a_node_that_another_order_took_meanwhile_is_left_to_it() -> None:
    swarm = swarm_of("web-1", "web-2")
    swarm.meddle = once(lambda: StandbyProvider("web", swarm).increase(1, request_id="r2"))
    assert StandbyProvider("web", swarm).increase(1, request_id="r1") == Increase(ordered=1)
    requests = [dict(swarm.node(name).labels)["skep.standby.request"] for name in ("web-1", "web-2")]
    assert requests == ["r2", "r1"]


def test_a_node_that_the_same_order_took_meanwhile_is_not_taken_twice() -> None:
    swarm = swarm_of("web-1", "web-2")
    swarm.meddle = once(lambda: StandbyProvider("web", swarm).increase(1, request_id="r1"))
    provider = StandbyProvider("web", swarm)
    assert provider.increase(1, request_id="r1") == Increase(ordered=1)
    assert provider.target() == 1


def test_a_node_that_was_removed_meanwhile_is_passed_over() -> None:
    swarm = swarm_of("web-1", "web-2")
    swarm.meddle = once(lambda: swarm.lose_node("web-2"))
    assert StandbyProvider("web", swarm).increase(2, request_id="r1").ordered == 1


def test_a_node_that_somebody_keeps_writing_is_temporary_trouble() -> None:
    swarm = swarm_of("web-1")
    swarm.meddle = lambda: swarm.change_node("web-1", address="10.9.9.9")
    with pytest.raises(Temporary, match="web-1-id is changed by somebody else"):
        StandbyProvider("web", swarm).increase(1, request_id="r1")


# --- whatever happens -----------------------------------------------------------------------------------------------

ORDERS = st.tuples(st.integers(1, 4), st.sampled_from(["r1", "r2", "r3"]))
DELETIONS = st.lists(st.integers(0, 5), max_size=3)


@given(steps=st.lists(st.one_of(ORDERS, DELETIONS), max_size=12))
def test_an_order_never_takes_more_than_it_was_for_however_often_it_comes(steps: list[object]) -> None:
    swarm = swarm_of(*(f"web-{number}" for number in range(5)))
    provider = StandbyProvider("web", swarm)
    most: dict[str, int] = {}
    for step in steps:
        before = provider.target()
        if isinstance(step, tuple):
            machines, request_id = step
            most[request_id] = max(machines, most.get(request_id, 0))
            increase = provider.increase(machines, request_id=request_id)
            assert (increase.ordered < machines) is (increase.refusal is not None)
            assert 0 <= provider.target() - before <= machines
            assert provider.increase(machines, request_id=request_id) == increase
        elif isinstance(step, list):
            provider.delete([f"web-{number}-id" for number in step])
            assert 0 <= before - provider.target() <= len(set(step))
        used = [dict(node.labels) for node in swarm.read_nodes() if dict(node.labels).get("skep.standby") == "used"]
        for request_id, machines in most.items():
            assert sum(labels["skep.standby.request"] == request_id for labels in used) <= machines
