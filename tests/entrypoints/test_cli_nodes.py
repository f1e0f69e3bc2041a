"""Nodes at the command line: how they stand, what a drain would do, what is ordered, and what is waited for."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from cli.desk import Outcome
from cli.main import skep
from skep.core.cluster import Availability, Resources
from skep.core.policy import Tune
from skep.core.pool_report import PoolReport
from skep.core.saga import Fate, Forecast, Move, Veto
from skep.core.strategies.tuning import Comparison, Tuning
from skep.operations.node_status import DrainStatus, NodeStatus
from skep.report.node_table import node_table
from tests.fakes.desk import NOW, FakeOrders, FakeQuestions, desk

WORKER = NodeStatus(
    id="id-of-worker-3",
    hostname="worker-3",
    is_manager=False,
    is_ready=True,
    availability=Availability.ACTIVE,
    pool="web",
    swarm_tasks=4,
    reserved=Resources(cpu_cores=1.5, memory_bytes=2 << 30),
    capacity=Resources(cpu_cores=4.0, memory_bytes=8 << 30),
)
DRAINING = DrainStatus(
    phase="draining",
    since=NOW - timedelta(minutes=2),
    deadline=NOW + timedelta(minutes=13),
    actor="ada@desk",
    reason="new kernel",
    waits_for="2 of 3 replicas of web run elsewhere",
)
MOVES = (
    Move(service_id="w", service_name="web", replicas=2, fate=Fate.SURGED),
    Move(service_id="a", service_name="agent", replicas=1, fate=Fate.ENDED),
)
TUNING = Tuning(
    mode=Tune.SHADOW,
    rule="the load of now",
    why="the load of now: in the last 12 h that would have cost 2.00 replicas, the next best (…) 2.10",
    replicas=3,
    comparison=Comparison(
        span=timedelta(hours=12),
        price=10.0,
        acting_replicas=4.0,
        acting_missing=0.1,
        tuned_replicas=3.5,
        tuned_missing=0.05,
    ),
    delays="a machine has joined 70 s (measured) after its order",
)
POOL = PoolReport(name="web", nodes=2, min_nodes=1, max_nodes=6, tuning=TUNING)
VETO = Veto(sentence="db would be interrupted", is_about_interruption=True)


def run(*arguments: str, questions: FakeQuestions, orders: FakeOrders | None = None) -> Result:
    return CliRunner().invoke(skep, list(arguments), obj=desk(questions=questions, orders=orders))


def asked(*later: DrainStatus | None, forecast: Forecast | None = None) -> FakeQuestions:
    return FakeQuestions(
        nodes_now=(WORKER,),
        nodes_later=[(replace(WORKER, drain=drain),) for drain in later],
        forecasts={} if forecast is None else {WORKER.id: forecast},
    )


def test_nodes_are_told_with_what_is_being_done_to_them() -> None:
    node = replace(WORKER, availability=Availability.PAUSE, drain=DRAINING)
    told = run("nodes", questions=FakeQuestions(nodes_now=(node,))).output
    for word in ("worker-3", "draining", "for 2 min", "1.5/4", "2/8 GiB", "ada@desk: new kernel", "2 of 3"):
        assert word in told
    document = json.loads(run("nodes", "--json", questions=FakeQuestions(nodes_now=(node,))).output)
    assert document["nodes"][0]["drain"]["phase"] == "draining"


def test_the_use_of_a_node_is_told_beside_what_is_reserved_and_what_is_unknown_is_not_zero() -> None:
    half_known = replace(WORKER, used=Resources(cpu_cores=1.0), used_at=NOW)
    (line,) = [line for line in nodes_of(half_known).splitlines() if line.startswith("worker-3")]
    assert line.split() == ["worker-3", "web", "active", "4", "25%", "1.5/4", "unknown", "2/8", "GiB"]
    document = json.loads(run("nodes", "--json", questions=FakeQuestions(nodes_now=(half_known,))).output)
    assert document["nodes"][0]["used"] == {"cpu_cores": 1.0, "memory_bytes": None}


@pytest.mark.parametrize(
    ("node", "state"),
    [
        (WORKER, "active"),
        (replace(WORKER, is_manager=True), "manager"),
        (replace(WORKER, availability=Availability.PAUSE), "cordoned"),
        (replace(WORKER, availability=Availability.DRAIN), "drained"),
        (replace(WORKER, drain=DRAINING), "draining"),
        (replace(WORKER, is_ready=False, drain=DRAINING), "down"),
    ],
    ids=["active", "a manager", "cordoned", "drained", "in a drain", "down"],
)
def test_the_state_of_a_node_is_what_is_most_worth_knowing(node: NodeStatus, state: str) -> None:
    (line,) = [line for line in nodes_of(node).splitlines() if line.startswith("worker-3")]
    assert line.split()[2] == state


def test_nodes_with_long_names_fit_on_a_screen_of_80_columns() -> None:
    node = replace(WORKER, hostname="ip-10-0-123-234.eu-central-1.compute.internal", drain=DRAINING)
    lines = node_table([node], now=NOW, width=80).plain.splitlines()
    assert max(map(len, lines)) <= 80
    assert node.hostname in lines


def nodes_of(node: NodeStatus) -> str:
    return run("nodes", questions=FakeQuestions(nodes_now=(node,))).output


def test_a_drain_is_ordered_with_all_that_was_said() -> None:
    orders = FakeOrders()
    words = ("drain", "worker-3", "--remove", "--allow-interruption", "--deadline", "30m", "--as", "ada")
    result = run(*words, questions=asked(), orders=orders)
    assert result.exit_code == 0, result.output
    (order,) = orders.of_nodes
    assert (order.node_id, order.removes, order.allows_interruption) == (WORKER.id, True, True)
    assert (order.deadline, order.actor) == (timedelta(minutes=30), "ada")
    assert order.task_id.startswith("drain.worker-3.")


def test_a_node_is_given_back() -> None:
    orders = FakeOrders()
    result = run("undrain", "worker-3", questions=asked(), orders=orders)
    assert (result.exit_code, orders.of_nodes[0].gives_back) == (0, True)
    assert "worker-3 active" in result.output


@pytest.mark.parametrize(
    ("later", "code", "words"),
    [
        ([DRAINING, DRAINING, replace(DRAINING, phase="drained", waits_for="")], 0, "worker-3: drained"),
        ([DRAINING, replace(DRAINING, phase="returning"), None], 1, "worker-3: returning"),
        ([DRAINING, None], 1, "worker-3: given back"),
    ],
    ids=["drained", "given up", "given back"],
)
def test_the_end_of_a_drain_is_waited_for(later: list[DrainStatus | None], code: int, words: str) -> None:
    result = run("drain", "worker-3", "--wait", questions=asked(*later))
    assert result.exit_code == code, result.output
    assert words in result.output
    assert result.output.count("draining, 2 of 3 replicas of web run elsewhere") == 1


@pytest.mark.parametrize(
    ("vetoes", "options", "code"),
    [((), (), 0), ((VETO,), (), 1), ((VETO,), ("--allow-interruption",), 0)],
    ids=["nothing against it", "an interruption", "an interruption that is allowed"],
)
def test_a_dry_run_tells_what_would_happen_and_orders_nothing(
    vetoes: tuple[Veto, ...], options: tuple[str, ...], code: int
) -> None:
    orders = FakeOrders()
    forecast = Forecast(moves=MOVES, vetoes=vetoes)
    result = run("drain", "worker-3", "--dry-run", *options, questions=asked(forecast=forecast), orders=orders)
    assert (result.exit_code, orders.of_nodes) == (code, [])
    assert "web: 2 replicas, others start elsewhere first" in result.output
    assert "agent: 1 replica, global: ends with the node" in result.output
    assert ("against it: db would be interrupted (--allow-interruption insists)" in result.output) is (code == 1)


def test_a_refusal_ends_with_one() -> None:
    sentence = "worker-3 refused: no other node is ready to take its swarm tasks"
    orders = FakeOrders(outcomes={"worker-3": Outcome(verdict="refused", sentence=sentence)})
    result = run("drain", "worker-3", questions=asked(), orders=orders)
    assert result.exit_code == 1
    assert sentence in result.output


def test_a_node_that_there_is_not_is_told_with_those_there_are() -> None:
    result = run("drain", "worker-4", questions=asked())
    assert result.exit_code == 1
    assert "Nodes are worker-3" in result.output


@pytest.mark.parametrize("command", ["nodes", "status"])
def test_what_the_rule_of_a_pool_expects_is_told_below_the_table(command: str) -> None:
    questions = FakeQuestions(nodes_now=(WORKER,), pools_now=(POOL, replace(POOL, name="plain", tuning=None)))
    result = CliRunner().invoke(skep, [command], obj=desk(questions=questions), env={"COLUMNS": "1000"})
    assert result.exit_code == 0, result.output
    assert "It would tune itself, and looks on: it would have 3 nodes now, by the load of now:" in result.stdout
    assert "it would have saved 20%: 3.50 nodes rather than 4.00" in result.stdout
    assert "It reckons that a machine has joined 70 s (measured) after its order." in result.stdout
    assert "Pool plain" not in result.stdout


def test_a_pool_that_acts_by_its_rule_says_so() -> None:
    acting = replace(POOL, tuning=replace(TUNING, mode=Tune.AUTO, replicas=1))
    questions = FakeQuestions(nodes_now=(WORKER,), pools_now=(acting,))
    result = CliRunner().invoke(skep, ["nodes"], obj=desk(questions=questions), env={"COLUMNS": "1000"})
    assert "It tunes itself and expects to need 1 node. It follows the load of now:" in result.stdout
