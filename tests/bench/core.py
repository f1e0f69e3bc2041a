"""How many decisions the pure core makes in a second: no clock, no stores, three metrics and a full history each."""

import time
from dataclasses import replace

from skep.core.decision import Recommendation, ScaleEvent
from skep.core.metrics.series import Answers, Gap, Series
from skep.core.plan import Candidate, plan
from skep.core.policy import MetricKind, MetricPolicy, Signal, Unit
from tests.bench.figures import Figure, Figures
from tests.builders import CPU_70_PERCENT, EVERY_15_S, NOW, REQUESTS_50, ago, counter, flat, history, policy, service

__all__ = ["SIZES", "measure", "seconds_of_one_plan"]

#: Side by side they show whether the cost of a service grows with their number.
SIZES = (100, 1_000, 10_000)

_MEMORY_80_PERCENT = MetricPolicy(
    name="memory", signal=Signal.MEMORY, kind=MetricKind.UTILIZATION, unit=Unit.RATIO, target_value=0.8
)
_ROUNDS = 5


def measure() -> Figures:
    """For each number of services the seconds of one plan, what that is for one of them, and how many in a second."""
    figures: dict[str, Figure] = {}
    for services in SIZES:
        seconds = seconds_of_one_plan(services)
        figures |= {
            f"core_plan_s_{services}_services": seconds,
            f"core_us_per_service_{services}_services": seconds / services * 1e6,
            f"core_decisions_per_s_{services}_services": services / seconds,
        }
    return figures


def seconds_of_one_plan(services: int) -> float:
    """How long it takes to decide so many services with three replicas each; the best of a few rounds."""
    candidates, answers = _cluster(services)
    return min(_time_one_plan(candidates, answers) for _ in range(_ROUNDS))


def _time_one_plan(candidates: list[Candidate], answers: Answers) -> float:
    started = time.perf_counter()
    plan(evaluation=1, now=NOW, interval=EVERY_15_S, candidates=candidates, answers=answers)
    return time.perf_counter() - started


def _cluster(services: int) -> tuple[list[Candidate], Answers]:
    under = policy(CPU_70_PERCENT, _MEMORY_80_PERCENT, REQUESTS_50)
    past = replace(
        history(),
        recommendations=tuple(Recommendation(at=ago(age), replicas=3) for age in range(300, 0, -15)),
        events=(ScaleEvent(at=ago(400), change=1), ScaleEvent(at=ago(200), change=-1)),
    )
    names = [f"service-{number}" for number in range(services)]
    candidates = [Candidate(service=service(3, name=name), policy=under, history=past) for name in names]
    built_in: dict[Signal, dict[str, tuple[Series, ...]] | Gap] = {
        Signal.CPU: {name: tuple(flat(f"task{n}", 0.1 + n / 10, points=12) for n in (1, 2, 3)) for name in names},
        Signal.MEMORY: {name: tuple(flat(f"task{n}", 200 << 20, points=12) for n in (1, 2, 3)) for name in names},
        Signal.REQUESTS: {name: (counter("proxy", [650.0 * n for n in range(12)]),) for name in names},
    }
    return candidates, Answers(as_of=NOW, built_in=built_in, own={})
