"""What every memory of notices promises, proved on the fake and on a real Redis."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from skep.adapters.redis_notices import RedisNotices
from skep.core.notices import Failure, Notice, NoticeState, Standing, Topic, Trouble
from skep.errors import Temporary
from skep.ports import NoticeMemory
from tests.adapters.outages import Outage, outage_of_fake, outage_of_server
from tests.adapters.redis_clients import client_of
from tests.builders import NOW
from tests.fakes.notices import FakeNoticeMemory
from tests.servers import RedisServer

STATE = NoticeState(
    looked_at=NOW,
    standing=(
        Standing(
            trouble=Trouble(key="at-max:web-id", topic=Topic.AT_MAX, subject="web", sentence="web is at its max"),
            since=NOW - timedelta(minutes=7),
            told_at=NOW,
        ),
    ),
    seen=((NOW, "changed web"),),
    waiting=(Notice(topic=Topic.NODES, at=NOW, subject="node:n", sentence="n drained"),),
    sent_at=(NOW,),
    withheld=3,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    memory: NoticeMemory
    outage: Outage


@pytest.fixture(params=["fake", pytest.param("redis", marks=pytest.mark.redis)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "fake":
        fake = FakeNoticeMemory()
        yield Stage(memory=fake, outage=outage_of_fake(fake))
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    with client_of(server) as client:
        yield Stage(memory=RedisNotices(client), outage=outage_of_server(server))


def failure(number: int = 1) -> Failure:
    return Failure(task="scale.web", task_id=f"scale.web.{number}", at=NOW, sentence="it failed", is_action=True)


def test_at_first_nothing_is_remembered(stage: Stage) -> None:
    assert (stage.memory.recall(), stage.memory.failures()) == (NoticeState(), ())


def test_what_was_told_is_remembered_over_a_restart(stage: Stage) -> None:
    stage.memory.remember(STATE)
    stage.outage.begin()
    stage.outage.end()
    assert stage.memory.recall() == STATE


def test_failures_are_kept_until_they_are_read(stage: Stage) -> None:
    for number in (1, 2):
        stage.memory.note_failure(failure(number))
    assert set(stage.memory.failures()) == {failure(1), failure(2)}


def test_a_store_out_of_reach_is_temporary_trouble(stage: Stage) -> None:
    stage.outage.begin()
    with pytest.raises(Temporary):
        stage.memory.recall()
    with pytest.raises(Temporary):
        stage.memory.note_failure(failure())
    stage.outage.end()


@pytest.mark.redis
def test_only_the_latest_failures_are_kept_and_nothing_that_cannot_be_read_stops_anybody(
    redis_server: RedisServer,
) -> None:
    with client_of(redis_server) as client:
        memory = RedisNotices(client)
        for number in range(205):
            memory.note_failure(failure(number))
        client.lpush("skep:failures", "{")
        client.set("skep:notices", '{"standing": 3}')
        assert len(memory.failures()) == 199
        assert memory.recall() == NoticeState()
