"""What every kind of lock promises, proved on the fake and on a real Redis."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import pytest

from skep.adapters.clock import SystemClock
from skep.adapters.redis_locks import RedisLocks
from skep.errors import Temporary
from skep.ports import Locks
from tests.adapters.outages import Outage, outage_of_fake, outage_of_server
from tests.adapters.redis_clients import client_of
from tests.eventually import eventually
from tests.fakes.locks import FakeLocks
from tests.servers import RedisServer

LONG = timedelta(minutes=5)
SHORT = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Two workers who see the same locks."""

    one: Locks
    other: Locks
    outage: Outage


@pytest.fixture(params=["fake", pytest.param("redis", marks=pytest.mark.redis)])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    if request.param == "fake":
        locks = FakeLocks(SystemClock())
        yield Workers(one=locks, other=locks, outage=outage_of_fake(locks))
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    with client_of(server) as client, client_of(server) as other_client:
        yield Workers(one=RedisLocks(client), other=RedisLocks(other_client), outage=outage_of_server(server))


@contextmanager
def held_once_free(locks: Locks, name: str) -> Iterator[None]:
    """Hold a lock as soon as nobody else does."""
    while True:
        with locks.hold(name, ttl=LONG) as is_held:
            if is_held:
                yield
                return
        time.sleep(0.005)


def is_free(locks: Locks, name: str) -> bool:
    with locks.hold(name, ttl=LONG) as is_held:
        return is_held


def test_the_block_is_told_that_it_holds_the_lock(workers: Workers) -> None:
    with workers.one.hold("service:web", ttl=LONG) as is_held:
        assert is_held


def test_a_second_holder_is_told_no_at_once_and_its_block_runs(workers: Workers) -> None:
    with workers.one.hold("service:web", ttl=LONG), workers.other.hold("service:web", ttl=LONG) as is_held:
        assert not is_held


def test_the_same_worker_cannot_hold_a_lock_twice(workers: Workers) -> None:
    with workers.one.hold("service:web", ttl=LONG), workers.one.hold("service:web", ttl=LONG) as is_held:
        assert not is_held


def test_a_lock_is_free_after_its_block(workers: Workers) -> None:
    with workers.one.hold("service:web", ttl=LONG):
        pass
    assert is_free(workers.other, "service:web")


def fail_under(locks: Locks, name: str) -> None:
    with locks.hold(name, ttl=LONG):
        raise LookupError(name)


def test_a_lock_is_free_after_a_block_that_failed(workers: Workers) -> None:
    with pytest.raises(LookupError):
        fail_under(workers.one, "service:web")
    assert is_free(workers.other, "service:web")


def test_other_names_are_other_locks(workers: Workers) -> None:
    with workers.one.hold("service:web", ttl=LONG):
        assert is_free(workers.other, "service:web2")


def test_who_was_told_no_releases_nothing(workers: Workers) -> None:
    with workers.one.hold("service:web", ttl=LONG):
        assert not is_free(workers.other, "service:web")
        assert not is_free(workers.other, "service:web")


def test_a_lock_whose_owner_is_lost_ends_by_itself(workers: Workers) -> None:
    with workers.one.hold("service:web", ttl=SHORT) as is_held, held_once_free(workers.other, "service:web"):
        assert is_held


def test_an_owner_that_outlived_its_lock_does_not_free_the_next_ones(workers: Workers) -> None:
    outlived = workers.one.hold("service:web", ttl=SHORT)
    outlived.__enter__()
    with held_once_free(workers.other, "service:web"):
        outlived.__exit__(None, None, None)
        assert not is_free(workers.one, "service:web")


def test_of_many_who_try_at_once_one_holds(workers: Workers) -> None:
    contenders = 8
    all_started, all_tried = Barrier(contenders), Barrier(contenders)

    def try_once(number: int) -> bool:
        locks = workers.one if number % 2 else workers.other
        all_started.wait()
        with locks.hold("cluster", ttl=LONG) as is_held:
            all_tried.wait()
            return is_held

    with ThreadPoolExecutor(contenders) as pool:
        assert sorted(pool.map(try_once, range(contenders))) == [False] * 7 + [True]


def test_a_lock_shorter_than_a_millisecond_is_a_mistake(workers: Workers) -> None:
    with (
        pytest.raises(ValueError, match="at least a millisecond"),
        workers.one.hold("x", ttl=timedelta(microseconds=999)),
    ):
        pass


def test_a_claim_is_won_once_until_it_ends(workers: Workers) -> None:
    assert workers.one.claim("states", ttl=LONG)
    assert not workers.one.claim("states", ttl=LONG)
    assert not workers.other.claim("states", ttl=LONG)
    assert workers.other.claim("digest", ttl=LONG)


def test_a_claim_may_be_won_again_after_its_time(workers: Workers) -> None:
    assert workers.one.claim("states", ttl=SHORT)
    eventually(lambda: workers.other.claim("states", ttl=LONG))


def test_a_claim_and_a_lock_of_the_same_name_do_not_meet(workers: Workers) -> None:
    assert workers.one.claim("evaluate", ttl=LONG)
    assert is_free(workers.other, "evaluate")


def test_a_claim_out_of_reach_is_temporary(workers: Workers) -> None:
    workers.outage.begin()
    with pytest.raises(Temporary):
        workers.one.claim("states", ttl=LONG)


def test_locks_out_of_reach_are_temporary_and_come_back(workers: Workers) -> None:
    assert is_free(workers.one, "service:web")
    workers.outage.begin()
    with pytest.raises(Temporary), workers.one.hold("service:web", ttl=LONG):
        pass
    workers.outage.end()
    assert is_free(workers.one, "service:web")


def test_work_that_is_done_does_not_fail_because_its_lock_cannot_be_released(workers: Workers) -> None:
    with workers.one.hold("service:web", ttl=LONG) as is_held:
        workers.outage.begin()
    assert is_held
