"""The labels of other autoscalers on a running Swarm are told in skep's words."""

from skep.operations.migrate import migrations
from tests.operations.conftest import Practice

HPA = {
    "swarm.autoscaler.enabled": "true",
    "swarm.autoscaler.min": "2",
    "swarm.autoscaler.max": "9",
    "swarm.autoscaler.metric": "cpu",
    "swarm.autoscaler.target": "40",
}


def test_each_service_with_such_labels_is_told_by_name(practice: Practice) -> None:
    practice.swarm.add("zoo", labels=HPA)
    practice.swarm.add("api", labels=HPA)
    practice.swarm.add("plain", labels={"team": "a"})
    found = migrations(practice.world)
    assert [(one.service, one.dialect) for one in found] == [("api", "swarm-hpa"), ("zoo", "swarm-hpa")]
    assert dict(found[0].native)["skep.max"] == "9"


def test_only_the_dialect_that_was_asked_for_is_read(practice: Practice) -> None:
    practice.swarm.add("api", labels=HPA)
    assert migrations(practice.world, dialect="orbiter") == ()
