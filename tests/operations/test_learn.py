"""Rules are looked at apart from evaluations, which go by what was chosen, or tell what it would have been worth."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.foresight.rules import FALLBACK
from skep.core.policy import Signal, Tune
from skep.operations.learn import learn_rules
from skep.operations.tuned import tuned_services
from tests.fakes.lessons import FakeLessons
from tests.operations.conftest import LABELS, TIME_LIMIT, Practice

INTERVAL = timedelta(seconds=15)
AUTO = LABELS | {"skep.tune": "auto"}
SHADOW = LABELS | {"skep.tune": "shadow"}


@pytest.fixture
def lessons(practice: Practice) -> FakeLessons:
    return FakeLessons(practice.memory)


def look(practice: Practice, lessons: FakeLessons) -> tuple[str, ...]:
    tuned = tuned_services(practice.world, defaults=LabelDefaults())
    return learn_rules(
        practice.world,
        lessons,
        tuned,
        interval=INTERVAL,
        time_limit=TIME_LIMIT,
    )


def put_history(practice: Practice, per_second: float, *, lasting: timedelta, service: str = "web") -> None:
    """A counter that has grown like this up to now, a point each 15 s."""
    points = lasting // INTERVAL
    practice.metrics.rate(service, "proxy", per_second, points=points, every_s=15.0)


def rule_of(lessons: FakeLessons, service_id: str = "web-id") -> object:
    return lessons.recall([service_id])[service_id].rule


def test_a_service_that_does_not_tune_itself_is_not_looked_at(practice: Practice, lessons: FakeLessons) -> None:
    put_history(practice, 200, lasting=timedelta(hours=2))
    assert look(practice, lessons) == ()
    assert practice.metrics.reads == []


def test_with_less_than_a_day_the_fixed_rule_is_followed(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    put_history(practice, 200, lasting=timedelta(hours=2))
    assert look(practice, lessons) == ("web",)
    assert rule_of(lessons) == FALLBACK


def test_with_days_of_history_the_cheapest_rule_is_followed(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    put_history(practice, 200, lasting=timedelta(days=2))
    look(practice, lessons)
    chosen = practice.memory.choices["web-id"]
    assert "in the last 12 h that would have cost" in chosen.why
    assert "the next best" in chosen.why


def test_a_service_is_looked_at_every_quarter_of_an_hour(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    put_history(practice, 200, lasting=timedelta(hours=2))
    assert look(practice, lessons) == ("web",)
    practice.clock.advance(timedelta(minutes=14))
    assert look(practice, lessons) == ()
    practice.clock.advance(timedelta(minutes=1))
    put_history(practice, 200, lasting=timedelta(hours=2))
    assert look(practice, lessons) == ("web",)
    (asked,), _ = practice.metrics.reads[-1]
    assert asked.window < timedelta(minutes=20)


def test_what_follows_is_learned_on_and_not_anew(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    put_history(practice, 200, lasting=timedelta(hours=2))
    look(practice, lessons)
    before = lessons.recall(["web-id"])["web-id"].learned
    practice.clock.advance(timedelta(minutes=15))
    put_history(practice, 200, lasting=timedelta(hours=2))
    look(practice, lessons)
    after = lessons.recall(["web-id"])["web-id"].learned
    assert (after.ticks - before.ticks, after.until - before.until) == (60, timedelta(minutes=15))


def test_services_known_already_are_asked_for_together(practice: Practice, lessons: FakeLessons) -> None:
    names = ["web", *(f"other-{number}" for number in range(20))]
    for name in names[1:]:
        practice.swarm.add(name, replicas=2, labels=AUTO)
    practice.swarm.label("web", AUTO)
    for name in names:
        put_history(practice, 100, lasting=timedelta(minutes=30), service=name)
    assert sorted(look(practice, lessons)) == sorted(names)
    first = len(practice.metrics.reads)
    practice.clock.advance(timedelta(minutes=15))
    for name in names:
        put_history(practice, 100, lasting=timedelta(minutes=30), service=name)
    assert sorted(look(practice, lessons)) == sorted(names)
    assert len(practice.metrics.reads) == first + 1


def test_a_service_without_load_waits_like_the_others(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    assert look(practice, lessons) == ("web",)
    assert look(practice, lessons) == ()
    assert practice.memory.choices == {}


def test_while_the_metrics_are_away_nothing_counts_as_looked_at(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    practice.metrics.break_down()
    assert look(practice, lessons) == ()
    assert lessons.looked_at() == {}


def test_one_that_cannot_be_learned_of_does_not_keep_others_from_their_turn(
    practice: Practice, lessons: FakeLessons
) -> None:
    practice.swarm.label("web", AUTO)
    put_history(practice, 200, lasting=timedelta(hours=2))
    look(practice, lessons)
    study = lessons.recall(["web-id"])["web-id"]
    damaged = replace(study, learned=replace(study.learned, needs=b"no numbers"))
    lessons.remember({"web-id": damaged}, {}, looked_at={})
    practice.clock.advance(timedelta(minutes=15))
    put_history(practice, 200, lasting=timedelta(hours=2))
    with pytest.raises(ValueError, match="buffer"):
        look(practice, lessons)
    practice.swarm.add("other", replicas=2, labels=AUTO)
    put_history(practice, 200, lasting=timedelta(hours=2), service="other")
    assert look(practice, lessons) == ("other",)


def test_a_service_that_no_longer_tunes_itself_is_forgotten(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    put_history(practice, 200, lasting=timedelta(hours=2))
    look(practice, lessons)
    practice.swarm.label("web", {"skep.tune": "off"})
    look(practice, lessons)
    assert (lessons.looked_at(), practice.memory.choices) == ({}, {})


def test_two_looks_at_once_are_one(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    with practice.locks.hold("loop:learn.rules", ttl=timedelta(seconds=30)):
        assert look(practice, lessons) == ()


def test_requests_in_flight_teach_as_well(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.add("flying", replicas=2, labels=_without_requests(AUTO) | {"skep.inflight": "5"})
    practice.metrics.flat(Signal.INFLIGHT, "flying", "proxy", 12.0, points=200, every_s=15.0)
    assert look(practice, lessons) == ("flying",)
    assert lessons.recall(["flying-id"])["flying-id"].learned.load == pytest.approx(12.0)


def test_the_measured_start_delay_is_what_rules_reckon_with(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    put_history(practice, 200, lasting=timedelta(hours=2))
    for task in practice.swarm.tasks("web"):
        practice.swarm.set_task("web", task, ordered_at=practice.clock.now() - timedelta(seconds=100))
    look(practice, lessons)
    assert lessons.recall(["web-id"])["web-id"].learned.terms.start_ticks == 7


# --- evaluations -----------------------------------------------------------------------------------------------------


def taught(practice: Practice, lessons: FakeLessons, labels: dict[str, str], per_second: float = 100.0) -> None:
    practice.swarm.label("web", labels)
    put_history(practice, per_second, lasting=timedelta(hours=2))
    look(practice, lessons)


def test_a_policy_that_tunes_itself_tells_rule_and_reason(practice: Practice, lessons: FakeLessons) -> None:
    taught(practice, lessons, AUTO)
    practice.load(240)
    (order,) = practice.evaluate()
    assert order.replicas == 5
    decision = practice.memory.decisions()["web-id"]
    assert [proposal.metric for proposal in decision.proposals] == ["requests", "requests expected"]
    assert decision.tuning is not None
    assert (decision.tuning.mode, decision.tuning.rule) == (Tune.AUTO, FALLBACK.sentence)
    assert "until a day of its load is known" in decision.tuning.why


def test_no_tolerance_keeps_a_rule_from_what_it_asks_for(practice: Practice, lessons: FakeLessons) -> None:
    taught(practice, lessons, AUTO)
    practice.load(104)
    assert [order.replicas for order in practice.evaluate()] == [3]


def test_what_is_expected_is_told_per_replica_as_what_is_measured(practice: Practice, lessons: FakeLessons) -> None:
    taught(practice, lessons, AUTO)
    practice.swarm.change("web", replicas=4)
    practice.load(200)
    practice.evaluate()
    decision = practice.memory.decisions()["web-id"]
    assert [proposal.value for proposal in decision.proposals] == [50.0, pytest.approx(50.0)]
    assert decision.reason.endswith("as it should be")


def test_bounds_hold_whatever_a_rule_asks_for(practice: Practice, lessons: FakeLessons) -> None:
    taught(practice, lessons, AUTO)
    for _ in range(8):
        practice.load(5000)
        practice.evaluate_and_act()
    assert practice.replicas == 10


def test_lost_metrics_never_shrink_under_a_rule_either(practice: Practice, lessons: FakeLessons) -> None:
    taught(practice, lessons, AUTO)
    practice.swarm.change("web", replicas=6)
    practice.metrics.break_down()
    for _ in range(20):
        practice.evaluate_and_act()
    assert practice.replicas == 6


def test_a_choice_that_nobody_looks_at_any_more_gives_way_to_the_policy(
    practice: Practice, lessons: FakeLessons
) -> None:
    taught(practice, lessons, AUTO)
    practice.clock.advance(timedelta(hours=2))
    practice.load(104)
    assert practice.evaluate() == ()
    assert practice.memory.decisions()["web-id"].tuning is None


def test_a_choice_of_a_later_version_gives_way_to_the_policy(practice: Practice, lessons: FakeLessons) -> None:
    taught(practice, lessons, AUTO)
    choice = practice.memory.choices["web-id"]
    practice.memory.choices["web-id"] = replace(choice, rule=replace(choice.rule, predictor="tea leaves"))
    practice.load(104)
    assert practice.evaluate() == ()


def test_in_the_shadow_the_policy_acts_as_if_there_were_no_rule(practice: Practice, lessons: FakeLessons) -> None:
    taught(practice, lessons, SHADOW)
    practice.load(104)
    assert practice.evaluate() == ()
    decision = practice.memory.decisions()["web-id"]
    assert [proposal.metric for proposal in decision.proposals] == ["requests"]
    assert decision.tuning is not None
    assert (decision.tuning.mode, decision.tuning.replicas) == (Tune.SHADOW, 3)


def test_in_the_shadow_it_is_told_what_the_rule_would_have_saved(practice: Practice, lessons: FakeLessons) -> None:
    taught(practice, lessons, SHADOW)
    practice.swarm.change("web", replicas=9)
    practice.swarm.label("web", {"skep.scale-down": "off"})
    for _ in range(70):
        practice.load(95)
        practice.evaluate_and_act()
    tuning = practice.memory.decisions()["web-id"].tuning
    assert tuning is not None
    assert tuning.comparison is not None
    assert tuning.comparison.acting_replicas == pytest.approx(9)
    assert tuning.comparison.tuned_replicas < 5
    assert tuning.comparison.saved_ratio > 0.4
    assert "it would have saved" in tuning.comparison.sentence


def test_in_the_shadow_it_is_told_what_the_rule_would_have_cost(practice: Practice, lessons: FakeLessons) -> None:
    taught(practice, lessons, SHADOW)
    for _ in range(70):
        practice.load(104)
        practice.evaluate_and_act()
    comparison = practice.memory.decisions()["web-id"].tuning.comparison  # type: ignore[union-attr] # it is told
    assert comparison is not None
    assert comparison.acting_replicas == pytest.approx(2)
    assert comparison.acting_missing == pytest.approx(1)
    assert comparison.tuned_replicas > 2.9


def test_a_tick_takes_no_more_round_trips_with_rules(practice: Practice, lessons: FakeLessons) -> None:
    for number in range(10):
        practice.swarm.add(f"other-{number}", replicas=2, labels=AUTO)
        put_history(practice, 100, lasting=timedelta(minutes=30), service=f"other-{number}")
    look(practice, lessons)
    reads = (practice.swarm.reads, len(practice.metrics.reads))
    practice.evaluate()
    assert (practice.swarm.reads, len(practice.metrics.reads)) == (reads[0] + 1, reads[1] + 1)


def _without_requests(labels: dict[str, str]) -> dict[str, str]:
    return {label: text for label, text in labels.items() if label != "skep.requests"}


def test_the_delay_of_the_load_is_measured_by_evaluations_and_gone_by(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    put_history(practice, 200, lasting=timedelta(days=2))
    look(practice, lessons)
    assert lessons.recall(["web-id"])["web-id"].metric_delay is None
    assert "load is seen 15 s (assumed) after it came" in practice.memory.choices["web-id"].delays
    for _ in range(40):
        practice.clock.advance(INTERVAL - timedelta(seconds=4))
        practice.metrics.rate("web", "proxy", 200, points=20, every_s=15.0)
        practice.clock.advance(timedelta(seconds=4))
        practice.evaluate_at_once()
    practice.clock.advance(timedelta(minutes=15))
    put_history(practice, 200, lasting=timedelta(days=2))
    look(practice, lessons)
    study = lessons.recall(["web-id"])["web-id"]
    assert study.metric_delay == timedelta(seconds=4)
    assert study.learned.terms.lead_ticks < 4
    assert "load is seen 4 s (measured) after it came" in practice.memory.choices["web-id"].delays


def test_who_forgot_what_was_learned_learns_it_anew_when_it_is_due(practice: Practice, lessons: FakeLessons) -> None:
    practice.swarm.label("web", AUTO)
    put_history(practice, 200, lasting=timedelta(days=2))
    look(practice, lessons)
    before, chosen = lessons.recall(["web-id"])["web-id"], practice.memory.choices["web-id"]
    lessons.lose_study("web-id")
    assert practice.memory.choices["web-id"] == chosen
    practice.clock.advance(timedelta(minutes=15))
    put_history(practice, 200, lasting=timedelta(days=2))
    assert look(practice, lessons) == ("web",)
    assert lessons.recall(["web-id"])["web-id"].learned.ticks >= before.learned.ticks
