"""A check-up in which all is well, to be spoiled by tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from skep.core.checkup import (
    BrokerFacts,
    Checkup,
    EngineFacts,
    Examination,
    JournalFacts,
    MemoryFacts,
    MetricsFacts,
    NodeFacts,
    Permission,
    QueueFacts,
    SwarmFacts,
)

__all__ = ["ENGINE", "EXAMINATION", "MEMORY", "METRICS", "NOW", "SWARM", "WELL", "seconds_ago", "with_"]

NOW = datetime(2026, 11, 23, 14, 2, 15, tzinfo=UTC)


def seconds_ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


ENGINE = EngineFacts(
    endpoint="tcp://socket-proxy:2375",
    version="28.3.0",
    api_version="1.51",
    permissions=(
        Permission(request="POST /services/…/update", purpose="scale services", is_given=True),
        Permission(request="GET /secrets", purpose="", is_given=False),
    ),
)
SWARM = SwarmFacts(services=12, enabled=3, nodes=2, nodes_ready=("node-1", "node-2"), errors=0, warnings=0)
METRICS = MetricsFacts(
    as_of=NOW,
    read_at=NOW,
    nodes=(
        NodeFacts(hostname="node-1", newest_at=seconds_ago(4)),
        NodeFacts(hostname="node-2", newest_at=seconds_ago(7)),
    ),
)
MEMORY = MemoryFacts(measured_at=seconds_ago(20), decided_at=seconds_ago(9), orders_unknown_since=None)
EXAMINATION = Examination(
    at=NOW,
    version="0.1.0",
    interval=timedelta(seconds=15),
    reconcile_interval=timedelta(seconds=30),
    max_age=timedelta(seconds=45),
    engine=ENGINE,
    swarm=SWARM,
    metrics=METRICS,
    prometheus=None,
    journal=JournalFacts(waiting=0, lost=0),
    memory=MEMORY,
)
WELL = Checkup(
    reached_at=NOW,
    examined_at=NOW,
    version="0.1.0",
    broker=BrokerFacts(address="redis://redis:6379/0", version="7.0.15", at=NOW),
    queues=tuple(QueueFacts(queue=queue, workers=(f"{queue}@m1",), waiting=0) for queue in ("act", "tick", "observe")),
    examination=EXAMINATION,
)


def with_(**facts: object) -> Checkup:
    """The check-up with other facts of the worker's."""
    return replace(WELL, examination=replace(EXAMINATION, **facts))  # type: ignore[arg-type]  # as many kinds as facts
