"""A chronicle is made of the journal: every decision is a moment, and everything but states is a happening."""

from dataclasses import replace
from datetime import timedelta

from skep.core.chronicle import Chronicle, chronicle
from skep.core.record import Entry, EntryKind
from tests.report.examples import GROWING, NOW, ago, entry


def of(*entries: Entry) -> Chronicle:
    return chronicle(entries, service="shop_web", since=ago(3600), until=NOW)


def at(kind: EntryKind, seconds: float, *, with_decision: bool = True) -> Entry:
    assert GROWING.decision is not None
    made = entry(kind, "shop_web", 3, 7, "shop_web 3 → 7: load", at=ago(seconds), actor="ada@desk")
    return replace(made, decision=replace(GROWING.decision, at=ago(seconds + 1)) if with_decision else None)


def test_moments_and_happenings_are_told_the_oldest_first() -> None:
    told = of(at(EntryKind.CHANGED, 60), at(EntryKind.STATE, 300))
    assert [moment.at for moment in told.moments] == [ago(301), ago(61), ago(60)]
    assert [happening.kind for happening in told.happenings] == [EntryKind.CHANGED]


def test_a_change_is_a_moment_before_and_one_after_it() -> None:
    before, after = of(at(EntryKind.CHANGED, 60)).moments
    assert (before.replicas, before.goal) == (3, 7)
    assert (after.replicas, after.goal) == (7, 7)
    assert after.at - before.at == timedelta(seconds=1)


def test_metrics_are_told_with_their_targets_and_gaps_without_a_value() -> None:
    (moment,) = of(at(EntryKind.STATE, 60)).moments
    assert GROWING.decision is not None
    assert [(m.metric, m.value, m.target_value) for m in moment.metrics] == [
        (p.metric, p.value, p.target_value) for p in GROWING.decision.proposals
    ]


def test_what_was_ordered_without_a_decision_is_a_happening_alone() -> None:
    told = of(at(EntryKind.ORDERED, 60, with_decision=False))
    assert told.moments == ()
    assert [happening.actor for happening in told.happenings] == ["ada@desk"]
