"""Learning and its questions as tasks: what they hand over, as plain JSON."""

import json
from datetime import timedelta

import msgspec
import pytest

import tasks.ask
import tasks.learn
from skep.config.labels import LabelDefaults
from skep.core.foresight.advice import Advice
from skep.core.foresight.past_load import PastLoad
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.lessons import FakeLessons
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm
from tests.operations.conftest import LABELS, Practice


@pytest.fixture
def practice() -> Practice:
    clock = FakeClock()
    made = Practice(
        clock=clock,
        swarm=FakeSwarm(clock),
        metrics=FakeMetrics(clock),
        locks=FakeLocks(clock),
        memory=FakeMemory(clock),
        journal=FakeJournal(),
    )
    made.swarm.add("web", replicas=2, labels=LABELS | {"skep.tune": "auto"})
    return made


@pytest.fixture
def lessons(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> FakeLessons:
    """The tasks at work in a world in memory, with an hour of load."""
    known = FakeLessons(practice.memory)
    practice.metrics.rate("web", "proxy", 120.0, points=240, every_s=15.0)
    for module in (tasks.ask, tasks.learn):
        monkeypatch.setattr(module, "world", lambda: practice.world)
        monkeypatch.setattr(module, "label_defaults", LabelDefaults)
    monkeypatch.setattr(tasks.learn, "lessons", lambda: known)
    return known


def test_the_task_looks_at_rules_and_evaluations_have_a_choice(practice: Practice, lessons: FakeLessons) -> None:
    tasks.learn.rules.apply().get()
    assert set(lessons.looked_at()) == {"web-id"}
    assert practice.memory.recall().choices["web-id"].metric == "requests"


@pytest.mark.usefixtures("lessons")
def test_advice_and_load_travel_as_json() -> None:
    told = json.loads(json.dumps(tasks.ask.tune.apply(kwargs={"name": "web"}).get()))
    advice = msgspec.convert(told, Advice)
    assert advice.highest == pytest.approx(120.0)
    past = msgspec.convert(json.loads(json.dumps(tasks.ask.load.apply(kwargs={"name": "web"}).get())), PastLoad)
    assert past.trace.length > timedelta(minutes=50)


@pytest.mark.usefixtures("lessons")
def test_an_unknown_service_is_nothing() -> None:
    assert tasks.ask.tune.apply(kwargs={"name": "wbe"}).get() is None
