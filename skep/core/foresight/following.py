"""A chosen rule from one evaluation to the next: followed where the policy tunes itself, scored where it looks on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from skep.core.decision import Decision
from skep.core.demand import ServiceDemand
from skep.core.foresight.replay import BELIEVED, Tuned, tuned_policy
from skep.core.foresight.rules import LONGEST_WINDOW, PRICED_HALF_LIFE, predictor_of
from skep.core.policy import ServicePolicy, Tune
from skep.core.strategies.proposal import Proposal, whole_replicas
from skep.core.strategies.tuning import Comparison, Tuning

__all__ = [
    "Followed",
    "Moment",
    "Score",
    "acting_policy",
    "believed",
    "continued",
    "followed_on",
    "held",
    "in_force",
    "scored",
]

#: So many evaluations in a row may fail before the time between is no longer scored.
_MISSED_EVALUATIONS = 3
#: With less there is nothing to compare.
_ENOUGH_TO_COMPARE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Faded sums over evaluations, of the policy that acts and of the rule beside it.

    Attributes:
        span: the time that was scored; at most the half-life is told.
        weight: how many evaluations the sums stand for.
    """

    span: timedelta = timedelta(0)
    weight: float = 0.0
    acting_replicas: float = 0.0
    acting_missing: float = 0.0
    tuned_replicas: float = 0.0
    tuned_missing: float = 0.0

    def compared(self, price: float) -> Comparison | None:
        """The averages; ``None`` while there is too little to compare."""
        if self.span < _ENOUGH_TO_COMPARE or self.weight <= 0:
            return None
        return Comparison(
            span=min(self.span, PRICED_HALF_LIFE),
            price=price,
            acting_replicas=self.acting_replicas / self.weight,
            acting_missing=self.acting_missing / self.weight,
            tuned_replicas=self.tuned_replicas / self.weight,
            tuned_missing=self.tuned_missing / self.weight,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What one evaluation keeps of a rule for the next: some hundred bytes a service.

    Attributes:
        tuned: the rule with the state of its predictor, without the peaks of other days, which the choice has.
        at: the evaluation.
        needs: what the rule asked for at the last evaluations, oldest first; only where it looks on.
        score: of the rule that looks on.
    """

    tuned: Tuned
    at: datetime
    needs: tuple[int, ...] = ()
    score: Score = Score()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What one evaluation saw of both sides.

    Attributes:
        need: what the rule asks for.
        demanded: what the load needs.
        acting_paid: what the policy that acts has paid for.
        acting_serving: how many of those serve.
        is_floor: whether the rule would only add to what the policy that acts has, and take nothing away.
    """

    at: datetime
    need: int
    demanded: int
    acting_paid: int
    acting_serving: int
    is_floor: bool = False


def in_force(policy: ServicePolicy, choice: Tuned | None, before: Followed | None, *, now: datetime) -> Tuned | None:
    """The rule to follow or to look on with; ``None`` where none was chosen of late, or it is of another version.

    Args:
        policy: what the operator said.
        choice: what was chosen last.
        before: what the evaluation before has kept.
        now: the present instant.
    """
    metric = policy.tunable
    if policy.tune is Tune.OFF or metric is None:
        return None
    return continued(choice, before, of=metric.name, now=now)


def continued(choice: Tuned | None, before: Followed | None, *, of: str, now: datetime) -> Tuned | None:
    """A choice that can be followed on; ``None`` where none was made of late, or of this load, or by this version.

    Args:
        choice: what was chosen last.
        before: what the evaluation before has kept.
        of: the load that is asked about.
        now: the present instant.
    """
    if choice is None or choice.metric != of or not choice.is_current(now):
        return None
    try:
        predictor_of(choice.rule, choice.terms.interval)
    except KeyError:
        return None
    return choice.continued(before.tuned if before is not None else None)


def believed(before: Followed | None, now: datetime) -> Followed | None:
    """What was kept, unless it is too old to go on from, or of a time yet to come."""
    return before if before is not None and timedelta(0) <= now - before.at < BELIEVED else None


def acting_policy(policy: ServicePolicy, tuned: Tuned | None) -> ServicePolicy:
    """The policy to decide by: what the operator said, with what gives way to a rule that acts."""
    return policy if tuned is None or policy.tune is not Tune.AUTO else tuned_policy(policy, tuned.rule)


def followed_on(
    tuned: Tuned, decision: Decision, policy: ServicePolicy, *, before: Followed | None
) -> tuple[Tuning, Followed]:
    """What to say of a rule after a decision, and what to keep of it.

    Args:
        tuned: the rule in force.
        decision: what was decided, by it or beside it.
        policy: what the operator said.
        before: what the evaluation before has kept; too old a one is begun anew.
    """
    before = believed(before, decision.at)
    own = _own_proposal(tuned, decision, policy)
    kept = Followed(tuned=tuned.after(decision).without_peaks, at=decision.at)
    if policy.tune is Tune.SHADOW:
        kept = _scored(kept, tuned, decision, own, before)
    tuning = Tuning(
        mode=policy.tune,
        rule=tuned.rule.sentence,
        why=tuned.why,
        delays=tuned.delays,
        replicas=None if own is None else _wanted(kept, tuned, decision, own, policy.tune),
        comparison=kept.score.compared(policy.price),
    )
    return tuning, kept


def _own_proposal(tuned: Tuned, decision: Decision, policy: ServicePolicy) -> Proposal | None:
    """What the rule makes of the load that was measured; ``None`` where there was none."""
    metric = policy.tunable
    measured = _measured(decision, tuned)
    if metric is None or measured is None or measured.total is None or measured.at is None:
        return None
    demand = ServiceDemand(metric=metric, value=measured.total, at=measured.at, is_lower_bound=not measured.may_shrink)
    return tuned.propose(demand, now=decision.at)


def _measured(decision: Decision, tuned: Tuned) -> Proposal | None:
    """What was measured of the load that the rule looks at; ``None`` where that has no value."""
    return next((p for p in decision.proposals if p.metric == tuned.metric and p.gap is None), None)


def _wanted(kept: Followed, tuned: Tuned, decision: Decision, own: Proposal, mode: Tune) -> int | None:
    """The count that the rule asks for: held for its window where it looks on, as the guards hold it where it acts."""
    if mode is Tune.SHADOW and kept.needs:
        return held(kept.needs, tuned)
    return _bounded(own.replicas or 0, decision)


def _scored(
    kept: Followed, tuned: Tuned, decision: Decision, own: Proposal | None, before: Followed | None
) -> Followed:
    """With what this evaluation adds to both sides."""
    if own is None:
        if before is None:
            return replace(kept, needs=(decision.replicas,))
        return replace(kept, needs=before.needs or (decision.replicas,), score=before.score)
    others = [p.replicas or 0 for p in decision.proposals if p.metric != tuned.metric]
    measured = _measured(decision, tuned)
    load = 0.0 if measured is None or measured.total is None else measured.total
    moment = Moment(
        at=decision.at,
        need=_bounded(max([own.replicas or 0, *others]), decision),
        demanded=max(whole_replicas(load / own.target_value), 1),
        acting_paid=decision.replicas,
        acting_serving=decision.running,
    )
    return scored(kept, tuned, moment, before=before)


def scored(kept: Followed, tuned: Tuned, moment: Moment, *, before: Followed | None) -> Followed:
    """With what one evaluation adds to both sides.

    Args:
        kept: what is kept of the rule besides.
        tuned: the rule in force.
        moment: what was seen.
        before: what the evaluation before has kept.
    """
    needs = before.needs if before is not None and before.needs else (moment.acting_paid,)
    score = before.score if before is not None else Score()
    terms = tuned.terms
    needs = (*needs, moment.need)[-(LONGEST_WINDOW // terms.interval + terms.start_ticks + 1) :]
    supplied = [held(needs[:end], tuned) for end in range(max(len(needs) - terms.start_ticks, 1), len(needs) + 1)]
    paid, serving = supplied[-1], min(supplied)
    if moment.is_floor:
        paid, serving = max(paid, moment.acting_paid), max(serving, moment.acting_serving)
    elapsed = _scored_time(before, moment.at, terms.interval)
    faded = 0.5 ** (elapsed / PRICED_HALF_LIFE)
    return replace(
        kept,
        needs=needs,
        score=Score(
            span=score.span + elapsed,
            weight=score.weight * faded + 1.0,
            acting_replicas=score.acting_replicas * faded + moment.acting_paid,
            acting_missing=score.acting_missing * faded + max(moment.demanded - moment.acting_serving, 0),
            tuned_replicas=score.tuned_replicas * faded + paid,
            tuned_missing=score.tuned_missing * faded + max(moment.demanded - serving, 0),
        ),
    )


def held(needs: Sequence[int], tuned: Tuned) -> int:
    """What a rule holds: the most that it asked for within its window, the newest last."""
    return max(needs[-max(tuned.rule.window // tuned.terms.interval, 1) :])


def _scored_time(before: Followed | None, now: datetime, interval: timedelta) -> timedelta:
    """What an evaluation stands for: the time since the one before, or one interval where it is the first for long."""
    elapsed = now - before.at if before is not None and before.needs else interval
    return elapsed if elapsed <= _MISSED_EVALUATIONS * interval else interval


def _bounded(replicas: int, decision: Decision) -> int:
    bounds = decision.bounds
    return replicas if bounds is None else bounds.clamp(replicas)
