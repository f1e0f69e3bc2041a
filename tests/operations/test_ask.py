"""Questions of people get whole answers."""

from datetime import timedelta

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.decision import Hold
from skep.operations.ask import history, status
from tests.operations.conftest import LABELS, Practice


def test_status_lists_what_is_enabled_by_name(practice: Practice) -> None:
    practice.swarm.add("api", replicas=2, labels=LABELS)
    practice.swarm.add("stranger", replicas=1)
    assert [s.name for s in status(practice.world, defaults=LabelDefaults())] == ["api", "web"]


def test_a_service_asked_for_by_name_is_told_even_if_not_enabled(practice: Practice) -> None:
    practice.swarm.add("stranger", replicas=1)
    (found,) = status(practice.world, defaults=LabelDefaults(), names=["stranger"])
    assert (found.is_enabled, found.bounds) == (False, None)


def test_wrong_labels_are_told_as_sentences(practice: Practice) -> None:
    practice.swarm.label("web", {"skep.cpu": "lots"})
    (found,) = status(practice.world, defaults=LabelDefaults())
    assert found.is_enabled
    assert 'skep.cpu is "lots"' in found.problems[0]


def test_an_ended_hold_is_not_told(practice: Practice) -> None:
    practice.memory.put_hold("web-id", Hold(replicas=4, until=practice.clock.now(), actor="ana"))
    (found,) = status(practice.world, defaults=LabelDefaults())
    assert found.hold is None


def test_status_has_the_latest_decision(practice: Practice) -> None:
    practice.load(240)
    practice.evaluate()
    (found,) = status(practice.world, defaults=LabelDefaults(), names=["web"])
    assert found.decision is not None
    assert found.decision.goal == 5


def test_status_knows_when_there_is_no_such_service(practice: Practice) -> None:
    assert status(practice.world, defaults=LabelDefaults(), names=["wbe"]) == ()


def test_history_tells_the_newest_first_and_leaves_out_the_regular_states(practice: Practice, grow: ScaleOrder) -> None:
    practice.evaluate()
    practice.clock.advance(timedelta(seconds=1))
    practice.scale(grow)
    told = history(practice.world)
    assert told[0].sentence.startswith("web 2 → 5")
    assert all("as it should be" not in entry.sentence for entry in told)
