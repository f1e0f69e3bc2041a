"""No node goes while the managers of a real Swarm could not do without one more."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from lab.real import Lab
from skep.adapters.swarm import DockerSwarm
from skep.core.bounds import Bounds
from skep.core.capacity.removal import NodeVerdict, removable
from skep.core.capacity.situation import PoolStanding, Situation
from skep.core.pools import PoolPolicy
from tests.builders import NOW
from tests.labs import lab_name
from tests.swarm.patience import becomes

pytestmark = pytest.mark.swarm

MANAGERS, WORKER = ("node-1", "node-2", "node-3"), "node-4"
POOL = PoolPolicy(name="workers", bounds=Bounds(min_replicas=0, max_replicas=9), provider="lab")


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Three managers and a worker."""
    lab = Lab(lab_name("quorum"), nodes=4, managers=len(MANAGERS))
    try:
        lab.up()
        yield lab
    finally:
        lab.down()


def verdicts(lab: Lab) -> dict[str, NodeVerdict]:
    """What is said of each node, all of them being of the pool."""
    cluster = DockerSwarm(f"unix://{lab.status().manager_socket}").read()
    members = tuple(node.id for node in cluster.nodes)
    long_idle = dict.fromkeys(members, NOW - timedelta(hours=1))
    pool = PoolStanding(policy=POOL, members=members, machines=len(members))
    situation = Situation(now=NOW, cluster=cluster, pools=(pool,), idle_since=long_idle)
    return {verdict.hostname: verdict for verdict in removable(situation)}


def test_a_worker_may_go_until_a_manager_is_out_of_reach_and_managers_never_may(lab: Lab) -> None:
    said = verdicts(lab)
    assert said[WORKER].is_removable
    assert ["it is a manager" in said[manager].sentence for manager in MANAGERS] == [True] * 3
    lab.kill(MANAGERS[-1])
    veto = "1 of 3 managers is out of reach, and the quorum has none to spare"
    becomes(lambda: verdicts(lab)[WORKER].sentence, lambda sentence: veto in sentence, what="the veto")
