"""What every memory of lessons promises, proved on the fake and on a real Redis."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import redis

from skep.adapters.redis_lessons import RedisLessons
from skep.adapters.redis_memory import RedisMemory
from skep.core.foresight.following import Followed, Score
from skep.core.foresight.learning import begin, learn
from skep.core.foresight.lesson import Lesson, Recorded, look_again
from skep.core.foresight.study import Study
from skep.ports import Lessons, Memory
from tests.adapters.redis_clients import client_of
from tests.builders import NOW
from tests.core.foresight.test_learning import TERMS
from tests.fakes.lessons import FakeLessons
from tests.fakes.memory import FakeMemory
from tests.servers import RedisServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    lessons: Lessons
    memory: Memory
    client: redis.Redis | None = None


@pytest.fixture(params=["fake", pytest.param("redis", marks=pytest.mark.redis)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "fake":
        memory = FakeMemory()
        yield Stage(lessons=FakeLessons(memory), memory=memory)
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    with client_of(server) as client:
        yield Stage(lessons=RedisLessons(client), memory=RedisMemory(client), client=client)


def lesson() -> Lesson:
    loads = tuple(float(place % 40) for place in range(200))
    made = look_again(
        None,
        Recorded(ends_at=NOW, loads=loads),
        terms=TERMS,
        metric="requests",
        window=timedelta(seconds=30),
        price=10.0,
    )
    assert made is not None
    return made


LESSON = lesson()
STUDY = Study(metric="requests", learned=LESSON.learned, rule=LESSON.choice.rule, start_delay=timedelta(seconds=20))


def test_what_was_learned_and_chosen_comes_back_as_it_was(stage: Stage) -> None:
    stage.lessons.remember({"web-id": STUDY}, {"web-id": LESSON.tuned}, looked_at={"web-id": NOW, "idle-id": NOW})
    assert stage.lessons.recall(["web-id", "idle-id"]) == {"web-id": STUDY}
    assert stage.lessons.looked_at() == {"web-id": NOW, "idle-id": NOW}
    assert stage.memory.recall().choices == {"web-id": LESSON.tuned}


def test_what_comes_back_can_be_learned_on(stage: Stage) -> None:
    stage.lessons.remember({"web-id": STUDY}, {}, looked_at={})
    again = stage.lessons.recall(["web-id"])["web-id"].learned
    assert learn(again, (1.0, 2.0)) == learn(STUDY.learned, (1.0, 2.0))


def test_what_is_forgotten_is_gone(stage: Stage) -> None:
    stage.lessons.remember({"web-id": STUDY}, {"web-id": LESSON.tuned}, looked_at={"web-id": NOW})
    stage.lessons.forget(["web-id", "never-known"])
    assert (stage.lessons.recall(["web-id"]), stage.lessons.looked_at()) == ({}, {})
    assert stage.memory.recall().choices == {}


def test_what_evaluations_keep_of_a_rule_comes_back_and_goes_with_its_service(stage: Stage) -> None:
    kept = Followed(tuned=LESSON.tuned, at=NOW, needs=(2, 3), score=Score(weight=1.5, tuned_replicas=3.25))
    stage.memory.remember(recommendations={}, decisions=(), followed={"web-id": kept})
    assert stage.memory.recall().followed == {"web-id": kept}
    stage.memory.remember(recommendations={}, decisions=(), forget=["web-id"])
    assert stage.memory.recall().followed == {}


@pytest.mark.redis
def test_what_another_version_has_learned_counts_as_absent(redis_server: RedisServer) -> None:
    with client_of(redis_server) as client:
        lessons = RedisLessons(client)
        lessons.remember({"web-id": STUDY, "api-id": STUDY}, {}, looked_at={})
        raw = client.hget("skep:lessons", "web-id")
        assert isinstance(raw, bytes)
        client.hset("skep:lessons", "web-id", raw.replace(b'"form":1', b'"form":2'))
        assert lessons.recall(["web-id", "api-id"]) == {"api-id": STUDY}


def damaged(how: str) -> Study:
    """A study that reads well, and that nobody could go on from."""
    learned = STUDY.learned
    return replace(
        STUDY,
        learned={
            "cut short": replace(learned, needs=learned.needs[:-8]),
            "fewer rules": replace(learned, missing=learned.missing[:-1]),
            "a predictor fewer": replace(learned, states=learned.states[1:]),
            "a state of another predictor": replace(learned, states=tuple(reversed(learned.states))),
            "peaks of half a day": replace(learned, peaks=replace(learned.peaks, usual=learned.peaks.usual[:720])),
            "no time between evaluations": replace(learned, terms=replace(learned.terms, interval=timedelta(0))),
            "bits turned over": replace(learned, forecasts=b"\xff" * len(learned.forecasts)),
        }[how],
    )


@pytest.mark.redis
@pytest.mark.parametrize(
    "how",
    [
        "cut short",
        "fewer rules",
        "a predictor fewer",
        "a state of another predictor",
        "peaks of half a day",
        "no time between evaluations",
        "bits turned over",
    ],
)
def test_a_damaged_study_counts_as_absent_is_told_once_and_leaves_the_others_alone(
    redis_server: RedisServer, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(redis_server) as client:
        lessons = RedisLessons(client)
        lessons.remember({"web-id": damaged(how), "api-id": STUDY}, {}, looked_at={})
        assert lessons.recall(["web-id", "api-id"]) == {"api-id": STUDY}
        assert lessons.recall(["web-id", "api-id"]) == {"api-id": STUDY}
    (told,) = [record.getMessage() for record in caplog.records if "cannot be read" in record.getMessage()]
    assert "web-id, which is learned anew" in told


@pytest.mark.redis
def test_a_damaged_choice_counts_as_absent_so_that_the_written_policy_acts(redis_server: RedisServer) -> None:
    with client_of(redis_server) as client:
        lessons, memory = RedisLessons(client), RedisMemory(client)
        choices = {
            "cut-id": replace(LESSON.tuned, state=()),
            "odd-id": replace(LESSON.tuned, peaks_every=timedelta(0)),
            "local-id": replace(LESSON.tuned, chosen_at=NOW.replace(tzinfo=None)),
            "web-id": LESSON.tuned,
        }
        lessons.remember({}, choices, looked_at={})
        followed = {key: Followed(tuned=choice, at=NOW) for key, choice in choices.items()}
        memory.remember(recommendations={}, decisions=(), followed=followed)
        share = memory.recall_share([*choices], memory.recall_acts())
        for known in (memory.recall(), share):
            assert known.choices == {"web-id": LESSON.tuned}
            assert set(known.followed) == {"web-id"}


@pytest.mark.redis
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("yesterday", id="no number"),
        pytest.param("nan", id="not a number"),
        pytest.param("1e300", id="an instant no calendar has"),
    ],
)
def test_who_was_looked_at_at_an_unreadable_time_is_looked_at_anew_and_the_others_as_ever(
    redis_server: RedisServer, damage: str
) -> None:
    with client_of(redis_server) as client:
        lessons = RedisLessons(client)
        lessons.remember({}, {}, looked_at={"web-id": NOW, "api-id": NOW})
        client.hset("skep:looked-at", "web-id", damage)
        assert lessons.looked_at() == {"api-id": NOW}


def test_what_is_learned_of_a_service_takes_little_room() -> None:
    fresh = replace(STUDY, learned=begin(TERMS, at=NOW, load=3.0))
    assert len(fresh.learned.needs) < 60_000
