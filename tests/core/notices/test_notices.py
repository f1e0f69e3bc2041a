"""What is worth telling, and when: each trouble once, and its end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.bounds import Bounds
from skep.core.decision import Decision, Inaction, InactionReason, Step, Verdict
from skep.core.metrics.series import Gap, GapReason
from skep.core.notices import (
    Failure,
    Notice,
    NoticeRules,
    NoticeState,
    Topic,
    Trouble,
    event_notice,
    look,
    troubles,
)
from skep.core.notices.following import MOST_WAITING
from skep.core.policy import Unit
from skep.core.record import Entry, EntryKind
from skep.core.strategies.proposal import Proposal
from tests.builders import NOW

ALL = NoticeRules(topics=tuple(Topic))
OVERDUE = timedelta(minutes=5)
CALM = Decision(
    evaluation=1,
    at=NOW,
    service_id="web-id",
    service_name="web",
    verdict=Verdict.KEEP,
    reason="requests 120/s on 3 replicas, target 50/s each, as it should be",
    replicas=3,
    running=3,
    goal=3,
    bounds=Bounds(min_replicas=1, max_replicas=3),
)
AT_MAX = Step(by="bounds", replicas_before=7, replicas_after=3, reason="max is 3")
STRANDED = replace(CALM, recommendation=3, running=1, waiting_for_room=2, stranded=2)
NEVER = (
    "web has 2 replicas without a node, and Swarm will never start them, whatever room there is, because web was "
    "changed meanwhile"
)
BLIND = Proposal(
    metric="requests",
    unit=Unit.PER_SECOND,
    target_value=50.0,
    gap=Gap(reason=GapReason.STALE, detail="newest point is 95 s old"),
)


def wrong(*decisions: Decision, failures: Sequence[Failure] = (), after_s: float = 0.0) -> list[Trouble]:
    """What is wrong a while after these decisions."""
    by_id = {decision.service_id: decision for decision in decisions}
    return list(troubles(by_id, failures, now=NOW + timedelta(seconds=after_s), overdue_after=OVERDUE))


# --- what is wrong -------------------------------------------------------------------------------------------------


def test_a_service_that_is_as_it_should_be_is_no_trouble() -> None:
    assert wrong(CALM) == []
    assert wrong() == []


@pytest.mark.parametrize(
    ("decision", "topic", "sentence"),
    [
        pytest.param(
            replace(CALM, steps=(AT_MAX,), reason="requests 340/s: 7 replicas wanted, max is 3"),
            Topic.AT_MAX,
            "web is at its max of 3 and wants more: requests 340/s: 7 replicas wanted, max is 3",
            id="at max",
        ),
        pytest.param(
            replace(CALM, proposals=(BLIND,)),
            Topic.NO_DATA,
            "web has no value of requests: stale: newest point is 95 s old",
            id="no data",
        ),
        pytest.param(
            replace(CALM, waiting_for_room=2),
            Topic.NO_ROOM,
            "web has 2 replicas that no node has room for",
            id="no room",
        ),
        pytest.param(
            STRANDED,
            Topic.NO_ROOM,
            f"{NEVER}: max leaves no room for others, and too few have a node to end these first, so raise skep.max",
            id="stranded between the bounds",
        ),
        pytest.param(
            replace(STRANDED, goal=1),
            Topic.NO_ROOM,
            f"{NEVER}: skep is about to ask for others instead",
            id="stranded and soon no more",
        ),
        pytest.param(
            replace(STRANDED, inaction=Inaction(reason=InactionReason.PAUSED, sentence="paused by alice")),
            Topic.NO_ROOM,
            f"{NEVER}: skep asks for others instead once this is over: paused by alice",
            id="stranded in a pause",
        ),
        pytest.param(
            replace(STRANDED, recommendation=None, reason="held at 3 by alice until it is released"),
            Topic.NO_ROOM,
            f"{NEVER}: skep asks for others instead once this is over: held at 3 by alice until it is released",
            id="stranded in a hold",
        ),
        pytest.param(
            replace(STRANDED, waiting_for_room=3),
            Topic.NO_ROOM,
            "web has 3 replicas without a node, and Swarm will never start 2 of them, whatever room there is, because "
            "web was changed meanwhile: others were asked for and have no node either, so add one",
            id="stranded and new ones wait",
        ),
        pytest.param(
            replace(CALM, verdict=Verdict.INVALID, reason="left alone: skep.max is missing", bounds=None),
            Topic.FAILURES,
            "web is not scaled: left alone: skep.max is missing",
            id="wrong labels",
        ),
        pytest.param(
            replace(CALM, inaction=Inaction(reason=InactionReason.ORDERS_UNKNOWN, sentence="the memory was lost")),
            Topic.FAILURES,
            "skep acts on nothing: its memory was lost, and the orders of people are not known again yet",
            id="orders unknown",
        ),
    ],
)
def test_each_trouble_is_told_with_its_subject_first(decision: Decision, topic: Topic, sentence: str) -> None:
    assert [(trouble.topic, trouble.sentence) for trouble in wrong(decision)] == [(topic, sentence)]


def test_stranded_replicas_wait_for_values_which_are_told_of_by_themselves() -> None:
    [no_data, no_room] = wrong(replace(STRANDED, proposals=(BLIND,)))
    assert no_data.topic is Topic.NO_DATA
    assert no_room.sentence == f"{NEVER}: skep asks for others instead once every metric has a value"


def test_one_stranded_replica_is_told_of_as_one() -> None:
    [trouble] = wrong(replace(STRANDED, waiting_for_room=1, stranded=1, goal=2))
    assert trouble.sentence == (
        "web has 1 replica without a node, and Swarm will never start it, whatever room there is, because web was "
        "changed meanwhile: skep is about to ask for others instead"
    )


def test_waiting_replicas_are_the_same_trouble_once_they_are_stranded() -> None:
    [waiting], [stranded] = wrong(replace(STRANDED, stranded=0)), wrong(STRANDED)
    assert waiting.key == stranded.key


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(Step(by="bounds", replicas_before=0, replicas_after=1, reason="min is 1"), id="lifted to min"),
        pytest.param(Step(by="rate", replicas_before=7, replicas_after=3, reason="at most 4"), id="held by a rate"),
        pytest.param(Step(by="bounds", replicas_before=7, replicas_after=2, reason="max is 2"), id="to another count"),
    ],
)
def test_only_a_wish_beyond_max_is_at_max(step: Step) -> None:
    assert wrong(replace(CALM, steps=(step,))) == []


def test_without_evaluations_nothing_is_said_of_services_but_that() -> None:
    (trouble,) = wrong(replace(CALM, steps=(AT_MAX,)), after_s=301)
    assert (trouble.key, trouble.is_urgent) == ("overdue", True)
    assert trouble.sentence.startswith("skep has evaluated nothing since 2026-03-01 12:00:00 UTC")


def test_services_that_evaluations_leave_out_are_told_with_how_many_and_since_when() -> None:
    before = replace(CALM, service_id="db-id", at=NOW - timedelta(seconds=301))
    long_before = replace(CALM, service_id="cache-id", at=NOW - timedelta(seconds=600))
    (trouble,) = wrong(CALM, before, long_before)
    assert (trouble.key, trouble.is_urgent) == ("left-out", True)
    assert trouble.sentence == (
        "skep has left 2 services out of its evaluations since 2026-03-01 11:50:00 UTC: "
        "too few workers take their shares"
    )


def test_a_share_that_was_missing_once_is_no_trouble() -> None:
    assert wrong(CALM, replace(CALM, service_id="db-id", at=NOW - timedelta(seconds=300))) == []


def failure(task: str = "evaluate.services", *, age_s: float = 10.0, is_action: bool = False) -> Failure:
    return Failure(
        task=task,
        task_id=f"{task}.1",
        at=NOW - timedelta(seconds=age_s),
        sentence=f"{task} failed: no leader",
        is_action=is_action,
    )


def test_what_comes_again_by_itself_is_a_trouble_while_it_fails() -> None:
    (trouble,) = wrong(failures=[failure(), failure(age_s=40)])
    assert trouble.sentence == "skep cannot do its work: evaluate.services failed: no leader"
    assert wrong(failures=[failure(age_s=121)]) == []
    assert wrong(failures=[failure("scale.web", is_action=True)]) == []


# --- what happened -------------------------------------------------------------------------------------------------


def entry(kind: EntryKind, *, name: str = "web", sentence: str = "web 3 → 7: load", actor: str = "skep") -> Entry:
    return Entry(
        kind=kind,
        at=NOW,
        service_id="web-id",
        service_name=name,
        actor=actor,
        replicas_before=3,
        replicas_after=7,
        sentence=sentence,
    )


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        (EntryKind.CHANGED, Topic.CHANGES),
        (EntryKind.ORDERED, Topic.ORDERS),
        (EntryKind.OUTSIDE, Topic.ORDERS),
        (EntryKind.NODE, Topic.NODES),
        (EntryKind.HELD, None),
        (EntryKind.REFUSED, None),
        (EntryKind.STATE, None),
    ],
)
def test_what_was_done_is_an_event_and_what_was_not_is_none(kind: EntryKind, topic: Topic | None) -> None:
    notice = event_notice(entry(kind))
    assert (notice and notice.topic) == topic


def test_a_change_by_somebody_else_says_by_whom() -> None:
    notice = event_notice(entry(EntryKind.CHANGED, actor="webhook:kapacitor"))
    assert notice is not None
    assert notice.sentence == "web 3 → 7: load (by webhook:kapacitor)"


# --- when it is told -----------------------------------------------------------------------------------------------

MAXED = Trouble(key="at-max:web-id", topic=Topic.AT_MAX, subject="web", sentence="web is at its max")


class Watch:
    """Looks again and again, as beat asks for it."""

    def __init__(self, rules: NoticeRules = ALL) -> None:
        self.rules = rules
        self.state = NoticeState()
        self.at = NOW
        self.withheld = 0

    def look(
        self,
        *found: Trouble,
        entries: Sequence[Entry] = (),
        failures: Sequence[Failure] = (),
        after: timedelta = timedelta(seconds=30),
    ) -> list[str]:
        """What is told after a while."""
        self.at += after
        looked = look(self.state, rules=self.rules, now=self.at, entries=entries, found=found, failures=failures)
        self.state, self.withheld = looked.state, looked.withheld
        return [f"{'over: ' if notice.is_over else ''}{notice.sentence}" for notice in looked.notices]


def test_a_trouble_is_told_once_it_has_lasted_and_again_while_it_does() -> None:
    watch = Watch()
    assert watch.look(MAXED) == []
    assert watch.look(MAXED, after=timedelta(minutes=4)) == []
    assert watch.look(MAXED, after=timedelta(minutes=1)) == ["web is at its max"]
    assert watch.look(MAXED) == []
    assert watch.look(MAXED, after=timedelta(hours=6)) == ["web is at its max"]


def test_what_cannot_wait_is_told_at_once() -> None:
    assert Watch().look(replace(MAXED, is_urgent=True)) == ["web is at its max"]


def test_its_end_is_told_once_it_is_sure_and_only_to_those_who_know_of_it() -> None:
    watch = Watch()
    watch.look(MAXED)
    watch.look(MAXED, after=timedelta(minutes=5))
    assert watch.look() == []
    assert watch.look(MAXED) == []
    assert watch.look() == []
    assert watch.look(after=timedelta(minutes=5)) == ["over: web is at its max"]
    assert watch.look() == []

    unknown = Watch()
    unknown.look(MAXED)
    assert unknown.look(after=timedelta(hours=1)) == []


def test_events_are_told_once_however_often_they_are_read() -> None:
    watch = Watch()
    watch.look()
    happened = [replace(entry(EntryKind.NODE, sentence="worker-3 drained"), at=watch.at)]
    assert watch.look(entries=happened) == ["worker-3 drained"]
    assert watch.look(entries=happened) == []


def test_an_event_that_comes_late_is_told_and_one_of_before_the_first_look_is_not() -> None:
    watch = Watch()
    past = [replace(entry(EntryKind.NODE, sentence="of the past"), at=NOW)]
    assert watch.look(entries=past) == []
    watch.look(after=timedelta(hours=1))
    late = [replace(entry(EntryKind.NODE, sentence="late"), at=watch.at - timedelta(seconds=90))]
    assert watch.look(entries=[*late, *past]) == ["late"]


def test_an_action_that_failed_is_told_once() -> None:
    watch = Watch()
    watch.look()
    failed = [replace(failure("scale.web", is_action=True), at=watch.at)]
    assert watch.look(failures=failed) == ["scale.web failed: no leader (task scale.web.1)"]
    assert watch.look(failures=failed) == []


def test_nobody_is_told_of_what_they_did_not_ask_for() -> None:
    watch = Watch(NoticeRules())
    watch.look()
    changes = [replace(entry(EntryKind.CHANGED), at=watch.at)]
    assert watch.look(replace(MAXED, is_urgent=True), entries=changes) == ["web is at its max"]


def test_what_is_too_much_waits_and_comes_together() -> None:
    watch = Watch(replace(ALL, messages_per_hour=1))
    assert watch.look(replace(MAXED, is_urgent=True)) == ["web is at its max"]
    many = [
        replace(failure("scale.web", is_action=True), at=watch.at, task_id=str(number))
        for number in range(MOST_WAITING + 3)
    ]
    assert watch.look(MAXED, failures=many) == []
    assert watch.look(MAXED) == []
    assert len(watch.look(MAXED, after=timedelta(hours=1))) == MOST_WAITING
    assert watch.withheld == 3


KEYS = st.lists(st.sets(st.sampled_from("abc")), max_size=40)


@given(KEYS)
def test_a_trouble_is_never_told_twice_without_its_end_or_the_time_of_repeating_between(course: list[set[str]]) -> None:
    watch, told = Watch(replace(ALL, messages_per_hour=1000)), dict.fromkeys("abc", False)
    for keys in course:
        found = [Trouble(key=k, topic=Topic.AT_MAX, subject=k, sentence=k) for k in sorted(keys)]
        for sentence in watch.look(*found, after=timedelta(minutes=3)):
            key, is_over = sentence[-1], sentence.startswith("over")
            assert told[key] == is_over
            told[key] = not is_over


def test_what_is_told_says_since_when() -> None:
    looked = look(
        NoticeState(), rules=replace(ALL, after=timedelta(0)), now=NOW, entries=[], found=[MAXED], failures=[]
    )
    assert looked.notices == (
        Notice(topic=Topic.AT_MAX, at=NOW, subject="web", sentence="web is at its max", since=NOW),
    )
