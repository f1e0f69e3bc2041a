"""Looking for news: of decisions, of the journal and of failures, once each."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.notices import Failure, Looked, NoticeRules, NoticeState, Topic
from skep.core.record import node_name, of_node
from skep.errors import Temporary
from skep.operations.notify import look_for_news
from skep.ports import World
from tests.adapters.examples import decision
from tests.core.capacity.builders import node
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.notices import FakeNoticeMemory
from tests.fakes.swarm import FakeSwarm

CALM = replace(decision(), proposals=(), steps=())
RULES = NoticeRules(topics=tuple(Topic), after=timedelta(0))


class Stage:
    """A world in which time passes by hand."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.journal = FakeJournal()
        self.locks = FakeLocks(self.clock)
        self.memory = FakeMemory(self.clock)
        self.notices = FakeNoticeMemory()
        self.world = World(
            clock=self.clock,
            swarm=FakeSwarm(self.clock),
            metrics=FakeMetrics(self.clock),
            locks=self.locks,
            memory=self.memory,
            journal=self.journal,
        )

    def look(self) -> Looked | None:
        return look_for_news(
            self.world,
            self.notices,
            rules=RULES,
            interval=timedelta(seconds=15),
            time_limit=timedelta(seconds=30),
        )

    def told(self) -> list[tuple[Topic, str]]:
        """What is told by one look."""
        looked = self.look()
        assert looked is not None
        return [(notice.topic, notice.sentence) for notice in looked.notices]


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.look()
    made.clock.advance(timedelta(seconds=30))
    return made


def test_what_happened_is_wrong_or_failed_is_told_together_and_once(stage: Stage) -> None:
    now = stage.clock.now()
    stage.journal.append([of_node(node("worker-3"), at=now, actor="ada", sentence="worker-3 drained: new kernel")])
    stage.memory.remember(recommendations={}, decisions=[replace(CALM, at=now, waiting_for_room=2)])
    stage.notices.note_failure(
        Failure(task="scale.web", task_id="scale.web.1", at=now, sentence="scale.web failed", is_action=True)
    )
    assert sorted(stage.told()) == [
        (Topic.FAILURES, "scale.web failed (task scale.web.1)"),
        (Topic.NO_ROOM, f"{CALM.service_name} has 2 replicas that no node has room for"),
        (Topic.NODES, "worker-3 drained: new kernel"),
    ]
    assert stage.told() == []


def test_that_nothing_is_evaluated_any_more_is_told(stage: Stage) -> None:
    stage.memory.remember(recommendations={}, decisions=[replace(CALM, at=stage.clock.now())])
    assert stage.told() == []
    stage.clock.advance(timedelta(minutes=6))
    ((topic, sentence),) = stage.told()
    assert (topic, sentence[:35]) == (Topic.FAILURES, "skep has evaluated nothing since 20")


def test_while_somebody_looks_nobody_else_does(stage: Stage) -> None:
    with stage.locks.hold("loop:notify", ttl=timedelta(minutes=1)) as is_held:
        assert is_held
        assert stage.look() is None


def test_what_could_not_be_read_is_told_later(stage: Stage) -> None:
    stage.journal.append(
        [of_node(node("worker-3"), at=stage.clock.now(), actor="ada", sentence="worker-3 drained: new kernel")]
    )
    stage.journal.break_down()
    with pytest.raises(Temporary):
        stage.look()
    stage.journal.come_back()
    assert stage.told() == [(Topic.NODES, "worker-3 drained: new kernel")]
    assert stage.notices.recall() != NoticeState()
    assert stage.journal.read(service=node_name("worker-3"))
