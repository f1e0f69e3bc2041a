"""The policy that tunes itself, as in the Swarm: it looks at its rules every quarter of an hour and goes by one."""

from collections.abc import Callable

from skep.core.foresight.choice import Choice, choose
from skep.core.foresight.contenders.contender import Contender
from skep.core.foresight.course import Course
from skep.core.foresight.handover import tuned
from skep.core.foresight.learning import LOOKED_AT_EVERY, Learned, begin, learn
from skep.core.foresight.replay import Tuned, tuned_policy
from skep.core.foresight.rules import Rule
from skep.core.foresight.simulation import Guidance, simulate
from skep.core.foresight.terms import Terms
from skep.core.policy import ServicePolicy, Tune

__all__ = ["PRICE", "follow", "replay", "replay_policy"]

#: Of a missing replica in idle ones, where an operator does not say.
PRICE = 10.0


def replay(
    price: float = PRICE, policy: ServicePolicy | None = None, *, among: Callable[[Rule], bool] = lambda _rule: True
) -> Contender:
    """The policy that tunes itself.

    Args:
        price: of a missing replica in idle ones.
        policy: what the operator has set beside; nothing, where there is none.
        among: which rules may be chosen.
    """
    return Contender(
        name="replay" if price == PRICE else f"replay w{price:g}",
        about=f"tunes itself: a missing replica is worth {price:g} idle ones",
        counts=lambda course: _counts(course, price, policy or replay_policy(course), among),
    )


def replay_policy(course: Course) -> ServicePolicy:
    """What an operator gets who sets nothing but bounds, the target, and ``skep.tune``."""
    model = course.model
    return ServicePolicy(bounds=model.bounds, metrics=(model.metric,), tune=Tune.AUTO)


def follow(course: Course, *, rule: Rule) -> tuple[int, ...]:
    """The count of every slot if one rule is followed all along."""
    guide = _Guide(
        course,
        replay_policy(course),
        lambda _learned, _current: Choice(rule=rule, price=PRICE, sentence=rule.sentence),
    )
    return simulate(course, guide, from_slot=guide.from_slot)


def _counts(course: Course, price: float, policy: ServicePolicy, among: Callable[[Rule], bool]) -> tuple[int, ...]:
    guide = _Guide(course, policy, lambda learned, current: choose(learned, price=price, current=current, among=among))
    return simulate(course, guide, from_slot=guide.from_slot)


class _Guide:
    """What a tuning task and the memory do together in the Swarm."""

    def __init__(self, course: Course, policy: ServicePolicy, choice: Callable[[Learned, Rule | None], Choice]) -> None:
        terms = Terms.of(course.model)
        self._course = course
        self._policy = policy
        self._choice = choice
        self._acting = policy
        self._every = max(LOOKED_AT_EVERY // terms.interval, 1)
        self._learned = begin(terms, at=course.at(0), load=course.measured_rps[0])
        self._tuned = self._looked_again(1, None)
        #: Evaluations begin where the time that counts does, on what the history before it has taught.
        self.from_slot = course.scored_from

    def __call__(self, slot: int) -> Guidance:
        """The choice in force, with all loads up to the evaluation before."""
        known = self._learned.ticks
        if slot - known >= self._every or slot == self.from_slot:
            self._tuned = self._looked_again(slot, self._tuned.rule if known > 1 else None)
        elif slot > known:
            self._tuned = self._tuned.advanced(self._course.measured_rps[slot - 1], now=self._course.at(slot - 1))
        return Guidance(policy=self._acting, foreseen=self._tuned)

    def _looked_again(self, slot: int, current: Rule | None) -> Tuned:
        """Learn what was measured before this evaluation, and choose."""
        fresh = self._course.measured_rps[self._learned.ticks : slot]
        self._learned = learn(self._learned, fresh) if fresh else self._learned
        choice = self._choice(self._learned, current)
        self._acting = tuned_policy(self._policy, choice.rule)
        return tuned(self._learned, choice, metric=self._policy.metrics[0].name)
