"""What a worker sees for a check-up, read from the world."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.checkup import EngineFacts, Examination, MetricsFacts, SwarmFacts
from skep.core.metrics.series import Gap, GapReason
from skep.core.policy import Signal
from skep.errors import SkepError, Temporary
from skep.operations.examine import Circumstances, examine
from skep.operations.measure import measure
from tests.fakes.meters import FakeMeterArchive, FakeMeters
from tests.operations.conftest import TIME_LIMIT, Practice

ENGINE = EngineFacts(endpoint="tcp://proxy:2375", version="28.3.0", api_version="1.51", permissions=())
TOLD = Circumstances(
    version="0.1.0",
    interval=timedelta(seconds=15),
    reconcile_interval=timedelta(seconds=30),
    defaults=LabelDefaults(),
    has_prometheus=False,
)


class FakeInspection:
    """Implements :class:`skep.ports.Inspection`."""

    def __init__(self, trouble: SkepError | None = None) -> None:
        self._trouble = trouble

    def look(self) -> EngineFacts:
        if self._trouble is not None:
            raise self._trouble
        return ENGINE


def look(
    practice: Practice, *, meters: FakeMeters | None = None, inspection: FakeInspection | None = None
) -> Examination:
    return examine(practice.world, inspection or FakeInspection(), meters or FakeMeters(), TOLD)


def test_all_that_is_well_is_seen(practice: Practice) -> None:
    meters = FakeMeters()
    measure(practice.world, meters, FakeMeterArchive(), interval=TOLD.reconcile_interval, time_limit=TIME_LIMIT)
    practice.load(90)
    practice.evaluate()
    (node,) = practice.swarm.read().nodes
    practice.metrics.flat(Signal.NODE_CPU, node.hostname, "cpu-total", 0.4)
    seen = look(practice, meters=meters)
    assert seen.engine == ENGINE
    assert seen.swarm == SwarmFacts(services=1, enabled=1, nodes=1, nodes_ready=(node.hostname,), errors=0, warnings=0)
    assert isinstance(seen.metrics, MetricsFacts)
    assert [each.newest_at for each in seen.metrics.nodes] == [practice.clock.now()]
    assert seen.prometheus is None
    assert not isinstance(seen.memory, str)
    assert seen.memory.measured_at is not None
    assert seen.memory.decided_at == practice.clock.now()


def test_a_node_that_reports_nothing_is_seen_without_an_instant(practice: Practice) -> None:
    seen = look(practice)
    assert isinstance(seen.metrics, MetricsFacts)
    assert [each.newest_at for each in seen.metrics.nodes] == [None]


def test_what_does_not_answer_is_told_in_its_place_and_all_else_is_seen(practice: Practice) -> None:
    practice.swarm.break_down()
    practice.metrics.break_down("connection refused")
    practice.journal.lose_archive()
    meters = FakeMeters()
    meters.break_down()
    seen = look(practice, meters=meters, inspection=FakeInspection(Temporary("the proxy does not answer")))
    assert (seen.engine, seen.swarm) == ("the proxy does not answer", "the engine does not answer")
    assert seen.metrics == "store unreachable: connection refused"
    assert seen.memory == "the fake meters are out of reach"
    assert not isinstance(seen.journal, str)
    assert seen.journal.trouble == "the fake archive is out of reach"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, ""),
        (Gap(reason=GapReason.NO_DATA, detail="no series"), ""),
        (Gap(reason=GapReason.UNREACHABLE, detail="connection refused"), "store unreachable: connection refused"),
    ],
    ids=["an answer without a series", "no data", "out of reach"],
)
def test_a_prometheus_is_there_if_it_answers_whatever_it_says(
    practice: Practice, answer: Gap | None, told: str
) -> None:
    practice.metrics.answer_own("skep.nobody", "skep.nobody", answer)
    with_prometheus = replace(TOLD, has_prometheus=True)
    assert examine(practice.world, FakeInspection(), FakeMeters(), with_prometheus).prometheus == told


def test_wrong_labels_are_counted(practice: Practice) -> None:
    practice.swarm.label("web", {"skep.cpu": "lots"})
    seen = look(practice)
    assert isinstance(seen.swarm, SwarmFacts)
    assert (seen.swarm.errors, seen.swarm.enabled) == (1, 1)
