"""A service in simulated time: load comes, the core decides, replicas start a little later. No clock, no I/O."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from skep.core.decision import Decision, History, Recommendation, ScaleEvent
from skep.core.metrics.series import Answers, Gap, GapReason, Series
from skep.core.plan import Candidate, plan
from skep.core.policy import ServicePolicy, Signal
from tests.builders import NOW, service

__all__ = ["Story"]

_WINDOW_S = 60


@dataclass
class Story:
    """One service under one policy.

    Attributes:
        load_rps: requests per second that clients bring, by second of the story.
        blind: whether the metrics store is out of reach, by second.
        start_delay: how long a replica takes from the order to serving.
        interval: time between evaluations.
    """

    policy: ServicePolicy
    load_rps: Callable[[int], float]
    replicas: int = 2
    blind: Callable[[int], bool] = lambda _second: False
    start_delay: timedelta = timedelta(seconds=10)
    interval: timedelta = timedelta(seconds=15)
    history: History = field(default_factory=History)
    _orders: list[tuple[int, int]] = field(default_factory=list)

    def run(self, length: timedelta) -> Iterator[tuple[int, Decision]]:
        """Each evaluation: the second of the story and what was decided."""
        self._orders = [(-3600, self.replicas)]
        for second in range(0, int(length.total_seconds()), int(self.interval.total_seconds())):
            decision = self._decide(second)
            yield second, decision
            self._carry_out(second, decision)

    def _decide(self, second: int) -> Decision:
        now = NOW + timedelta(seconds=second)
        running = self._running(second)
        of = service(self.replicas, running=running, starting=max(self.replicas - running, 0))
        candidate = Candidate(service=of, policy=self.policy, history=self.history)
        decided = plan(
            evaluation=second,
            now=now,
            interval=self.interval,
            candidates=[candidate],
            answers=self._answers(second, now),
        )
        return decided.decisions[0]

    def _running(self, second: int) -> int:
        """New replicas serve after the start delay; surplus ones go at once."""
        served = [count for at, count in self._orders if at + self.start_delay.total_seconds() <= second]
        return min(served[-1], self.replicas)

    def _answers(self, second: int, now: datetime) -> Answers:
        if self.blind(second):
            away = Gap(reason=GapReason.UNREACHABLE, detail="connection refused")
            return Answers(as_of=now, built_in={Signal.REQUESTS: away}, own={})
        seconds = range(second - _WINDOW_S, second + 1, 5)
        total, values = 0.0, []
        for each in seconds:
            total += 5 * self.load_rps(each)
            values.append(total)
        start = NOW.timestamp()
        series = Series(source="proxy", at_epoch_s=tuple(start + each for each in seconds), values=tuple(values))
        return Answers(as_of=now, built_in={Signal.REQUESTS: {"web": (series,)}}, own={})

    def _carry_out(self, second: int, decision: Decision) -> None:
        at = NOW + timedelta(seconds=second)
        past = self.history.resumed(
            at=at, replicas=decision.replicas, window=self.policy.longest_window, interval=self.interval
        )
        wish = decision.goal if decision.recommendation is None else decision.recommendation
        events = past.events
        if decision.changes_replicas:
            events = (*events, ScaleEvent(at=at, change=decision.goal - decision.replicas))
            self.replicas = decision.goal
            self._orders.append((second, decision.goal))
        self.history = History(
            recommendations=(*past.recommendations, Recommendation(at=at, replicas=wish)), events=events
        )
