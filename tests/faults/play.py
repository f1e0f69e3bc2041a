"""One run: three managers, two workers, skep twice; a storm, the calm after it, and what is then known of it all."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from celery.states import READY_STATES

from lab.demo.stack import ACTOR, BEAT, FLOWER, OBSERVER, SkepProcesses
from lab.load import Load, Step
from lab.real import Lab, WebService, direct
from skep.adapters.redis_connection import connect
from skep.adapters.swarm import DockerSwarm
from skep.core.decision import Decision
from skep.core.saga import Drain, DrainPhase, drain_of
from tests.faults.moving import GOAL, MOVED, MovedEvidence, Watch
from tests.faults.pool_stage import ONLY_THERE, policy_file, pool_of
from tests.faults.pooled import POOLED, REPLICAS_PER_MACHINE, PoolEvidence
from tests.faults.storm import SECOND_ACTOR, SECOND_OBSERVER, TARGETS, WORKERS, Storm, Suffered
from tests.faults.verdict import Evidence
from tests.faults.weather import Weather, forecast
from tests.labs import lab_name, remove_labs_of_dead_runs
from tests.swarm.fleet import NO_POOLS
from tests.swarm.patience import becomes
from tests.swarm.postbox import Postbox, order_by_hand
from tests.swarm.service import SERVICE
from tests.swarm.stage import INTERVAL, POLICY, WEB, Stage
from tests.swarm.theatre import Theatre

__all__ = ["MOST_EVALUATIONS", "VANTAGE", "Run", "chaos_theatre", "double", "play"]

#: The manager whose engine stands still for nobody: Docker's events are heard from it.
VANTAGE = "node-3"
_FEW, _MANY = 2, 8
#: Of the service that needs machines of the pool.
_TIDE = (0, 4)
#: At 5 requests per second for each replica.
_FINAL_RPS, _FINAL_REPLICAS = 18.0, 4
#: A person's count stands for so long.
_HOLD_S = 8.0
#: A storm changes its direction more often in minutes than a service may in an hour.
_NO_REST = {"skep.flaps": "1000"}
#: What is moved finds room beside replicas that fill a machine of the pool, however many of it there are meanwhile.
_SMALL = WebService(replicas=GOAL, cpu_reservation_cores=0.01)
_PATIENCE = timedelta(minutes=4)
#: From the end of the storm until the count is right: the last hold, the window for shrinking, four steps down, and
#: as much again for machines on which all of that has to start anew.
MOST_EVALUATIONS = 60
_VARIABLES = {"SKEP_RECONCILE_INTERVAL": f"{INTERVAL.total_seconds():g}s", "SKEP_TASK_TIME_LIMIT": "20s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What became of a storm.

    Attributes:
        evaluations_to_calm: from the end of the storm until the count was right and stayed.
        requests: of the clients, during the storm.
        failed_requests: of those, while engines, too, stood still.
    """

    weather: Weather
    evidence: Evidence
    moved: MovedEvidence
    pool: PoolEvidence
    evaluations_to_calm: int
    requests: int
    failed_requests: int


@contextmanager
def chaos_theatre() -> Iterator[Theatre]:
    """Three managers, on which what is scaled runs, and two workers, on which what is moved does; all of skep once."""
    remove_labs_of_dead_runs()
    lab = Lab(lab_name("chaos"), nodes=3 + len(WORKERS), managers=3, interval=INTERVAL)
    try:
        broker_url = lab.up().redis_url
        policy_file(lab).write_text(NO_POOLS)
        variables = {**_VARIABLES, "SKEP_POLICY_FILE": str(policy_file(lab))}
        skep = SkepProcesses(lab, interval=INTERVAL, variables=variables)
        skep.start()
        lab.deploy_web(service=WEB)
        _place(lab, SERVICE, "node.role==manager")
        lab.deploy_web({"skep.surge": "true"}, stack="shop", service=_SMALL)
        _place(lab, MOVED, "node.role==worker")
        lab.deploy_web({"skep.surge": "true"}, stack="jobs", service=_filling(lab))
        _place(lab, POOLED, ONLY_THERE)
        lab.deploy_proxy()
        skep.wait_ready()
        with lab.client(VANTAGE) as client, connect(broker_url) as broker, Postbox(skep.settings) as postbox:
            yield Theatre(lab, skep, client, broker, postbox)
    finally:
        lab.down()


def _place(lab: Lab, service: str, constraint: str) -> None:
    """Have a service run only on such nodes."""
    lab.docker("service", "update", "--no-resolve-image", "--constraint-add", constraint, service)


def _filling(lab: Lab) -> WebService:
    """A service of no replicas yet, of which few fit on a machine by what is set aside for each."""
    with lab.client() as client:
        cores = float(client.info()["NCPU"])
    return replace(WEB, replicas=0, cpu_reservation_cores=0.8 * cores / REPLICAS_PER_MACHINE)


def play(theatre: Theatre, seed: int, duration: timedelta) -> Run:
    """Let one storm pass over the lab and gather what is known a while later.

    Raises:
        AssertionError: the count does not become right again.
    """
    weather = forecast(seed, duration=duration, targets=TARGETS, counts=(_FEW, _MANY), nodes=WORKERS, tide_counts=_TIDE)
    with (
        theatre.performance(seen_from=VANTAGE) as stage,
        Watch(theatre.lab, VANTAGE) as watch,
        pool_of(stage, seen_from=VANTAGE) as pool,
    ):
        double(stage)
        began = datetime.now(UTC)
        stage.label({**POLICY, "skep.min": str(_FEW), "skep.max": str(_MANY), **_NO_REST})
        stage.account.next_decisions(1)
        by_hand = partial(order_by_hand, SERVICE, hold_s=_HOLD_S)
        storm = Storm(stage.lab, stage.skep, stage.postbox, order=by_hand, tide=pool.crowd.order, lose=pool.lose)
        try:
            with Load(stage.status.proxy_url, weather.load) as clients:
                suffered = storm.rage(weather)
            summary = clients.stop()
            with ThreadPoolExecutor(max_workers=1) as beside:
                fitting = beside.submit(pool.fit)
                evaluations = _calm(stage)
                unfinished = {hostname: state for hostname in WORKERS if (state := _end_of_saga(stage, hostname))}
                looks_to_fit = fitting.result()
            # What is moved may have no other place than the pool while people keep both workers empty.
            _take_back(stage)
            settled = pool.settle(looks_to_fit)
        finally:
            _take_back(stage)
        return Run(
            weather=weather,
            evidence=_evidence(stage, suffered, began),
            moved=_moved(stage, suffered, watch, unfinished),
            pool=settled,
            evaluations_to_calm=evaluations,
            requests=summary.sent,
            failed_requests=summary.failed,
        )


def double(stage: Stage) -> None:
    """A second observer and actor, on the second manager."""
    second = {"SKEP_DOCKER_HOST": f"unix://{_socket(stage, 'node-2')}"}
    stage.skep.start_observer(SECOND_OBSERVER, variables=second)
    stage.skep.start_actor(SECOND_ACTOR, variables=second)
    stage.skep.wait_ready(OBSERVER, ACTOR, BEAT, FLOWER, SECOND_OBSERVER, SECOND_ACTOR)


def _socket(stage: Stage, hostname: str) -> str:
    return str(next(node.docker_socket for node in stage.status.nodes if node.hostname == hostname))


def _calm(stage: Stage) -> int:
    """Evaluations until the count is what a steady load needs, no order is open, and it stays so."""
    with Load(stage.status.proxy_url, [Step(duration=_PATIENCE, rate_rps=_FINAL_RPS)]):
        first = stage.account.next_decisions(1)[0]
        becomes(
            lambda: (stage.account.decision, stage.service.replicas),
            lambda seen: seen[1] == _FINAL_REPLICAS and _is_at_rest(seen[0]),
            what=f"{_FINAL_REPLICAS} replicas for a steady load",
            within=_PATIENCE,
        )
        last = stage.account.next_decisions(3)[-1]
        assert stage.service.replicas == _FINAL_REPLICAS
    stage.postbox.deliver_again()
    stage.postbox.await_quiet()
    becomes(lambda: stage.account.orders_begun, lambda begun: begun == 0, what="nobody to have an order in hand")
    return round((last.at - first.at) / INTERVAL)


def _end_of_saga(stage: Stage, hostname: str) -> str:
    """What a node's saga is left in; empty where it ends in time: drained, or as it was before."""
    with suppress(AssertionError):
        becomes(lambda: _drain(stage, hostname), _has_ended, what=f"{hostname} drained or given back", within=_PATIENCE)
        return ""
    return str(_drain(stage, hostname))


def _has_ended(drain: Drain | None) -> bool:
    return drain is None or (drain.phase is DrainPhase.DRAINED and not drain.surges)


def _take_back(stage: Stage) -> None:
    """Have each node as it was, for the next storm."""
    for hostname in WORKERS:
        order = {"node_id": hostname, "actor": "ada", "reason": "the storm is over"}
        stage.postbox.send(order, task="drain.back", task_id=f"drain.back.{hostname}.{time.monotonic_ns()}")
    for hostname in WORKERS:
        becomes(partial(_drain, stage, hostname), lambda drain: drain is None, what=f"{hostname} given back")
    stage.lab.wait_running(MOVED, GOAL, patience=_PATIENCE)


def _drain(stage: Stage, hostname: str) -> Drain | None:
    handle = DockerSwarm(f"unix://{_socket(stage, VANTAGE)}").read_node(hostname)
    assert handle is not None, f"{hostname} is gone"
    return drain_of(handle.node)


def _moved(stage: Stage, suffered: Suffered, watch: Watch, unfinished: Mapping[str, str]) -> MovedEvidence:
    assert watch.looks, "nobody has ever seen all nodes ready"
    return MovedEvidence(
        counts=stage.witness.changes(MOVED),
        writes=stage.witness.writes(MOVED),
        falls=tuple(watch.falls),
        outcomes={task_id: _outcome(stage, task_id) for task_id in suffered.acknowledged_of_nodes},
        unfinished=unfinished,
    )


def _is_at_rest(decision: Decision | None) -> bool:
    return decision is not None and decision.goal == _FINAL_REPLICAS and not any(s.by == "hold" for s in decision.steps)


def _evidence(stage: Stage, suffered: Suffered, began: datetime) -> Evidence:
    return Evidence(
        bounds=(_FEW, _MANY),
        first=_FEW,
        counts=stage.witness.changes(SERVICE),
        writes=stage.writes,
        entries=stage.account.entries,
        outcomes={task_id: _outcome(stage, task_id) for task_id in suffered.acknowledged},
        rows=_rows(stage, began),
        blind=tuple(suffered.blind),
    )


def _outcome(stage: Stage, task_id: str) -> tuple[str, str]:
    state, result = stage.postbox.now(task_id)
    return (state, result) if state in READY_STATES else (state, "")


def _rows(stage: Stage, since: datetime) -> Mapping[str, tuple[str, str]]:
    flower = stage.skep.flower
    with direct.session() as session:
        session.auth = (flower.user, flower.password)
        tasks = session.get(f"{flower.url}/api/tasks", params={"taskname": f"scale.{SERVICE}"}, timeout=10).json()
    return {
        task_id: (str(task["state"]), str(task["result"]))
        for task_id, task in tasks.items()
        if task["received"] is not None and task["received"] >= since.timestamp()
    }
