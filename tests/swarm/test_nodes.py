"""Nodes come and go on a real Swarm: with the load, past dying workers, with providers that fail, and not too many."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from lab.load import Load, Step, Summary
from lab.real import WebService, network
from lab.real.layout import Layout
from tests.swarm.fleet import Fleet
from tests.swarm.gate import Gate, Held
from tests.swarm.lookout import Lookout
from tests.swarm.patience import becomes
from tests.swarm.service import SERVICE, Service
from tests.swarm.stage import POLICY, WEB, Stage
from tests.swarm.succession import victim
from tests.swarm.theatre import Theatre

pytestmark = pytest.mark.swarm

#: By what is set aside for it; so little load that no replica is ever busy.
REPLICAS_PER_NODE = 2
MANAGER, WORKER = "node-1", "node-3"
#: One more than fit on the three nodes.
TOO_MANY = 3 * REPLICAS_PER_NODE + 1
#: Bounds that leave the count to the test.
STILL = {**POLICY, "skep.scale-down": "off", "skep.max": "16"}
NODE_UPDATE = re.compile(rb"POST (/v[0-9.]+)?/nodes/[^/]+/update\?")
NODE_REMOVAL = re.compile(rb"DELETE (/v[0-9.]+)?/nodes/")
LONG = timedelta(minutes=10)


@pytest.fixture(scope="module")
def roomy(theatre: Theatre) -> Iterator[None]:
    """As long as this module is played, few replicas fit on a node."""
    with theatre.lab.client() as client:
        cores = float(client.info()["NCPU"])
        service = Service(theatre.lab, client)
        large = replace(WEB, cpu_reservation_cores=0.9 * cores / REPLICAS_PER_NODE)
        try:
            deploy(theatre, service, large)
            yield
        finally:
            deploy(theatre, service, WEB)


def deploy(theatre: Theatre, service: Service, web: WebService) -> None:
    """Roll the service out like that."""
    service.remove_policy()
    theatre.lab.deploy_web(service=web)
    becomes(lambda: service.update_state, lambda state: state == "completed", what="the rollout to end")


@pytest.fixture
def fleet(roomy: None, stage: Stage, policy_file: Path, tmp_path: Path) -> Iterator[Fleet]:
    """A pool that nobody has heard of yet; afterwards the nodes are as they were."""
    assert roomy is None
    stage.bounds |= set(range(17))
    fleet = Fleet(stage, policy_file=policy_file, folder=tmp_path)
    yield fleet
    fleet.clear()


# --- without a pool --------------------------------------------------------------------------------------------------


def test_replicas_without_a_node_are_asked_for_anew_when_the_count_falls(roomy: None, stage: Stage) -> None:
    assert roomy is None
    stage.lab.docker("node", "update", "--availability", "drain", WORKER)
    try:
        with stage.load(23) as clients:
            stage.label({**POLICY, "skep.min": "6", "skep.scale-down": "window=0s"})
            becomes(lambda: stage.service.replicas, lambda count: count == 6, what="two replicas without a node")
            becomes(clients.now, lambda counters: counters.ok >= 23 * 20, what="a window full of load, and more")
            stage.label({"skep.min": "2"})
            becomes(
                lambda: stage.counts[stage.counts.index(6) :],
                lambda counts: 4 in counts and counts[-1] == 5,
                what="one replica, asked for anew",
            )
            stage.lab.docker("node", "update", "--availability", "active", WORKER)
            stage.await_replicas(5)
    finally:
        stage.lab.docker("node", "update", "--availability", "active", WORKER)


# --- with the load ---------------------------------------------------------------------------------------------------


@contextmanager
def clients(stage: Stage, rate_rps: float) -> Iterator[Callable[[], list[Summary]]]:
    """Clients of whom one in ten asks for what takes two seconds, the others for what takes 10 ms."""
    quick, slow = f"{stage.status.proxy_url}/?sleep=0.01", f"{stage.status.proxy_url}/?sleep=2"
    loads = [
        Load(quick, [Step(duration=LONG, rate_rps=rate_rps * 0.9)]),
        Load(slow, [Step(duration=LONG, rate_rps=rate_rps * 0.1)]),
    ]
    with ExitStack() as stack:
        for load in loads:
            stack.enter_context(load)
        yield lambda: [load.stop() for load in loads]


def tasks_on(stage: Stage, hostnames: list[str]) -> set[str]:
    """The names of the swarm tasks that run on these nodes, as their answers tell them."""
    with stage.lab.client() as client:
        ids = {node["ID"] for node in client.nodes() if node["Description"].get("Hostname") in hostnames}
        tasks = client.tasks(filters={"service": SERVICE, "desired-state": "running"})
    return {f"{SERVICE}.{task['Slot']}.{task['ID']}" for task in tasks if task.get("NodeID") in ids}


def test_a_surge_that_does_not_fit_brings_two_nodes_that_leave_after_it_and_no_request_fails(
    stage: Stage, fleet: Fleet
) -> None:
    # On a busy host the clients' load comes in bursts, and the count turns more often than it may in an hour.
    bursts = {"skep.scale-down": "window=10s", "skep.flaps": "1000"}
    stage.label({**POLICY, "skep.requests": "20/s", "skep.max": "10", **bursts})
    fleet.label(MANAGER, f"skep.pool={fleet.name}")
    fleet.begin()
    with clients(stage, 100) as everyday, Lookout(stage) as lookout:
        becomes(lambda: stage.service.replicas, lambda count: count >= 5, what="replicas for the everyday load")
        with clients(stage, 110) as surge:
            newcomers = fleet.await_open(2)
            stage.await_replicas(10)
            theirs = tasks_on(stage, newcomers)
            served = surge()
        fleet.await_gone()
        served += everyday()
    assert [(s.failed, s.failed_by_kind) for s in served] == [(0, ())] * 4
    assert sum(s.sent for s in served[2:]) >= 99 * served[2].duration.total_seconds()
    assert len(theirs) == 4
    assert theirs <= {task for summary in served for task, _ in summary.ok_by_task}
    assert lookout.fewest is not None
    assert lookout.fewest >= 2
    assert f"{MANAGER} is a manager" in fleet.why(MANAGER)
    assert fleet.nodes[MANAGER].is_open


def test_a_pool_that_is_too_busy_grows_though_everything_fits(stage: Stage, fleet: Fleet) -> None:
    fleet.begin(min=1, **{"scale-up": {"cpu": "20%", "memory": "off", "after": "4s"}})
    (newcomer,) = fleet.await_open(1)
    busy = ("--constraint", f"node.hostname=={newcomer}", "--limit-cpu", "0.5")
    with beside(stage, "busy", *busy, program=("/usr/bin/sha256sum", "/dev/zero")):
        fleet.await_open(2)
    assert re.search("mean CPU .*, above 20%", fleet.told)


def test_a_node_that_has_joined_is_filled_without_a_replica_missing(stage: Stage, fleet: Fleet) -> None:
    stage.label({**STILL, "skep.min": str(TOO_MANY - 1), "skep.max": str(TOO_MANY - 1)})
    stage.await_replicas(TOO_MANY - 1)
    with Lookout(stage) as lookout:
        fleet.begin(min=1)
        (newcomer,) = fleet.await_open(1)
        becomes(lambda: tasks_on(stage, [newcomer]), bool, what="a replica on the new node")
        stage.await_replicas(TOO_MANY - 1)
    assert lookout.fewest == TOO_MANY - 1
    assert "skep.node.surge" not in fleet.nodes[newcomer].labels


@contextmanager
def beside(stage: Stage, name: str, *options: str, program: tuple[str, ...]) -> Iterator[None]:
    """Another service of one replica, which runs while the block lasts, with the image of the one that is there."""
    with stage.lab.client() as client:
        image = client.inspect_service(SERVICE)["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    usr = ("--mount", "type=bind,source=/usr,target=/usr,readonly")
    create = ("service", "create", "--detach", "--no-resolve-image", "--name", name)
    stage.lab.docker(*create, *usr, *options, image, *program)
    try:
        stage.lab.wait_running(name, 1)
        yield
    finally:
        stage.lab.docker("service", "rm", name)


# --- past dying workers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Death:
    """Where the only actor dies: while an order hangs at its provider, or while it writes to the engine.

    Attributes:
        lock: that it holds then; of the pool, where none is named.
    """

    provider: str = ""
    write: re.Pattern[bytes] = NODE_UPDATE
    held: Held = Held.THE_REQUEST
    lock: str = ""

    @contextmanager
    def of_an_actor(self, stage: Stage, fleet: Fleet, folder: Path) -> Iterator[None]:
        """The actor dies of what is begun in this block, and has a successor afterwards."""
        lock = self.lock or f"pool:{fleet.name}"
        if self.provider:
            fleet.hang(self.provider)
            with victim(stage, lock=lock):
                yield
                fleet.await_hanging()
                fleet.serve()
            return
        gate = Gate(folder / "s", stage.lab.status().manager_socket, self.held, write=self.write)
        with gate, victim(stage, lock=lock, docker_host=gate.endpoint):
            yield
            gate.await_write()


JOINING = (
    pytest.param(Death(provider="before-increase"), id="an order that its provider never hears of"),
    pytest.param(Death(provider="after-increase"), id="an order that is carried out, and nobody is told"),
    pytest.param(Death(held=Held.THE_REQUEST), id="an opening that the Swarm never hears of"),
    pytest.param(Death(held=Held.THE_ANSWER), id="an opening that is done, and nobody is told"),
)


@pytest.mark.parametrize("death", JOINING)
def test_an_actor_killed_while_a_node_joins_is_succeeded(
    stage: Stage, fleet: Fleet, death: Death, tmp_path: Path
) -> None:
    with death.of_an_actor(stage, fleet, tmp_path):
        fleet.begin()
        stage.label({**STILL, "skep.min": str(TOO_MANY), "skep.max": str(TOO_MANY)})
    (newcomer,) = fleet.await_open(1)
    stage.await_replicas(TOO_MANY)
    assert fleet.nodes[newcomer].labels["skep.pool"] == fleet.name
    assert fleet.machines == [newcomer], fleet.told


STEP = "cluster:drain"
LEAVING = (
    pytest.param(Death(provider="before-delete", lock=STEP), id="a deletion that its provider never hears of"),
    pytest.param(Death(provider="after-delete", lock=STEP), id="a deletion that is carried out, and nobody is told"),
    pytest.param(
        Death(write=NODE_REMOVAL, held=Held.THE_REQUEST, lock=STEP), id="a removal that the Swarm never hears of"
    ),
    pytest.param(
        Death(write=NODE_REMOVAL, held=Held.THE_ANSWER, lock=STEP), id="a removal that is done, and nobody is told"
    ),
)


@pytest.mark.parametrize("death", LEAVING)
def test_an_actor_killed_while_a_node_leaves_is_succeeded(
    stage: Stage, fleet: Fleet, death: Death, tmp_path: Path
) -> None:
    fleet.begin(min=1)
    fleet.await_open(1)
    with death.of_an_actor(stage, fleet, tmp_path):
        fleet.begin(min=0)
    fleet.await_gone()
    stage.await_replicas(2)


# --- with providers that fail ----------------------------------------------------------------------------------------


def test_a_machine_that_never_joins_is_deleted_and_another_takes_its_place(stage: Stage, fleet: Fleet) -> None:
    fleet.give_ghosts()
    fleet.begin(join={"timeout": "5s", "retry-after": "5s"})
    stage.label({**STILL, "skep.min": str(TOO_MANY)})
    becomes(lambda: fleet.ghosts, bool, what="a machine")
    fleet.serve()
    fleet.await_told("ghost-1")
    becomes(lambda: fleet.ghosts, lambda ghosts: ghosts == [], what="the machine to be deleted")
    fleet.await_open(1)
    stage.await_replicas(TOO_MANY)
    assert "ghost-1 did not join within 5 s" in fleet.told


def test_a_provider_that_refuses_is_left_in_peace_for_a_while_and_that_is_said(stage: Stage, fleet: Fleet) -> None:
    fleet.refuse("20 of 20 servers")
    fleet.begin()
    stage.label({**STILL, "skep.min": str(TOO_MANY)})
    fleet.await_told("no machine: quota, 20 of 20 servers")
    fleet.await_told("no machine is ordered for a while after a failure: 20 of 20 servers")
    assert fleet.machines == []
    fleet.serve()
    fleet.await_open(1)
    stage.await_replicas(TOO_MANY)


def test_a_machine_that_dies_is_replaced_and_its_node_removed(stage: Stage, fleet: Fleet) -> None:
    fleet.begin(min=1, heal={"grace": "2s"})
    (lost,) = fleet.await_open(1)
    stage.lab.kill(lost)
    becomes(
        lambda: (lost in fleet.nodes, fleet.machines), lambda now: now[0] is False and lost not in now[1], what="it"
    )
    (newcomer,) = fleet.await_open(1)
    assert newcomer != lost
    assert f"{lost} has been down for" in fleet.told


# --- and not too many ------------------------------------------------------------------------------------------------


def test_a_node_stays_for_what_cannot_move_or_runs_nowhere_else_and_goes_when_that_is_over(
    stage: Stage, fleet: Fleet
) -> None:
    fleet.begin(min=1)
    (newcomer,) = fleet.await_open(1)
    fleet.label(newcomer, "disk=ssd")
    pinned = ("--constraint", "node.labels.disk==ssd", "--label", "skep.surge=false")
    with beside(stage, "pinned", *pinned, program=("/usr/bin/sleep", "1000")):
        fleet.begin(min=0)
        becomes(lambda: fleet.why(newcomer), lambda why: "no surge is allowed of pinned" in why, what="that veto")
        refused = stage.command("drain", newcomer)
        assert "pinned would be interrupted" in refused.stdout + refused.stderr
        assert SERVICE not in refused.stdout + refused.stderr
        stage.lab.scale("pinned", 0)
        becomes(lambda: fleet.why(newcomer), lambda why: "no other node can run pinned" in why, what="that veto")
        assert fleet.open_newcomers == [newcomer]
    fleet.await_gone()


@contextmanager
def out_of_reach(stage: Stage, fleet: Fleet, hostname: str) -> Iterator[None]:
    """The wire of a node is cut in this block."""
    wire = Layout(stage.lab.name).node_netns(hostname)
    network.cut(wire)
    try:
        yield
    finally:
        network.mend(wire)
        fleet.await_state(hostname, "ready")


def test_two_of_four_nodes_out_of_reach_cost_no_machine(stage: Stage, fleet: Fleet) -> None:
    fleet.begin(min=1, heal={"grace": "1s", "delete-unreachable": "true"})
    (newcomer,) = fleet.await_open(1)
    # The machine is back first: alone out of reach, it would be lost.
    with out_of_reach(stage, fleet, WORKER), out_of_reach(stage, fleet, newcomer):
        for hostname in (newcomer, WORKER):
            fleet.await_state(hostname, "down")
        fleet.await_told("no node is touched until that is over")
        stage.label(STILL)
        stage.account.next_decisions(3)
        assert fleet.machines == [newcomer]
    fleet.await_told("skep acts on nodes again")
    assert (fleet.machines, fleet.open_newcomers) == ([newcomer], [newcomer])
