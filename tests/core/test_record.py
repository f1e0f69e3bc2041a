"""The journal hears of changes, and of each new reason not to change, once."""

from dataclasses import replace

from skep.core.decision import Decision, Step, Verdict
from skep.core.metrics.series import Gap, GapReason
from skep.core.record import EntryKind, entry_from_json, entry_to_json, noteworthy, state
from tests.builders import NOW, proposal

STEADY = Decision(
    evaluation=1,
    at=NOW,
    service_id="web-id",
    service_name="web",
    verdict=Verdict.KEEP,
    reason="requests 140/s on 3 replicas, target 50/s each, as it should be",
    replicas=3,
    running=3,
    goal=3,
    recommendation=3,
)
BLIND = replace(
    STEADY,
    reason="no value of requests (stale: newest point is 95 s old, at most 45 s allowed)",
    proposals=(proposal(gap=Gap(reason=GapReason.STALE, detail="newest point is 95 s old")),),
)
HELD_BACK = replace(
    STEADY, steps=(Step(by="stabilization", replicas_before=2, replicas_after=3, reason="3 was needed"),)
)


def test_a_steady_service_is_not_news() -> None:
    assert noteworthy([STEADY], {}) == ()


def test_a_new_reason_to_hold_is_news() -> None:
    entries = noteworthy([BLIND], {"web-id": STEADY})
    assert [(entry.kind, entry.replicas_before, entry.replicas_after) for entry in entries] == [(EntryKind.HELD, 3, 3)]
    assert entries[0].sentence.startswith("web stays 3: no value of requests")


def test_the_same_reason_with_other_numbers_is_not_news() -> None:
    older = replace(BLIND, proposals=(proposal(gap=Gap(reason=GapReason.STALE, detail="newest point is 110 s old")),))
    assert noteworthy([older], {"web-id": BLIND}) == ()


def test_another_reason_is_news_again() -> None:
    assert len(noteworthy([HELD_BACK], {"web-id": BLIND})) == 1


def test_a_change_is_told_by_the_one_who_makes_it() -> None:
    assert noteworthy([replace(HELD_BACK, goal=2)], {}) == ()


def test_an_entry_survives_its_json_with_its_whole_decision() -> None:
    entry = state(BLIND)
    assert entry_from_json(entry_to_json(entry)) == entry
