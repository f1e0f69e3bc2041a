"""From the lines of all runs to averages, and to what is better for the same replica-hours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from lab.evaluation.runs import FAMILY, USUAL, Line
from skep.core.foresight.comparison import AtEqualHours, Outcome, at_equal_hours
from skep.core.foresight.contenders import BASELINES, replay
from skep.core.foresight.contenders.ablations import ablations
from skep.core.foresight.scoring import Score
from skep.core.foresight.supply import Supply

__all__ = ["FIGURES", "Average", "Duel", "Side", "averages", "duels", "worth_of_parts"]

_NOTHING = Supply(paid=(), serving=())

#: Name and value of each figure that fewer is better of, in the order in which they are shown.
FIGURES: tuple[tuple[str, Callable[[Score], float]], ...] = (
    ("short", lambda found: found.missing_time_ratio),
    ("missing", lambda found: found.missing_ratio),
    ("dropped", lambda found: found.dropped_ratio),
    ("busy", lambda found: found.busy_ratio),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """The mean of one policy over all traces under one condition; ratios as in a score."""

    policy: str
    condition: str
    relative_hours: float
    short: float
    missing: float
    idle: float
    idle_time: float
    instability: float
    dropped: float
    busy: float
    actions_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One figure of a comparison at equal replica-hours: means, and on how many traces the second is not worse."""

    figure: str
    theirs: float
    ours: float
    not_worse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """A policy, and ``replay`` for the same replica-hours.

    Attributes:
        traces: on how many they were compared.
        dearer: traces on which even the lowest price costs more than the policy; they are compared at that price.
        lost: ``trace: figure`` where replay is worse.
    """

    policy: str
    relative_hours: float
    sides: tuple[Side, ...]
    traces: int
    dearer: tuple[str, ...]
    lost: tuple[str, ...]


def averages(lines: Sequence[Line]) -> tuple[Average, ...]:
    """Of every policy under every condition, in the order in which they first come."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.condition, line.policy), []).append(line)
    return tuple(_average(policy, condition, group) for (condition, policy), group in groups.items())


def _average(policy: str, condition: str, group: Sequence[Line]) -> Average:
    def mean(value: Callable[[Score], float]) -> float:
        return fmean(value(line.score) for line in group)

    return Average(
        policy=policy,
        condition=condition,
        relative_hours=fmean(line.relative_hours for line in group),
        short=mean(lambda found: found.missing_time_ratio),
        missing=mean(lambda found: found.missing_ratio),
        idle=mean(lambda found: found.idle_ratio),
        idle_time=mean(lambda found: found.idle_time_ratio),
        instability=mean(lambda found: found.instability_ratio),
        dropped=mean(lambda found: found.dropped_ratio),
        busy=mean(lambda found: found.busy_ratio),
        actions_per_day=mean(lambda found: found.actions_per_day),
    )


def duels(lines: Sequence[Line]) -> tuple[Duel, ...]:
    """Every baseline against replay, under the usual condition."""
    ours = [replay(price).name for price in FAMILY]
    return tuple(_duel(baseline.name, ours, lines) for baseline in BASELINES)


def worth_of_parts(lines: Sequence[Line]) -> tuple[Duel, ...]:
    """Replay without one part each, at its usual price, against all of it for the same replica-hours."""
    names = [each.name for each in ablations()]
    if set(names).isdisjoint(line.policy for line in lines):
        return ()
    ours = [replay(price).name for price in FAMILY]
    return tuple(_duel(name, ours, lines) for name in names)


def _duel(policy: str, ours: Sequence[str], lines: Sequence[Line]) -> Duel:
    usual = [line for line in lines if line.condition == USUAL.name]
    theirs = [line for line in usual if line.policy == policy]
    met = [
        at_equal_hours(
            [_outcome(line) for line in usual if line.trace == their.trace and line.policy in ours],
            their.relative_hours,
        )
        for their in theirs
    ]
    return Duel(
        policy=policy,
        relative_hours=fmean(line.relative_hours for line in theirs),
        sides=tuple(_side(name, value, theirs, met) for name, value in FIGURES),
        traces=len(theirs),
        dearer=tuple(their.trace for their, own in zip(theirs, met, strict=True) if not own.is_comparable),
        lost=tuple(
            f"{their.trace}: {name}"
            for their, own in zip(theirs, met, strict=True)
            for name, value in FIGURES
            if _ours(own, name) > value(their.score)
        ),
    )


def _side(name: str, value: Callable[[Score], float], theirs: Sequence[Line], met: Sequence[AtEqualHours]) -> Side:
    pairs = [(value(their.score), _ours(own, name)) for their, own in zip(theirs, met, strict=True)]
    return Side(
        figure=name,
        theirs=fmean(their for their, _ in pairs),
        ours=fmean(own for _, own in pairs),
        not_worse=sum(own <= their for their, own in pairs),
    )


def _ours(own: AtEqualHours, figure: str) -> float:
    return {
        "short": own.missing_time_ratio,
        "missing": own.missing_ratio,
        "dropped": own.dropped_ratio,
        "busy": own.busy_ratio,
    }[figure]


def _outcome(line: Line) -> Outcome:
    return Outcome(name=line.policy, about="", score=line.score, relative_hours=line.relative_hours, supply=_NOTHING)
