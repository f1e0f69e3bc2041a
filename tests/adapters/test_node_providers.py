"""What every provider of machines does, played on the one in memory and on each of the others.

The lab's machines are real engines, ordered through the provider ``command``. The Hetzner Cloud is a stand-in, Amazon
is played by moto; what they cannot play is in the tests of each provider.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from skep.core.machines import Deletion, Increase, MachineState, PoolMachines, RefusalKind
from skep.errors import Temporary
from tests.adapters.provider_stage import MAXIMUM, Stage, stage_of

_PROVIDERS = ["fake", "standby", "command", "aws", "hcloud", pytest.param("lab", marks=pytest.mark.swarm)]

# One lab for all would remember the machines of the other tests, and one for each takes its time: so real engines play
# the whole life of a pool in one test.
_WITHOUT_LAB = _PROVIDERS[:-1]


@pytest.fixture(params=_WITHOUT_LAB)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with stage_of(request.param, tmp_path) as stage:
        yield stage


@pytest.fixture
def any_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with stage_of(request.param, tmp_path) as stage:
        yield stage


def ids(pool: PoolMachines) -> set[str]:
    found = [machine.id for machine in pool.machines if machine.state is not MachineState.STOPPING]
    assert len(set(found)) == len(found)
    return set(found)


# --- ordering -------------------------------------------------------------------------------------------------------


def test_a_new_pool_has_no_machines(stage: Stage) -> None:
    pool = stage.provider().describe()
    assert (pool.target, pool.minimum, pool.machines, pool.shortfall) == (0, 0, (), None)
    assert pool.maximum in {MAXIMUM, None}
    assert stage.provider().target() == 0


def test_machines_that_are_ordered_are_there(stage: Stage) -> None:
    assert stage.provider().increase(2, request_id="r1") == Increase(ordered=2)
    pool = stage.provider().describe()
    assert len(ids(pool)) == pool.target == stage.provider().target() == 2


def test_machines_come_up_and_can_be_told_apart_by_their_addresses(stage: Stage) -> None:
    stage.provider().increase(2, request_id="r1")
    stage.start()
    first, second = stage.provider().describe().machines
    assert (first.state, second.state) == (MachineState.RUNNING, MachineState.RUNNING)
    assert first.addresses
    assert second.addresses
    assert not set(first.addresses) & set(second.addresses)
    assert all(machine.created_at is None or machine.created_at.tzinfo for machine in (first, second))


def test_an_order_delivered_twice_is_carried_out_once(stage: Stage) -> None:
    provider = stage.provider()
    assert provider.increase(2, request_id="r1") == provider.increase(2, request_id="r1") == Increase(ordered=2)
    assert len(ids(provider.describe())) == 2


def test_an_order_delivered_to_another_worker_is_carried_out_once(stage: Stage) -> None:
    stage.provider().increase(2, request_id="r1")
    assert stage.provider().increase(2, request_id="r1") == Increase(ordered=2)
    assert len(ids(stage.provider().describe())) == 2


def test_an_older_order_delivered_again_is_known_after_a_newer_one(stage: Stage) -> None:
    stage.provider().increase(1, request_id="r1")
    stage.provider().increase(1, request_id="r2")
    assert stage.provider().increase(1, request_id="r1") == Increase(ordered=1)
    assert stage.provider().target() == 2


def test_different_orders_add_up(stage: Stage) -> None:
    stage.provider().increase(1, request_id="r1")
    before = ids(stage.provider().describe())
    stage.provider().increase(2, request_id="r2")
    pool = stage.provider().describe()
    assert before < ids(pool)
    assert pool.target == 3


def test_any_text_names_an_order(stage: Stage) -> None:
    """Also long ones that differ at their ends or by their case, and what a shell or a tag would stumble over."""
    texts = ["a" * 2_000 + "b", "a" * 2_000 + "B", 'web/1:+2/7 "; $(id) éclair 蜂', 'web/1:+2/7\n"; $(id) éclair 蜂']
    for request_id in (*texts, *texts):
        assert stage.provider().increase(1, request_id=request_id) == Increase(ordered=1)
    assert stage.provider().target() == len(texts)


@pytest.mark.parametrize(("machines", "request_id"), [(0, "r1"), (-1, "r1"), (1, "")])
def test_an_order_for_nothing_or_without_a_name_is_a_mistake(stage: Stage, machines: int, request_id: str) -> None:
    with pytest.raises(ValueError, match="order"):
        stage.provider().increase(machines, request_id=request_id)
    assert stage.provider().target() == 0


def test_what_cannot_be_had_in_full_is_had_in_part_and_the_rest_refused_with_a_reason(stage: Stage) -> None:
    stage.provider().increase(MAXIMUM - 1, request_id="r1")
    increase = stage.provider().increase(3, request_id="r2")
    assert increase.ordered == 1
    assert increase.refusal is not None
    assert increase.refusal.kind in {RefusalKind.AT_MAXIMUM, RefusalKind.QUOTA}
    assert (
        str(MAXIMUM) in increase.refusal.reason or "no machine" in increase.refusal.reason or "limit" in str(increase)
    )
    assert stage.provider().target() == MAXIMUM


def test_a_full_pool_orders_nothing(stage: Stage) -> None:
    stage.provider().increase(MAXIMUM, request_id="r1")
    increase = stage.provider().increase(1, request_id="r2")
    assert (increase.ordered, increase.refusal is None) == (0, False)
    assert stage.provider().increase(MAXIMUM, request_id="r1") == Increase(ordered=MAXIMUM)
    assert stage.provider().target() == MAXIMUM


def test_what_was_refused_is_had_once_there_is_room(stage: Stage) -> None:
    stage.provider().increase(MAXIMUM - 1, request_id="r1")
    victim, *_ = ids(stage.provider().describe())
    stage.provider().increase(2, request_id="r2")
    stage.provider().delete([victim])
    stage.provider().increase(2, request_id="r2")
    assert stage.provider().target() == MAXIMUM


# --- deleting -------------------------------------------------------------------------------------------------------


def test_the_machines_named_go_and_the_others_stay(stage: Stage) -> None:
    stage.provider().increase(3, request_id="r1")
    stage.start()
    victim, *others = ids(stage.provider().describe())
    assert stage.provider().delete([victim]) == Deletion(gone=(victim,))
    pool = stage.provider().describe()
    assert ids(pool) == set(others)
    assert pool.target == 2


def test_a_machine_that_is_gone_or_was_never_there_is_deleted_already(stage: Stage) -> None:
    stage.provider().increase(2, request_id="r1")
    victim, other = ids(stage.provider().describe())
    stage.provider().delete([victim])
    asked = [victim, "i-0123456789abcdef0", "4242", "../../etc/passwd", ""]
    assert stage.provider().delete(asked) == Deletion(gone=tuple(asked))
    assert ids(stage.provider().describe()) == {other}
    assert stage.provider().target() == 1


def test_deleting_nothing_does_nothing(stage: Stage) -> None:
    stage.provider().increase(1, request_id="r1")
    assert stage.provider().delete([]) == Deletion(gone=())
    assert stage.provider().target() == 1


def test_a_machine_named_twice_goes_once(stage: Stage) -> None:
    stage.provider().increase(3, request_id="r1")
    victim, *_ = ids(stage.provider().describe())
    stage.provider().delete([victim, victim])
    assert stage.provider().target() == 2


def test_an_order_delivered_again_does_not_bring_back_what_another_order_lost(stage: Stage) -> None:
    stage.provider().increase(1, request_id="r1")
    stage.provider().increase(1, request_id="r2")
    before = ids(stage.provider().describe())
    stage.provider().increase(1, request_id="r3")
    (victim,) = ids(stage.provider().describe()) - before
    stage.provider().delete([victim])
    for request_id in ("r1", "r2"):
        assert stage.provider().increase(1, request_id=request_id) == Increase(ordered=1)
    assert ids(stage.provider().describe()) == before


@pytest.mark.parametrize("any_stage", ["fake", "standby", "command", "aws"], indirect=True)
def test_an_order_delivered_again_does_not_bring_back_its_own_machines(any_stage: Stage) -> None:
    """The Hetzner Cloud is the exception: it has no place for a memory but its servers."""
    any_stage.provider().increase(2, request_id="r1")
    victim, other = ids(any_stage.provider().describe())
    any_stage.provider().delete([victim])
    assert any_stage.provider().increase(2, request_id="r1") == Increase(ordered=2)
    assert ids(any_stage.provider().describe()) == {other}


# --- trouble --------------------------------------------------------------------------------------------------------


def test_a_provider_out_of_reach_is_temporary_trouble_and_comes_back(stage: Stage) -> None:
    stage.provider().increase(1, request_id="r1")
    (machine_id,) = ids(stage.provider().describe())
    stage.break_down()
    provider = stage.provider()
    for attempt in (
        provider.describe,
        provider.target,
        lambda: provider.increase(1, request_id="r2"),
        lambda: provider.delete([machine_id]),
    ):
        with pytest.raises(Temporary):
            attempt()
    stage.come_back()
    assert ids(stage.provider().describe()) == {machine_id}


# --- all of it ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("any_stage", _PROVIDERS, indirect=True)
def test_the_life_of_a_pool(any_stage: Stage) -> None:
    provider = any_stage.provider
    assert provider().increase(2, request_id="morning") == Increase(ordered=2)
    assert provider().increase(2, request_id="morning") == Increase(ordered=2)
    any_stage.start()
    first, second = ids(provider().describe())
    assert {machine.state for machine in provider().describe().machines} == {MachineState.RUNNING}
    assert all(machine.addresses for machine in provider().describe().machines)
    assert provider().delete([first, "nobody"]) == Deletion(gone=(first, "nobody"))
    assert ids(provider().describe()) == {second}
    assert provider().increase(1, request_id="noon").ordered == 1
    refused = provider().increase(MAXIMUM, request_id="evening")
    assert (refused.ordered, refused.refusal is None) == (MAXIMUM - 2, False)
    assert len(ids(provider().describe())) == provider().target() == MAXIMUM
    any_stage.break_down()
    with pytest.raises(Temporary):
        provider().describe()
    any_stage.come_back()
    everybody = sorted(ids(provider().describe()))
    assert provider().delete(everybody) == Deletion(gone=tuple(everybody))
    assert ids(provider().describe()) == set()
    assert provider().target() == 0
