"""What is read out of looks at a pool: what stood by and was needed while machines were ordered."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.pool_sights import Reign, Sight, falls, joined, machine_orders, most_at_once, torn
from tests.faults.pooled import Fall

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NAME = f"pool-1.{round(AT.timestamp() * 1000)}"


def second(number: float) -> datetime:
    return AT + timedelta(seconds=number)


def sights(*looks: set[str], idle: Mapping[int, set[str]] | None = None) -> tuple[Sight, ...]:
    """One a second, from the decision on."""
    return tuple(
        Sight(
            at=second(number),
            machines=frozenset(machines),
            idle_hands=frozenset((idle or {}).get(number, set())),
        )
        for number, machines in enumerate(looks)
    )


ONE, TWO, BOTH = {"node-6"}, {"node-7"}, {"node-6", "node-7"}


@pytest.mark.parametrize(
    ("seen", "standing"),
    [
        pytest.param(sights(set(), TWO), 0, id="none"),
        pytest.param(sights(ONE, ONE, BOTH), 1, id="one that stays"),
        pytest.param(sights(ONE, set(), TWO), 0, id="one that went before the new one came"),
        pytest.param(sights(ONE, ONE, BOTH, idle={1: ONE}), 0, id="one that was on its way out at some time"),
        pytest.param(sights(set(), ONE, BOTH), 0, id="one that came after the decision"),
        pytest.param(sights(TWO), 0, id="nobody looked in time"),
        pytest.param((), 0, id="nobody looked at all"),
    ],
)
def test_what_was_of_help_all_the_time_stood_by(seen: tuple[Sight, ...], standing: int) -> None:
    (order,) = machine_orders({NAME: 1}, {NAME: ("node-7",)}, sights=seen, reigns=())
    assert order.standing == standing


@pytest.mark.parametrize(
    ("reigns", "needed"),
    [
        pytest.param((), 0, id="nobody ever asked"),
        pytest.param((Reign(replicas=3, since=second(-60)),), 2, id="a count that fills one and a half"),
        pytest.param(
            (Reign(replicas=4, since=second(-60), until=second(-10)), Reign(replicas=1, since=second(-10))),
            1,
            id="more was asked for long before",
        ),
        pytest.param(
            (Reign(replicas=4, since=second(-60), until=second(-1)), Reign(replicas=1, since=second(-2))),
            2,
            id="less is asked for since a moment ago",
        ),
        pytest.param(
            (Reign(replicas=0, since=second(-60), until=second(1)), Reign(replicas=2, since=second(1))),
            1,
            id="more is asked for before the machine stands",
        ),
        pytest.param(
            (Reign(replicas=0, since=second(-60), until=second(9)), Reign(replicas=2, since=second(9))),
            0,
            id="more is asked for when it has long stood",
        ),
    ],
)
def test_the_largest_count_of_that_time_was_needed(reigns: tuple[Reign, ...], needed: int) -> None:
    seen = sights(set(), set(), TWO)
    (order,) = machine_orders({NAME: 1}, {NAME: ("node-7",)}, sights=seen, reigns=reigns)
    assert order.needed == needed


def test_a_machine_has_joined_once_it_served_and_the_most_are_those_of_one_moment() -> None:
    seen = (
        Sight(at=AT, machines=frozenset(ONE)),
        Sight(at=AT, machines=frozenset(BOTH), serving=frozenset(TWO)),
        Sight(at=AT, machines=frozenset({"node-8"})),
    )
    assert joined(seen) == ("node-7",)
    assert most_at_once(seen) == 2
    assert most_at_once([replace(sight, dead=frozenset(ONE)) for sight in seen]) == 1
    assert (joined(()), most_at_once(())) == ((), 0)


def test_a_swarm_task_is_torn_where_its_node_was_removed_and_not_where_its_machine_had_died() -> None:
    there = Sight(at=AT, machines=frozenset(BOTH), nodes={"6": "node-6", "7": "node-7"})
    later = Sight(at=AT, machines=frozenset(), torn={"jobs_web.1": "6", "jobs_web.2": "7"})
    assert torn((there, later)) == ("jobs_web.1", "jobs_web.2")
    assert torn((there, replace(there, dead=frozenset(TWO)), later)) == ("jobs_web.1",)
    assert torn((there, replace(later, dead=frozenset(TWO)))) == ("jobs_web.1", "jobs_web.2")


@pytest.mark.parametrize(
    ("running", "reigns", "fell"),
    [
        pytest.param((2, 1), (Reign(replicas=2, since=second(-9)),), ((2, 1),), id="fewer than ordered"),
        pytest.param((3, 2), (Reign(replicas=2, since=second(-9)),), (), id="a surge that is taken back"),
        pytest.param((1, 1), (Reign(replicas=2, since=second(-9)),), (), id="one that does not come"),
        pytest.param((2, None, 1), (Reign(replicas=2, since=second(-9)),), (), id="a node was lost meanwhile"),
        pytest.param(
            (2, 0),
            (Reign(replicas=2, since=second(-9), until=second(1)), Reign(replicas=0, since=second(0.5))),
            (),
            id="people order fewer at that moment",
        ),
        pytest.param(
            (3, 1),
            (
                Reign(replicas=4, since=second(-90), until=second(0.5)),
                Reign(replicas=2, since=second(0.2)),
            ),
            (),
            id="people have just ordered fewer, and Swarm keeps one that only starts",
        ),
        pytest.param(
            (2, 1),
            (
                Reign(replicas=4, since=second(-90), until=second(-19)),
                Reign(replicas=2, since=second(-20)),
            ),
            ((2, 1),),
            id="people ordered fewer long before",
        ),
    ],
)
def test_replicas_that_end_though_they_are_wanted_are_a_fall(
    running: tuple[int | None, ...], reigns: tuple[Reign, ...], fell: tuple[tuple[int, int], ...]
) -> None:
    seen = [Sight(at=second(number), machines=frozenset(), running=count) for number, count in enumerate(running)]
    assert falls(seen, reigns) == tuple(Fall(at=second(1), before=before, after=after) for before, after in fell)


@pytest.mark.parametrize(
    ("seen_dead_at", "is_fall"),
    [
        pytest.param(1, False, id="at once"),
        pytest.param(3, False, id="a moment later"),
        pytest.param(9, True, id="long after"),
    ],
)
def test_what_ends_with_its_machine_is_no_fall(seen_dead_at: float, is_fall: bool) -> None:
    there = Sight(at=AT, machines=frozenset(ONE), nodes={"6": "node-6"}, running=2)
    after = replace(there, at=second(1), running=1)
    dead = replace(after, at=second(seen_dead_at), dead=frozenset(ONE))
    assert bool(falls((there, after, dead), (Reign(replicas=2, since=second(-9)),))) == is_fall


def test_a_machine_that_died_is_replaced_once() -> None:
    there = Sight(at=second(-1), machines=frozenset(ONE), nodes={"6": "node-6"}, dead=frozenset(ONE))
    later = replace(there, at=second(1), machines=frozenset(BOTH))
    last = replace(there, at=second(9), machines=frozenset({*BOTH, "node-8"}))
    again = f"pool-1.{round(second(4).timestamp() * 1000)}"
    made = {NAME: ("node-7",), again: ("node-8",)}
    orders = machine_orders(
        {again: 1, NAME: 1}, made, sights=(there, later, replace(later, at=second(5)), last), reigns=()
    )
    assert [order.replaced for order in orders] == [("node-6",), ()]
