"""Labels of a service, a line each: a policy, sentences about what is wrong, or nothing."""

import math

from skep.config.labels import read_labels
from skep.config.problem import Problems
from skep.config.units import MOST_REPLICAS
from skep.core.policy import ServicePolicy
from tests.builders import NOW, service

__all__ = ["SEEDS", "look", "require_sane"]

_LONGEST_SENTENCE = 5_000

SEEDS = {
    "a whole policy": b"""skep.enable=true
skep.min=2
skep.max=20
skep.requests=50/s
skep.cpu=70%
skep.memory=300MiB
skep.inflight=8
skep.latency=p95 < 250ms
skep.tolerance=up=5% down=20%
skep.scale-up=window=0s rate=100%/15s,4/15s select=max
skep.scale-down=off
skep.cooldown=up=0s down=3m
skep.flaps=4
skep.on-missing=static=4
skep.on-deploy=accept
skep.on-rollout=grow
skep.window=1m
skep.max-age=90s
skep.tune=shadow
skep.price=12.5
skep.protect=until=2026-03-01T12:00:00Z
skep.dry-run=false
""",
    "an own metric and a queue": b"""skep.enable=true
skep.max=9
skep.min=0
skep.queue=redis:jobs target=30
skep.metric.depth.query=SELECT last("n") FROM "q" WHERE "service" = $service AND time > now() - 1m
skep.metric.depth.target=30
skep.metric.depth.kind=total
skep.metric.depth.activation=5
skep.metric.depth.on-missing=last max-age=10m
skep.metric.depth.source=prometheus
skep.schedule.office=Mon-Fri 08:00-18:00 Europe/Berlin min=5 max=30
""",
    "a dialect of another autoscaler": b"skep.dialect=orbiter\norbiter=true\norbiter.up=3\norbiter.range=1-5\n",
    "labels of other autoscalers": b"swarm.autoscaler=true\nswarm.autoscaler.minimum=2\nswarm.autoscaler.maximum=9\n",
}


def look(data: bytes) -> None:
    """Read them, and what they come to."""
    pairs = (line.partition("=") for line in data.decode(errors="replace").split("\n"))
    read = read_labels(service(labels={name: value for name, equals, value in pairs if equals}))
    if isinstance(read, Problems):
        for problem in read.problems:
            assert problem.sentence.isprintable(), problem.sentence
            assert len(problem.sentence) < _LONGEST_SENTENCE
    elif read is not None:
        require_sane(read)


def require_sane(policy: ServicePolicy) -> None:
    """No policy asks for what no Swarm has, whatever it was made from."""
    bounds = policy.bounds_at(NOW).bounds
    assert 0 <= bounds.min_replicas <= bounds.max_replicas <= MOST_REPLICAS
    for metric in policy.metrics:
        assert math.isfinite(metric.target_value)
        assert metric.target_value > 0
    assert policy.longest_window.total_seconds() >= 0
