"""A burst of the same minute is met ahead of time, and one that stays away costs what the price says."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.metrics.series import Series
from skep.core.policy import Signal
from skep.operations.evaluate import Pace, evaluate_services
from skep.operations.learn import learn_rules
from skep.operations.tuned import tuned_services
from tests.fakes.lessons import FakeLessons
from tests.operations.conftest import TIME_LIMIT, Practice

INTERVAL = timedelta(seconds=15)
START_DELAY = timedelta(seconds=30)
DAY = timedelta(days=1)
BURST = timedelta(minutes=6)
#: Two replicas carry the load of all day, thirty that of the burst.
CALM_RPS, BURST_RPS, TARGET_RPS = 95.0, 1450.0, 50.0
PRICE = 10.0
LABELS = {
    "skep.enable": "true",
    "skep.max": "40",
    "skep.requests": "50/s",
    "skep.scale-up": "rate=500%/15s",
    "skep.tune": "auto",
    "skep.price": "10",
}


@dataclass
class Week:
    """A service through days of the simulated clock: the real operations, and what came of each burst."""

    practice: Practice
    lessons: FakeLessons
    bursts: list[datetime]
    totals: list[tuple[float, float]] = field(default_factory=list)

    def rate_at(self, at: datetime) -> float:
        return BURST_RPS if any(start <= at < start + BURST for start in self.bursts) else CALM_RPS

    def live_through(self, start: datetime, *, lasting: timedelta) -> list[tuple[datetime, int]]:
        """Tick and act from ten minutes before an instant; the count in the spec at each tick."""
        counts: list[tuple[datetime, int]] = []
        self._pass_until(start - timedelta(minutes=10))
        self._learn()
        while self.practice.clock.now() < start + lasting:
            self._pass_until(self.practice.clock.now() + INTERVAL)
            self._show(self.totals[-10:])
            pace = Pace(interval=INTERVAL, time_limit=TIME_LIMIT)
            for order in evaluate_services(self.practice.world, defaults=LabelDefaults(), pace=pace).orders:
                self.practice.scale(order)
            counts.append((self.practice.clock.now(), self.practice.replicas or 0))
        return counts

    def _pass_until(self, then: datetime) -> None:
        """Let clients do what they do, as a counter at the proxy tells it."""
        at = self.practice.clock.now()
        total = self.totals[-1][1] if self.totals else 0.0
        while at < then:
            total += self.rate_at(at) * INTERVAL.total_seconds()
            at += INTERVAL
            self.totals.append((at.timestamp(), total))
        self.practice.clock.advance(then - self.practice.clock.now())

    def _learn(self) -> None:
        self._show(self.totals)
        tuned = tuned_services(self.practice.world, defaults=LabelDefaults())
        learn_rules(
            self.practice.world,
            self.lessons,
            tuned,
            interval=INTERVAL,
            time_limit=TIME_LIMIT,
        )

    def _show(self, totals: list[tuple[float, float]]) -> None:
        instants, values = zip(*totals, strict=True)
        self.practice.metrics.put(Signal.REQUESTS, "web", Series(source="proxy", at_epoch_s=instants, values=values))


@pytest.fixture
def week(practice: Practice) -> Week:
    practice.swarm.remove("web")
    practice.swarm.add("web", replicas=2, labels=LABELS)
    midnight = practice.clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    practice.clock.advance(midnight - practice.clock.now())
    first = midnight + DAY + timedelta(hours=9, minutes=17)
    return Week(
        practice=practice,
        lessons=FakeLessons(practice.memory),
        bursts=[first + number * DAY for number in range(5)],
    )


def missing_time(week: Week, counts: list[tuple[datetime, int]]) -> timedelta:
    """Replicas that a load lacked, to the power of 5/4 as the price counts them, times how long.

    What was ordered serves after the start delay.
    """
    by_instant = dict(counts)
    short = timedelta(0)
    for at, _ in counts:
        needed = -(-week.rate_at(at) // TARGET_RPS)
        serving = min(by_instant.get(at - back, needed) for back in (timedelta(0), INTERVAL, START_DELAY))
        short += max(needed - serving, 0) ** 1.25 * INTERVAL
    return short


def idle_time(week: Week, counts: list[tuple[datetime, int]]) -> timedelta:
    """Replicas that a load did not need, times how long."""
    return sum((max(n - -(-week.rate_at(at) // TARGET_RPS), 0) * INTERVAL for at, n in counts), timedelta(0))


def test_a_recurring_burst_is_met_ahead_from_the_third_time_on_and_its_absence_costs_what_the_price_says(
    week: Week,
) -> None:
    lived = [week.live_through(start, lasting=timedelta(minutes=20)) for start in week.bursts]
    lacked = [missing_time(week, counts) for counts in lived]
    assert lacked[0] > 20 * timedelta(minutes=1)
    assert lacked[2:] == [timedelta(0)] * 3

    stays_away = week.live_through(week.bursts[-1] + DAY, lasting=timedelta(minutes=40))
    assert max(replicas for _, replicas in stays_away) >= BURST_RPS / TARGET_RPS
    assert stays_away[-1][1] <= 3
    assert idle_time(week, stays_away) <= PRICE * lacked[0]

    (decision,) = week.practice.memory.decisions().values()
    assert decision.tuning is not None
    assert "peak" in decision.tuning.rule
