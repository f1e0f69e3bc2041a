"""What every place where shares are handed out promises, proved on the fake and on a real Redis."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from skep.adapters.clock import SystemClock
from skep.adapters.redis_shards import RedisShards
from skep.core.action import AUTOSCALER, ScaleOrder
from skep.core.cluster import Cluster, Resources
from skep.core.decision import Hold, Pause, ScaleEvent
from skep.core.orders import ALL_SERVICES
from skep.core.plan import Knowledge
from skep.errors import Temporary
from skep.ports import Acts, Gathered, PendingOrder, Shards, Share, Wants
from tests.adapters.outages import Outage, outage_of_fake, outage_of_server
from tests.adapters.redis_clients import client_of, counting_client_of
from tests.builders import NOW, ago, service, swarm_task
from tests.core.capacity.builders import node
from tests.eventually import eventually
from tests.fakes.shards import FakeShards
from tests.servers import RedisServer

LONG = timedelta(minutes=5)
SHORT = timedelta(milliseconds=20)
ORDER = ScaleOrder(
    service_id="web-id",
    service_name="web",
    replicas=7,
    seen_replicas=3,
    evaluation=12,
    reason="requests 412/s",
    actor=AUTOSCALER,
)
ACTS = Acts(
    service_ids=(),
    events={"web-id": (ScaleEvent(at=ago(60), change=2),)},
    holds={"web-id": Hold(replicas=3, until=NOW, actor="ada@desk", reason="by hand")},
    pauses={ALL_SERVICES: Pause(until=None, actor="ada@desk", reason="a release")},
    pending={"web-id": PendingOrder(order=ORDER, replicas_before=3, at=NOW)},
    orders_unknown_since=NOW,
)
WHOLE = Cluster(services=(replace(service(), tasks=(swarm_task(1), swarm_task(2))),), nodes=(node("worker"),))
USE = Resources(cpu_cores=0.5, memory_bytes=1 << 20)


def shares(evaluation: int, of: int = 3) -> list[Share]:
    return [
        Share(
            evaluation=evaluation,
            now=NOW,
            number=number,
            of=of,
            cluster=WHOLE if number == 0 else replace(WHOLE, nodes=()),
            gone=(f"gone-{number}",),
            acts=ACTS,
            knowledge=Knowledge.COMPLETE,
            measures_nodes=True,
        )
        for number in range(of)
    ]


def wants(number: int) -> Wants:
    return Wants(goals={f"service-{number}": number}, replicas_use={f"service-{number}": USE}, nodes_use={"node": USE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Two workers who see the same shares."""

    one: Shards
    other: Shards
    outage: Outage


@pytest.fixture(params=["fake", pytest.param("redis", marks=pytest.mark.redis)])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    if request.param == "fake":
        fake = FakeShards(SystemClock())
        yield Workers(one=fake, other=fake, outage=outage_of_fake(fake))
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    with client_of(server) as client, client_of(server) as other_client:
        yield Workers(one=RedisShards(client), other=RedisShards(other_client), outage=outage_of_server(server))


def begin(shards: Shards, evaluation: int, *, of: int = 3, ttl: timedelta = LONG) -> bool:
    return shards.begin(shares(evaluation, of), cluster=WHOLE, ttl=ttl)


def test_a_share_comes_out_as_it_went_in(workers: Workers) -> None:
    begin(workers.one, 7)
    assert workers.other.take(7, 2, ttl=LONG) == shares(7)[2]


def test_a_share_is_taken_once_however_often_its_message_is_delivered(workers: Workers) -> None:
    begin(workers.one, 7)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda place: (workers.one, workers.other)[place % 2].take(7, 1, ttl=LONG), range(8)))
    assert sum(share is not None for share in taken) == 1


def test_the_first_share_is_taken_by_whoever_begins(workers: Workers) -> None:
    begin(workers.one, 7)
    assert workers.other.take(7, 0, ttl=LONG) is None


def test_the_last_to_hand_in_is_told_so_once(workers: Workers) -> None:
    begin(workers.one, 7)
    for number in (1, 2):
        workers.other.take(7, number, ttl=LONG)
    told = [workers.one.hand_in(7, number, wants(number)) for number in (2, 0, 1, 1)]
    assert told == [False, False, True, False]


def test_what_was_handed_in_is_gathered_in_the_order_of_shares_and_once(workers: Workers) -> None:
    begin(workers.one, 7)
    for number in (2, 1, 0):
        workers.other.take(7, number, ttl=LONG)
        workers.other.hand_in(7, number, wants(number))
    expected = Gathered(
        evaluation=7, now=NOW, cluster=WHOLE, knowledge=Knowledge.COMPLETE, wants=(wants(0), wants(1), wants(2))
    )
    assert [workers.one.gather(7), workers.other.gather(7)] == [expected, None]


def test_nothing_is_gathered_while_a_share_is_missing(workers: Workers) -> None:
    begin(workers.one, 7)
    workers.one.hand_in(7, 0, wants(0))
    workers.one.take(7, 1, ttl=LONG)
    workers.one.hand_in(7, 1, wants(1))
    assert workers.one.gather(7) is None


def test_nothing_is_gathered_where_no_plan_follows(workers: Workers) -> None:
    workers.one.begin(shares(7, of=1), cluster=None, ttl=LONG)
    assert workers.one.hand_in(7, 0, wants(0))
    assert workers.one.gather(7) is None


def test_what_was_not_taken_is_not_handed_in(workers: Workers) -> None:
    begin(workers.one, 7)
    workers.one.hand_in(7, 0, wants(0))
    assert [workers.one.hand_in(7, number, wants(number)) for number in (1, 2)] == [False, False]
    assert workers.one.gather(7) is None


def test_nothing_begins_while_a_share_is_being_decided(workers: Workers) -> None:
    begin(workers.one, 7)
    workers.other.take(7, 1, ttl=LONG)
    workers.one.hand_in(7, 0, wants(0))
    assert not begin(workers.one, 8)
    assert not workers.other.hand_in(7, 1, wants(1))
    assert begin(workers.one, 8)


def test_a_share_that_nobody_has_taken_keeps_nobody_waiting_and_is_void(workers: Workers) -> None:
    begin(workers.one, 7)
    workers.one.hand_in(7, 0, wants(0))
    assert begin(workers.one, 8)
    assert workers.other.take(7, 1, ttl=LONG) is None
    assert workers.other.take(8, 1, ttl=LONG) == shares(8)[1]


def test_a_share_that_comes_late_is_no_part_of_a_newer_evaluation(workers: Workers) -> None:
    begin(workers.one, 7, ttl=SHORT)
    eventually(lambda: begin(workers.one, 8), within_s=120)
    assert not workers.other.hand_in(7, 0, wants(0))
    workers.other.give_up(7, 0)
    assert not begin(workers.one, 9)


def test_a_worker_that_was_killed_keeps_others_waiting_for_its_time_only(workers: Workers) -> None:
    begin(workers.one, 7)
    workers.one.hand_in(7, 0, wants(0))
    workers.other.take(7, 1, ttl=SHORT)
    eventually(lambda: begin(workers.one, 8), within_s=120)


def test_a_share_that_was_given_up_keeps_nobody_waiting_and_leaves_the_plan_unmade(workers: Workers) -> None:
    begin(workers.one, 7, of=2)
    workers.one.hand_in(7, 0, wants(0))
    workers.other.take(7, 1, ttl=LONG)
    workers.other.give_up(7, 1)
    assert workers.other.take(7, 1, ttl=LONG) is None
    assert not workers.other.hand_in(7, 1, wants(1))
    assert workers.one.gather(7) is None
    assert begin(workers.one, 8)


def test_giving_up_what_was_handed_in_does_nothing(workers: Workers) -> None:
    begin(workers.one, 7, of=1)
    assert workers.one.hand_in(7, 0, wants(0))
    workers.one.give_up(7, 0)
    assert workers.one.gather(7) is not None


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda shards: begin(shards, 7), id="begin"),
        pytest.param(lambda shards: shards.take(7, 1, ttl=LONG), id="take"),
        pytest.param(lambda shards: shards.hand_in(7, 1, wants(1)), id="hand in"),
        pytest.param(lambda shards: shards.give_up(7, 1), id="give up"),
        pytest.param(lambda shards: shards.gather(7), id="gather"),
    ],
)
def test_out_of_reach_is_temporary_and_passes(workers: Workers, use: Callable[[Shards], object]) -> None:
    workers.outage.begin()
    with pytest.raises(Temporary):
        use(workers.one)
    workers.outage.end()
    use(workers.one)


@pytest.mark.redis
@pytest.mark.parametrize("of", [2, 16])
def test_each_step_is_one_round_trip_however_many_shares(redis_server: RedisServer, of: int) -> None:
    with counting_client_of(redis_server) as (client, round_trips):
        shards = RedisShards(client)
        for evaluation in (1, 2):  # the first makes Redis know the scripts
            round_trips.count = 0
            begin(shards, evaluation, of=of)
            shards.take(evaluation, 1, ttl=LONG)
            for number in (0, 1):
                shards.hand_in(evaluation, number, wants(number))
            shards.gather(evaluation)
    assert round_trips.count == 5


@pytest.mark.redis
def test_a_share_that_cannot_be_read_is_absent_and_keeps_nobody_waiting(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(redis_server) as client:
        shards = RedisShards(client)
        begin(shards, 7, of=2)
        client.hset("skep:shards", "share:1", b"of another version")
        assert shards.take(7, 1, ttl=LONG) is None
        shards.hand_in(7, 0, wants(0))
        assert begin(shards, 8)
    assert "skep:shards, share 1 cannot be read and counts as absent" in caplog.text


@pytest.mark.redis
def test_all_of_it_goes_by_itself(redis_server: RedisServer) -> None:
    with client_of(redis_server) as client:
        begin(RedisShards(client), 7)
        assert 0 < client.pttl("skep:shards") <= LONG // timedelta(milliseconds=1)
