"""From what the metrics ask for to one goal, with every step that changed it and why.

A decision is a fold: overrides may settle it before any metric is looked at, otherwise the metrics' wish passes
through the guards one after the other. Neither list is named here, so that their order is written in one place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from skep.core.bounds import Bounds
from skep.core.cluster import Service
from skep.core.outside import OutsideChange
from skep.core.policy import OnMissing, ServicePolicy
from skep.core.strategies.proposal import Proposal
from skep.core.strategies.tuning import Tuning

__all__ = [
    "Decision",
    "Guard",
    "History",
    "Hold",
    "Inaction",
    "InactionReason",
    "Override",
    "Pause",
    "Recommendation",
    "ScaleEvent",
    "Situation",
    "Step",
    "Verdict",
    "decide",
    "plural",
]


class Verdict(StrEnum):
    """What a decision comes to."""

    GROW = "grow"
    SHRINK = "shrink"
    KEEP = "keep"
    LEAVE_ALONE = "leave alone"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What the metrics asked for at one instant, before any guard."""

    at: datetime
    replicas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleEvent:
    """A change that was carried out: ``change`` replicas more, or fewer where negative."""

    at: datetime
    change: int


#: So many evaluations in a row may fail before what was remembered of a short window is no longer believed.
_MISSED_EVALUATIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is remembered of a service, oldest first."""

    recommendations: tuple[Recommendation, ...] = ()
    events: tuple[ScaleEvent, ...] = ()

    @classmethod
    def beginning(cls, *, at: datetime, replicas: int, events: tuple[ScaleEvent, ...] = ()) -> "History":
        """The history of a service never seen, or forgotten: the present count is the first recommendation.

        So nothing shrinks until one full stabilization window has been seen again.
        """
        return cls(recommendations=(Recommendation(at=at, replicas=replicas),), events=events)

    def resumed(self, *, at: datetime, replicas: int, window: timedelta, interval: timedelta) -> "History":
        """This history, or a new beginning where nobody looked for as long as ``window``.

        After a long pause an empty window would look like a window in which nothing was needed.

        Args:
            at: the present instant.
            replicas: the present count.
            window: the longest stabilization window.
            interval: the time between evaluations; a few of them missed are no pause, however short the window.
        """
        pause = max(window, _MISSED_EVALUATIONS * interval)
        if self.recommendations and at - self.recommendations[-1].at < pause:
            return self
        return self.beginning(at=at, replicas=replicas, events=self.events)

    def remembering(
        self, decision: "Decision", *, window: timedelta, interval: timedelta
    ) -> tuple[Recommendation, ...]:
        """The recommendations to keep after a decision: those still in a stabilization window, and its own.

        While an override decides, the metrics have no say: the count it settles on is remembered in their stead, so
        that the windows start from there when it ends.

        Args:
            decision: what was decided on this history.
            window: the longest stabilization window.
            interval: the time between evaluations.
        """
        past = self.resumed(at=decision.at, replicas=decision.replicas, window=window, interval=interval)
        since = decision.at - window
        young = tuple([r for r in past.recommendations if r.at > since])
        wish = decision.goal if decision.recommendation is None else decision.recommendation
        return (*young, Recommendation(at=decision.at, replicas=wish))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A person's order to keep a service at a count.

    Attributes:
        until: ``None`` never ends by itself.
        task_id: of the order that gave it; the same order delivered again is no new one.
    """

    replicas: int
    until: datetime | None
    actor: str
    reason: str = ""
    task_id: str | None = None

    def is_in_force(self, now: datetime) -> bool:
        """Whether the hold still stands."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A person's order to keep skep's hands off, while it goes on recording what it would do.

    Attributes:
        until: ``None`` never ends by itself.
        task_id: of the order that gave it; the same order delivered again is no new one.
        covers_all: whether it is of every service.
    """

    until: datetime | None
    actor: str
    reason: str = ""
    task_id: str | None = None
    covers_all: bool = False

    def is_in_force(self, now: datetime) -> bool:
        """Whether the pause still stands."""
        return self.until is None or now < self.until


class InactionReason(StrEnum):
    """Why a decision is recorded and not carried out."""

    DRY_RUN = "dry run"
    PAUSED = "paused"
    ORDERS_UNKNOWN = "orders unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inaction:
    """A decision that is not carried out, as a value: it is recorded all the same.

    Attributes:
        sentence: completes "nothing is done: …".
        until: when that can end by itself, where known.
    """

    reason: InactionReason
    sentence: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a decision about one service rests on.

    Attributes:
        bounds: those in force now, schedules included.
        bounds_by: what set them where it was not the labels: the schedules in force.
        bounds_until: when a schedule changes them next.
        outside: what others did to the service since the last evaluation.
        owed_replicas: the goal that a deploy has undone.
        inaction: why nothing will be done whatever is decided.
        knows_orders: false while the holds of people may have been forgotten.
        sleeps: whether it was skep that has put the service to sleep at zero replicas.
    """

    evaluation: int
    now: datetime
    service: Service
    policy: ServicePolicy
    proposals: tuple[Proposal, ...]
    history: History
    bounds: Bounds
    bounds_by: tuple[str, ...] = ()
    bounds_until: datetime | None = None
    hold: Hold | None = None
    outside: OutsideChange | None = None
    owed_replicas: int | None = None
    inaction: Inaction | None = None
    knows_orders: bool = True
    sleeps: bool = False

    @property
    def replicas(self) -> int:
        """The present count in the spec."""
        return self.service.replicas or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One override or guard that had something to say.

    Attributes:
        until: when what it says can change by itself, where that is known.
    """

    by: str
    replicas_before: int
    replicas_after: int
    reason: str
    until: datetime | None = None


Override = Callable[[Situation], Step | None]
Guard = Callable[[Situation, int], Step | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The full chain from values to verdict for one service in one evaluation.

    Attributes:
        replicas: the count in the spec that the decision was made on; 0 where the service has none.
        recommendation: what the metrics asked for before any guard; ``None`` where they were not asked.
        goal: the count that is right now; equal to ``replicas`` where nothing is to be done.
        bounds: those in force, schedules included.
        waiting_for_room: replicas that no node can take now.
        stranded: those among them that Swarm will never start; none where only a surge has no node.
        inaction: why the goal is recorded and not acted on.
        outside: what others did to the service just before.
        next_change_at: the earliest instant at which time alone can change the outcome, where known.
        tuning: the rule that was followed or looked on, where the policy tunes itself.
    """

    evaluation: int
    at: datetime
    service_id: str
    service_name: str
    verdict: Verdict
    reason: str
    replicas: int
    running: int
    goal: int
    recommendation: int | None = None
    bounds: Bounds | None = None
    proposals: tuple[Proposal, ...] = ()
    steps: tuple[Step, ...] = ()
    waiting_for_room: int = 0
    stranded: int = 0
    inaction: Inaction | None = None
    outside: OutsideChange | None = None
    next_change_at: datetime | None = None
    tuning: Tuning | None = None

    @property
    def changes_replicas(self) -> bool:
        """Whether the goal differs from the spec."""
        return self.goal != self.replicas

    @property
    def is_dry_run(self) -> bool:
        """Whether the operator only wants to see what would be done."""
        return self.inaction is not None and self.inaction.reason is InactionReason.DRY_RUN


def decide(situation: Situation, *, overrides: Sequence[Override], guards: Sequence[Guard]) -> Decision:
    """Decide the goal of one service.

    Args:
        situation: what is known.
        overrides: asked in order before the metrics; the first that speaks settles the goal.
        guards: asked in order about the metrics' wish; each may change what the one before left.
    """
    for override in overrides:
        step = override(situation)
        if step is not None:
            return _settled(situation, step)
    leading = _leading(situation)
    wish = replicas = situation.replicas if leading is None else leading.replicas or 0
    steps: list[Step] = []
    for guard in guards:
        step = guard(situation, replicas)
        if step is not None:
            steps.append(step)
            replicas = step.replicas_after
    return _decision(
        situation,
        goal=replicas,
        recommendation=wish,
        reason=_reason(situation, leading, wish, replicas, steps),
        steps=tuple(steps),
    )


def _settled(situation: Situation, step: Step) -> Decision:
    return _decision(situation, goal=step.replicas_after, recommendation=None, reason=step.reason, steps=(step,))


def _leading(situation: Situation) -> Proposal | None:
    """The proposal that asks for most, as every metric's need must be met.

    Where two ask for the same, clients' load tells the story better than what it does to the replicas.
    """
    proposed = [proposal for proposal in situation.proposals if proposal.replicas is not None]
    return max(proposed, key=lambda p: (p.replicas or 0, p.total is not None), default=None)


def _reason(situation: Situation, leading: Proposal | None, wish: int, goal: int, steps: Sequence[Step]) -> str:
    """The load first; then what kept the goal from the wish, the last word last."""
    load = _blindness(situation) if leading is None else _load(leading, situation.replicas)
    changes = [step for step in steps if step.replicas_before != step.replicas_after]
    if changes:
        wanted = f"{plural(wish)} wanted" if wish != situation.replicas else "no change wanted"
        return f"{load}: {wanted}, {changes[-1].reason}"
    if leading is None or goal != situation.replicas:
        return load
    return f"{load}, {_calm(leading, situation)}"


def _blindness(situation: Situation) -> str:
    gaps = (f"{p.metric} ({p.gap.sentence})" for p in situation.proposals if p.gap is not None)
    return f"no value of {', '.join(gaps)}" if situation.proposals else "no metric to follow"


def _load(proposal: Proposal, replicas: int) -> str:
    target = proposal.unit.text(proposal.target_value)
    if proposal.gap is not None:
        return f"{proposal.metric} has no value ({proposal.gap.sentence}), {_stand_in(proposal)}"
    if proposal.total is not None:
        return f"{proposal.metric} {proposal.unit.text(proposal.total)} on {plural(replicas)}, target {target} each"
    value = proposal.unit.text(proposal.value or 0.0)
    return f"{proposal.metric} {value} on {plural(replicas)}, target {target}"


def _stand_in(proposal: Proposal) -> str:
    if proposal.stand_in is OnMissing.LAST:
        return "its last one stands in"
    return f"{proposal.stand_in} says {plural(proposal.replicas or 0)}"


def _calm(leading: Proposal, situation: Situation) -> str:
    """Why nothing has to move although nothing stands in the way."""
    ratio = (leading.value or 0.0) / leading.target_value
    if ratio > 1.0 + situation.policy.tolerance.up_ratio:
        return "what has no value yet should carry the rest"
    return "as it should be"


def _decision(
    situation: Situation,
    *,
    goal: int,
    recommendation: int | None,
    reason: str,
    steps: tuple[Step, ...],
) -> Decision:
    ends = [step.until for step in steps if step.until is not None]
    waiting = situation.service.replicas_without_room
    return Decision(
        evaluation=situation.evaluation,
        at=situation.now,
        service_id=situation.service.id,
        service_name=situation.service.name,
        verdict=_verdict(situation.replicas, goal, overridden=recommendation is None),
        reason=reason,
        replicas=situation.replicas,
        running=situation.service.running_replicas,
        goal=goal,
        recommendation=recommendation,
        bounds=situation.bounds,
        proposals=situation.proposals,
        steps=steps,
        waiting_for_room=waiting,
        stranded=_stranded(situation) if waiting else 0,
        inaction=situation.inaction,
        outside=situation.outside,
        next_change_at=min(ends, default=None),
    )


def _stranded(situation: Situation) -> int:
    service = situation.service
    return service.stranded_replicas if service.placed_replicas < situation.replicas else 0


def _verdict(replicas: int, goal: int, *, overridden: bool) -> Verdict:
    if goal > replicas:
        return Verdict.GROW
    if goal < replicas:
        return Verdict.SHRINK
    return Verdict.LEAVE_ALONE if overridden else Verdict.KEEP


def plural(replicas: int) -> str:
    """``1 replica``, ``2 replicas``."""
    return f"{replicas} replica" if replicas == 1 else f"{replicas} replicas"
