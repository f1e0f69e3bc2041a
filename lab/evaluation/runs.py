"""What is run: which policy on which trace at which start delay, each run apart, so that all processors have work."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from time import process_time

import numpy as np

from skep.config.trace_file import read_trace
from skep.core.foresight.contenders import BASELINES, ORACLE, PRICE, Contender, replay
from skep.core.foresight.contenders.ablations import ablations
from skep.core.foresight.course import Course
from skep.core.foresight.model import POINT
from skep.core.foresight.scoring import Score, score
from skep.core.foresight.supply import supply_of
from skep.core.foresight.trace import Trace
from skep.operations.simulate import Assumptions, course_under

__all__ = [
    "FAMILY",
    "USUAL",
    "Condition",
    "Line",
    "Run",
    "Scope",
    "carry_out",
    "course_of_file",
    "runs",
    "traces_in",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Under what a trace is run.

    Attributes:
        is_noisy: requests come by chance, as if a replica served 25 of them per second: traces in long buckets are
            smoother than any real load.
    """

    name: str
    start_delay: timedelta = timedelta(seconds=30)
    is_noisy: bool = False


USUAL = Condition(name="30 s")
_OTHERS = (
    Condition(name="120 s", start_delay=timedelta(seconds=120)),
    Condition(name="300 s", start_delay=timedelta(seconds=300)),
    Condition(name="30 s, noisy", is_noisy=True),
)
_REQUESTS_OF_A_NOISY_REPLICA = 25
_SEED = 1
#: Prices at which the policy that tunes itself is run, to be compared at equal replica-hours.
FAMILY = (1.0, 2.0, 4.0, 6.0, PRICE, 16.0, 25.0, 50.0)
_FAMILY_OF_OTHERS = (6.0, PRICE, 16.0)
_BASELINES_OF_OTHERS = frozenset({"HPA", "margin"})
_ENDINGS = (".csv", ".csv.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How much is run."""

    has_ablations: bool = True
    has_other_conditions: bool = True
    history: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One policy on one trace."""

    path: Path
    policy: str
    condition: Condition
    history: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a run came to.

    Attributes:
        relative_hours: replica-hours in proportion to those of the oracle.
        evaluations: how many there were; of policies that are not skep's core, slots.
        cpu_s: processor time that the policy took.
    """

    trace: str
    policy: str
    condition: str
    score: Score
    relative_hours: float
    evaluations: int
    cpu_s: float


def traces_in(folder: Path) -> tuple[Path, ...]:
    """The traces of a folder, by name."""
    return tuple(sorted(path for path in folder.iterdir() if path.name.endswith(_ENDINGS)))


def runs(paths: Sequence[Path], scope: Scope) -> tuple[Run, ...]:
    """All that there is to run, the long ones first."""
    ordered = sorted(paths, key=lambda path: path.stat().st_size, reverse=True)
    return tuple(
        Run(path=path, policy=policy, condition=condition, history=scope.history)
        for path in ordered
        for condition, policies in _by_condition(scope).items()
        for policy in policies
    )


def _by_condition(scope: Scope) -> Mapping[Condition, tuple[str, ...]]:
    policies = [ORACLE.name, *(replay(price).name for price in FAMILY), *(baseline.name for baseline in BASELINES)]
    if scope.has_ablations:
        policies += [each.name for each in ablations()]
    few = (
        ORACLE.name,
        *(replay(price).name for price in _FAMILY_OF_OTHERS),
        *(baseline.name for baseline in BASELINES if baseline.name in _BASELINES_OF_OTHERS),
    )
    return {USUAL: tuple(policies)} | (dict.fromkeys(_OTHERS, few) if scope.has_other_conditions else {})


def carry_out(todo: Sequence[Run], *, processes: int, tell: Callable[[Line], None]) -> tuple[Line, ...]:
    """Carry out all of them.

    Args:
        todo: what to run.
        processes: how many at once.
        tell: is shown each line when it is there.
    """
    with ProcessPoolExecutor(max_workers=processes) as pool:
        return tuple(_told(pool.map(_carry_out, todo), tell))


def _told(lines: Iterable[Line], tell: Callable[[Line], None]) -> Iterator[Line]:
    for line in lines:
        tell(line)
        yield line


def _carry_out(run: Run) -> Line:
    course = course_of_file(run.path, run.condition, run.history)
    contender = _contenders()[run.policy]
    started_s = process_time()
    counts = contender.counts(course)
    taken_s = process_time() - started_s
    found = score(course, supply_of(counts, start_ticks=course.model.start_ticks))
    return Line(
        trace=course.name,
        policy=run.policy,
        condition=run.condition.name,
        score=found,
        relative_hours=found.replica_hours / _oracle_hours(run.path, run.condition, run.history),
        evaluations=len(counts) - course.scored_from,
        cpu_s=taken_s,
    )


@lru_cache(maxsize=1)
def _contenders() -> dict[str, Contender]:
    every = (
        ORACLE,
        *BASELINES,
        *(replay(price) for price in FAMILY),
        *ablations(),
    )
    return {contender.name: contender for contender in every}


@lru_cache(maxsize=2)
def course_of_file(path: Path, condition: Condition, history: timedelta) -> Course:
    """The course of a trace in a file."""
    name = path.name
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    assumptions = Assumptions(start_delay=condition.start_delay, history=history)
    trace = read_trace(path.read_bytes(), name=name)
    course = course_under(trace, assumptions)
    return course_under(_noisy(trace, course), assumptions) if condition.is_noisy else course


def _noisy(trace: Trace, course: Course) -> Trace:
    """The trace with requests that come by chance, as many on average as before; the same chance every time."""
    per_request_rps = course.model.capacity_rps / _REQUESTS_OF_A_NOISY_REPLICA
    span_s = POINT.total_seconds()
    expected = np.array(trace.points(POINT)) / per_request_rps * span_s
    seen = np.random.default_rng(_SEED).poisson(expected) / span_s * per_request_rps
    at_s = (span_s * np.arange(len(seen))).tolist()
    return Trace(name=trace.name, at_s=tuple(at_s), rates_rps=tuple(seen.tolist()))


@lru_cache(maxsize=8)
def _oracle_hours(path: Path, condition: Condition, history: timedelta) -> float:
    course = course_of_file(path, condition, history)
    supply = supply_of(ORACLE.counts(course), start_ticks=course.model.start_ticks)
    return score(course, supply).replica_hours
