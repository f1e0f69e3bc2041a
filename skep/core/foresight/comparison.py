"""Policies side by side on one course: what each scores, and what it scores for the same replica-hours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skep.core.foresight.contenders import ORACLE, Contender
from skep.core.foresight.course import Course
from skep.core.foresight.scoring import Score, score
from skep.core.foresight.supply import Supply, supply_of

__all__ = ["AtEqualHours", "Comparison", "Outcome", "at_equal_hours", "compare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one policy came to on one course.

    Attributes:
        relative_hours: its replica-hours in proportion to those of the oracle.
    """

    name: str
    about: str
    score: Score
    relative_hours: float
    supply: Supply


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Every policy on one course, in the order in which they were given; the oracle apart."""

    course: Course
    oracle: Outcome
    outcomes: tuple[Outcome, ...]

    def outcome(self, name: str) -> Outcome:
        """That of one policy.

        Raises:
            KeyError: none is called that.
        """
        return {outcome.name: outcome for outcome in self.outcomes}[name]


def compare(
    course: Course, contenders: Sequence[Contender], *, tell: Callable[[Contender], None] | None = None
) -> Comparison:
    """Let each of them go through the course.

    Args:
        course: the load, and the service under it.
        contenders: besides the oracle.
        tell: is shown each one before its turn, as some take a while.
    """
    known = _outcome(course, ORACLE, None)
    outcomes: list[Outcome] = []
    for contender in contenders:
        if tell is not None:
            tell(contender)
        outcomes.append(_outcome(course, contender, known.score.replica_hours))
    return Comparison(course=course, oracle=known, outcomes=tuple(outcomes))


def _outcome(course: Course, contender: Contender, oracle_hours: float | None) -> Outcome:
    supply = supply_of(contender.counts(course), start_ticks=course.model.start_ticks)
    found = score(course, supply)
    return Outcome(
        name=contender.name,
        about=contender.about,
        score=found,
        relative_hours=found.replica_hours / (oracle_hours or found.replica_hours),
        supply=supply,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AtEqualHours:
    """What a policy with a price scores for the replica-hours of another, between two of its prices.

    Attributes:
        relative_hours: those at which it is compared; fewer than asked for where even its highest price costs less.
        is_comparable: false where even its lowest price costs more than was asked for.
    """

    relative_hours: float
    missing_ratio: float
    missing_time_ratio: float
    dropped_ratio: float
    busy_ratio: float
    is_comparable: bool


def at_equal_hours(family: Sequence[Outcome], relative_hours: float) -> AtEqualHours:
    """The scores of a family of settings at the replica-hours of somebody else, drawn straight between settings.

    Args:
        family: the outcomes of one policy at several prices, at least one.
        relative_hours: of the policy that it is compared with.
    """
    ordered = sorted(family, key=lambda outcome: outcome.relative_hours)
    lower = [outcome for outcome in ordered if outcome.relative_hours <= relative_hours]
    higher = [outcome for outcome in ordered if outcome.relative_hours > relative_hours]
    below, above = (lower or higher)[-1 if lower else 0], (higher or lower)[0 if higher else -1]
    span = above.relative_hours - below.relative_hours
    part = (relative_hours - below.relative_hours) / span if span > 0 and lower else 0.0

    def between(value: Callable[[Score], float]) -> float:
        return value(below.score) + part * (value(above.score) - value(below.score))

    return AtEqualHours(
        relative_hours=below.relative_hours + part * span,
        missing_ratio=between(lambda found: found.missing_ratio),
        missing_time_ratio=between(lambda found: found.missing_time_ratio),
        dropped_ratio=between(lambda found: found.dropped_ratio),
        busy_ratio=between(lambda found: found.busy_ratio),
        is_comparable=bool(lower),
    )
