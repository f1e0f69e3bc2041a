"""Which nodes are idle at the moment."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.capacity.idle_nodes import idle_nodes
from skep.core.cluster import Cluster, Resources, ServiceMode
from skep.core.pools import UseLimits
from tests.core.capacity.builders import GIB, cluster, node, service
from tests.core.capacity.situations import FREELY, standing

NODE = node("node-1", cores=4, memory_bytes=8 * GIB)
KNOWN = {"web-id": Resources(cpu_cores=0.0, memory_bytes=0)}


def is_idle(
    swarm: Cluster,
    *,
    measured: Mapping[str, Resources] | None = None,
    used: Resources | None = None,
    limits: UseLimits | None = FREELY.scale_down,
) -> bool:
    pool = standing(swarm.nodes, replace(FREELY, scale_down=limits))
    found = idle_nodes(swarm, [pool], measured=measured or {}, used={} if used is None else {"node-1-id": used})
    return found == ("node-1-id",)


@pytest.mark.parametrize(
    ("swarm", "measured", "used", "expected"),
    [
        pytest.param(cluster([NODE]), {}, None, True, id="nothing runs there"),
        pytest.param(
            cluster([NODE], service(on=["node-1"], cores=2)), KNOWN, None, True, id="half of it is still idle"
        ),
        pytest.param(cluster([NODE], service(on=["node-1"], cores=2.1)), KNOWN, None, False, id="more is not"),
        pytest.param(
            cluster([NODE], service(on=["node-1"], memory_bytes=5 * GIB)), KNOWN, None, False, id="memory counts too"
        ),
        pytest.param(
            cluster([NODE], service(on=["node-1"], cores=3, mode=ServiceMode.GLOBAL)),
            KNOWN,
            None,
            False,
            id="global services count too",
        ),
        pytest.param(
            cluster([NODE], service(on=["node-1"])),
            {"web-id": Resources(cpu_cores=3.0, memory_bytes=0)},
            None,
            False,
            id="what is used without a reservation",
        ),
        pytest.param(cluster([NODE], service(on=["node-1"])), {}, None, False, id="a use that nobody knows is no rest"),
        pytest.param(
            cluster([NODE]), {}, Resources(cpu_cores=3.0, memory_bytes=0), False, id="something else keeps it busy"
        ),
    ],
)
def test_a_node_is_idle_when_hardly_anything_is_set_aside_or_used(
    swarm: Cluster, measured: dict[str, Resources], used: Resources | None, expected: bool
) -> None:
    assert is_idle(swarm, measured=measured, used=used) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param(None, False, id="a pool that never shrinks"),
        pytest.param(UseLimits(cpu_ratio=None, memory_ratio=0.5, after=timedelta(0)), True, id="CPU does not count"),
        pytest.param(UseLimits(cpu_ratio=0.9, memory_ratio=None, after=timedelta(0)), True, id="memory does not count"),
        pytest.param(UseLimits(cpu_ratio=0.1, memory_ratio=None, after=timedelta(0)), False, id="a lower limit"),
    ],
)
def test_the_limits_are_those_of_its_pool(limits: UseLimits | None, expected: bool) -> None:
    assert is_idle(cluster([NODE], service(on=["node-1"], cores=3, memory_bytes=GIB)), limits=limits) == expected


def test_a_node_of_no_pool_is_never_idle() -> None:
    assert idle_nodes(cluster([NODE]), []) == ()


def test_a_node_that_tells_nothing_of_itself_is_never_idle() -> None:
    assert not is_idle(cluster([replace(NODE, capacity=Resources())]))
