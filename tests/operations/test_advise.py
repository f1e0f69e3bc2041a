"""What the recorded load suggests for labels, and the load itself for who wants to simulate on it."""

from datetime import timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.bounds import Bounds
from skep.core.cluster import Resources
from skep.core.metrics.series import Series
from skep.core.policy import Signal
from skep.errors import Permanent
from skep.operations.advise import advise_service, past_load
from skep.report.advice import advice_text
from tests.core.foresight.courses import daily
from tests.operations.conftest import LABELS, Practice

INTERVAL = timedelta(seconds=15)
DEFAULTS = LabelDefaults()


def put_days(practice: Practice, days: int) -> None:
    """A counter of requests, low at night and high by day, up to now."""
    end_s, total = practice.clock.now().timestamp(), 0.0
    instants, totals = [], []
    rates = daily(days, peak_rps=700.0, every_min=1)
    for place, rate in enumerate(rates):
        total += 60 * rate
        instants.append(end_s - 60 * (len(rates) - 1 - place))
        totals.append(total)
    practice.metrics.put(
        Signal.REQUESTS, "web", Series(source="proxy", at_epoch_s=tuple(instants), values=tuple(totals))
    )


def test_bounds_and_price_are_proposed_with_their_evidence(practice: Practice) -> None:
    put_days(practice, 3)
    advice = advise_service(practice.world, "web", defaults=DEFAULTS, interval=INTERVAL)
    assert advice is not None
    assert advice.known > timedelta(days=2.9)
    assert advice.bounds == Bounds(min_replicas=2, max_replicas=10)
    assert advice.proposed_bounds.max_replicas >= advice.highest / 50.0
    assert advice.proposed_bounds.min_replicas >= advice.lowest / 50.0
    replicas = [option.replicas for option in advice.prices]
    missing = [option.missing for option in advice.prices]
    assert (replicas, missing) == (sorted(replicas), sorted(missing, reverse=True))
    assert advice.proposed_price in {option.price for option in advice.prices}


def test_with_less_than_a_day_no_price_is_proposed(practice: Practice) -> None:
    practice.metrics.rate("web", "proxy", 120.0, points=200, every_s=15.0)
    advice = advise_service(practice.world, "web-id", defaults=DEFAULTS, interval=INTERVAL)
    assert advice is not None
    assert (advice.prices, advice.proposed_price) == ((), None)
    assert "nothing can be said before a day of the load is known" in advice_text(advice)


def test_use_of_the_processor_tells_a_target(practice: Practice) -> None:
    practice.swarm.label("web", {"skep.cpu": "70%"})
    practice.swarm.change("web", limits=Resources(cpu_cores=0.5))
    for number in range(40):
        load = 60.0 + 2 * number
        practice.load(load)
        for task in practice.swarm.tasks("web"):
            practice.metrics.flat(Signal.CPU, "web", task.id, (0.1 + 0.9 * load / 2 / 200) * 0.5)
        practice.evaluate()
        practice.clock.advance(timedelta(minutes=5))
    practice.metrics.rate("web", "proxy", 120.0, points=800, every_s=15.0)
    advice = advise_service(practice.world, "web", defaults=DEFAULTS, interval=INTERVAL)
    assert advice is not None
    assert advice.capacity is not None
    assert advice.capacity.load == pytest.approx(200.0, rel=0.05)
    assert advice.proposed_target == pytest.approx(140.0, rel=0.05)
    assert "70 % of what a replica seems to carry" in advice_text(advice, width=200)


def test_an_unknown_service_is_none(practice: Practice) -> None:
    assert advise_service(practice.world, "wbe", defaults=DEFAULTS, interval=INTERVAL) is None
    assert past_load(practice.world, "wbe", defaults=DEFAULTS, every=INTERVAL) is None


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        pytest.param({"skep.enable": "false"}, "is not enabled", id="not enabled"),
        pytest.param({"skep.max": "many"}, 'skep.max is "many"', id="with wrong labels"),
        pytest.param({}, "no points of requests of web in the last 7 days", id="never measured"),
    ],
)
def test_why_nothing_can_be_proposed_is_told(practice: Practice, labels: dict[str, str], says: str) -> None:
    practice.swarm.label("web", labels)
    with pytest.raises(Permanent, match=says):
        advise_service(practice.world, "web", defaults=DEFAULTS, interval=INTERVAL)


def test_a_service_without_a_recorded_total_is_refused(practice: Practice) -> None:
    labels = {"skep.enable": "true", "skep.max": "9", "skep.cpu": "0.5 cores"}
    practice.swarm.add("busy", replicas=1, labels=labels)
    with pytest.raises(Permanent, match="only of those is the past known"):
        advise_service(practice.world, "busy", defaults=DEFAULTS, interval=INTERVAL)


def test_the_load_itself_is_told_in_buckets_with_the_labels(practice: Practice) -> None:
    practice.metrics.rate("web", "proxy", 120.0, points=200, every_s=15.0)
    past = past_load(practice.world, "web", defaults=DEFAULTS, every=timedelta(minutes=1))
    assert past is not None
    assert set(map(round, past.loads)) == {120}
    assert past.trace.length >= timedelta(minutes=45)
    assert past.labels == LABELS
