"""`skep explain node`: how a node stands, and why it stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from cli.main import skep
from skep.core.capacity.removal import NodeVerdict
from skep.core.capacity.vetoes import Veto
from skep.core.policy import Tune
from skep.core.pool_report import PoolReport
from skep.core.strategies.tuning import Tuning
from skep.operations.explain_node import NodeAccount
from tests.core.capacity.builders import node
from tests.fakes.desk import NOW, FakeQuestions, desk

STAYS = NodeAccount(
    node=node("worker-3"),
    verdict=NodeVerdict(
        node_id="worker-3-id",
        hostname="worker-3",
        pool="workers",
        is_empty=False,
        vetoes=(
            Veto(by="delay", reason="a node was added to its pool a short while ago", until=NOW + timedelta(minutes=4)),
            Veto(by="surge", reason="no surge is allowed of db"),
        ),
    ),
    at=NOW - timedelta(seconds=9),
    pool=PoolReport(name="workers", nodes=4, min_nodes=2, max_nodes=9, joining=1, use="61% CPU", notes=("a note",)),
    idle_since=NOW - timedelta(minutes=12),
)


def run(*arguments: str, account: NodeAccount | None = None) -> Result:
    questions = FakeQuestions(node_accounts={} if account is None else {"worker-3": account})
    return CliRunner().invoke(skep, ["explain", *arguments], obj=desk(questions=questions), env={"COLUMNS": "80"})


def test_the_rule_of_its_pool_is_told() -> None:
    assert STAYS.pool is not None
    tuning = Tuning(mode=Tune.SHADOW, rule="the load of now", why="the load of now: (why)", replicas=6)
    told = run("node", "worker-3", account=replace(STAYS, pool=replace(STAYS.pool, tuning=tuning))).stdout
    assert "looks on: it would have 6 nodes now, by the load of now: (why)." in " ".join(told.split())


def test_all_reasons_why_a_node_stays_are_told() -> None:
    told = run("node", "worker-3", account=STAYS).stdout
    assert "worker-3 is a worker, ready; it takes swarm tasks." in told
    assert "It has been idle for 12 min." in told
    assert "- a node was added to its pool a short while ago (until " in told
    assert "- no surge is allowed of db" in told
    assert "Pool workers: 4 nodes of 2 to 9, 1 on their way; mean use 61% CPU." in told
    assert max(map(len, told.splitlines())) <= 80


def test_a_node_that_nobody_has_looked_at_is_told_as_such() -> None:
    assert "No evaluation of nodes has looked at it" in run(
        "node", "worker-3", account=NodeAccount(node=node("worker-3"))
    ).stdout.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("node", "worker-9"), "There is no node worker-9", id="no such node"),
        pytest.param(("web", "api"), "Expected one service", id="two services"),
        pytest.param(("node", "worker-3", "--at", "14:00"), "without --at", id="of the past"),
    ],
)
def test_what_cannot_be_told_is_said(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments, account=STAYS)
    assert result.exit_code != 0
    assert words in result.output
