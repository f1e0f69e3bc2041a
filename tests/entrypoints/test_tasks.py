"""Tasks as workers run them, on a world in memory: what they take, and what Flower and the command line are told."""

from typing import Any

import msgspec
import pytest

import tasks.ask
import tasks.orders
from skep.core.decision import Hold, Pause
from skep.core.orders import ALL_SERVICES
from skep.operations.explain import Account
from skep.ports import World
from skep.report.sentences import LONGEST_LINE, verdict_of
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm

LABELS = {"skep.enable": "true", "skep.min": "2", "skep.max": "10", "skep.requests": "50/s"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """What the tasks of this process work with."""
    clock = FakeClock()
    swarm = FakeSwarm(clock)
    swarm.add("web", replicas=3, labels=LABELS)
    made = World(
        clock=clock,
        swarm=swarm,
        metrics=FakeMetrics(clock),
        locks=FakeLocks(clock),
        memory=FakeMemory(clock),
        journal=FakeJournal(),
    )
    for module in (tasks.orders, tasks.ask):
        monkeypatch.setattr(module, "world", lambda: made)
    return made


def give(**message: Any) -> str:
    """The result of ``order.give``, run here and now."""
    task_id = message.pop("task_id", "hold.web.1")
    result = tasks.orders.give.apply(kwargs={"actor": "ada@desk", "reason": "by hand", **message}, task_id=task_id)
    return str(result.get())


@pytest.mark.parametrize(
    ("message", "line", "sentence"),
    [
        pytest.param(
            {"kind": "hold", "service_id": "web-id", "lasts_s": 1800.0},
            "web held at 3 for 30 min: by hand",
            "web held at 3 replicas until 2026-03-01 12:30:00 UTC: by hand",
            id="a hold",
        ),
        pytest.param(
            {"kind": "pause", "service_id": "*"},
            "everything paused until resumed: by hand",
            "",
            id="a pause of everything, told by one line",
        ),
        pytest.param(
            {"kind": "release", "service_id": "web-id"},
            "web released: by hand",
            "web released from its hold: by hand",
            id="a release of what may have been forgotten",
        ),
        pytest.param(
            {"kind": "hold", "service_id": "wbe"},
            "refused wbe: no such service",
            "wbe refused: no such service",
            id="a refusal",
        ),
    ],
)
def test_the_result_of_an_order_is_a_line_for_flower_and_the_sentence_below(
    world: World, message: dict[str, Any], line: str, sentence: str
) -> None:
    assert give(**message).partition("\n")[::2] == (line, sentence)
    assert len(line) <= LONGEST_LINE
    assert world.swarm.read_service("web") is not None


def test_an_order_goes_on_standing_under_the_id_of_its_task(world: World) -> None:
    give(kind="hold", service_id="web-id", task_id="hold.web.20261123T140215Z-3fa2c1")
    give(kind="pause", service_id="*", task_id="pause.all.20261123T140215Z-3fa2c1")
    assert world.memory.holds(["web-id"]) == {
        "web-id": Hold(
            replicas=3, until=None, actor="ada@desk", reason="by hand", task_id="hold.web.20261123T140215Z-3fa2c1"
        )
    }
    assert world.memory.pauses() == {
        ALL_SERVICES: Pause(
            until=None,
            actor="ada@desk",
            reason="by hand",
            task_id="pause.all.20261123T140215Z-3fa2c1",
            covers_all=True,
        )
    }


def test_every_verdict_can_be_read_from_the_result(world: World) -> None:
    verdicts = [verdict_of(give(kind=kind, service_id="web-id").partition("\n")[0]) for kind in ("hold", "release")]
    world.memory.note_orders_known()
    verdicts += [verdict_of(give(kind=kind, service_id="web-id").partition("\n")[0]) for kind in ("release", "pause")]
    assert verdicts == ["held", "released", "already", "paused"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"kind": "freeze", "service_id": "web-id"}, "'freeze' is not a valid OrderKind"),
        ({"kind": "hold", "service_id": "web-id", "lasts_s": 0}, "expected more than nothing"),
        ({"kind": "hold", "service_id": "*"}, "each has its own count"),
    ],
    ids=["a kind that is none", "no time at all", "all at one count"],
)
def test_a_message_that_makes_no_sense_fails_and_changes_nothing(
    world: World, message: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        give(**message)
    assert (world.memory.holds(["web-id"]), world.memory.pauses()) == ({}, {})


def test_an_explanation_is_plain_values_that_read_back(world: World) -> None:
    answer = tasks.ask.explain.apply(kwargs={"name": "web"}).get()
    account = msgspec.convert(answer, Account)
    assert (account.name, account.service and account.service.replicas) == ("web", 3)
    assert tasks.ask.explain.apply(kwargs={"name": "wbe", "at": world.clock.now().isoformat()}).get() is None
