"""What skep tells about itself: what is counted when it happens, and what is measured again and again."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.capacity.backoff import PoolEvent, PoolEventKind
from skep.core.decision import Inaction, InactionReason, Verdict
from skep.core.meters import (
    METERS,
    Elapsed,
    MeterKind,
    Reading,
    counts_of_decisions,
    counts_of_entries,
    counts_of_task,
    gauges,
    meter_of,
    seconds_passed,
)
from skep.core.record import EntryKind
from tests.builders import NOW, ago
from tests.core.capacity.builders import node
from tests.core.notices.test_notices import AT_MAX, BLIND, CALM, entry

MAXED = replace(CALM, steps=(AT_MAX,))
CROWDED = replace(CALM, service_id="api-id", service_name="api", waiting_for_room=2, verdict=Verdict.GROW)
BLINDED = replace(CALM, proposals=(BLIND,))


def told(readings: tuple[Reading, ...]) -> dict[tuple[str, ...], float]:
    """Values by meter and labels."""
    return {(reading.meter, *reading.labels): reading.value for reading in readings}


def test_names_follow_the_conventions_and_every_meter_has_a_meaning() -> None:
    assert all(re.fullmatch(r"skep_[a-z_]+[a-z]", meter.name) for meter in METERS)
    assert all(meter.meaning.endswith(".") for meter in METERS)
    assert {meter.name for meter in METERS if meter.name.endswith("_total")} == {
        meter.name for meter in METERS if meter.kind is MeterKind.COUNTER
    }
    assert len({meter.name for meter in METERS}) == len(METERS)


def test_decisions_are_counted_by_verdict_and_gaps_by_reason() -> None:
    assert told(counts_of_decisions([CALM, CROWDED, BLINDED])) == {
        ("skep_decisions_total", "keep"): 2,
        ("skep_decisions_total", "grow"): 1,
        ("skep_gaps_total", "stale"): 1,
    }


def test_entries_are_counted_by_what_was_done_and_the_kind_of_actor() -> None:
    down = replace(entry(EntryKind.CHANGED, actor="ada@desk"), replicas_before=7, replicas_after=3)
    entries = [
        entry(EntryKind.CHANGED),
        entry(EntryKind.CHANGED),
        down,
        entry(EntryKind.REFUSED, actor="webhook:kapacitor"),
        entry(EntryKind.OUTSIDE),
        entry(EntryKind.NODE),
        entry(EntryKind.STATE),
        entry(EntryKind.HELD),
    ]
    assert told(counts_of_entries(entries)) == {
        ("skep_changes_total", "up", "skep"): 2,
        ("skep_changes_total", "down", "person"): 1,
        ("skep_refusals_total", "webhook"): 1,
        ("skep_outside_changes_total",): 1,
        ("skep_node_events_total",): 1,
    }


def test_a_task_is_counted_with_its_time_where_that_is_known() -> None:
    assert told(counts_of_task("scale.service", "success", 0.25)) == {
        ("skep_tasks_total", "scale.service", "success"): 1,
        ("skep_task_seconds_total", "scale.service"): 0.25,
    }
    assert told(counts_of_task("scale.service", "retry", None)) == {("skep_tasks_total", "scale.service", "retry"): 1}


def test_gauges_tell_how_all_stands() -> None:
    paused = replace(MAXED, inaction=Inaction(reason=InactionReason.PAUSED, sentence="paused by ada"))
    aged = replace(BLINDED, proposals=(BLIND, replace(BLIND, gap=None, at=ago(12))), service_name="old")
    draining = node("worker-3", labels={"skep.node.state": "draining", "skep.node.since": ago(90).isoformat()})
    events = [
        PoolEvent(kind=PoolEventKind.REFUSED, at=ago(60)),
        PoolEvent(kind=PoolEventKind.GREW, at=ago(50)),
        PoolEvent(kind=PoolEventKind.NEVER_JOINED, at=NOW - timedelta(days=2)),
    ]
    measured = told(
        gauges([paused, CROWDED, aged], nodes=[draining, node("w4")], pool_events={"workers": events}, now=NOW)
    )
    shown = {key: value for key, value in measured.items() if value and key[1:] not in {("web",), ("old",)}}
    assert shown == {
        ("skep_services", "keep"): 2,
        ("skep_services", "grow"): 1,
        ("skep_services_inactive", "paused"): 1,
        ("skep_gaps", "stale"): 1,
        ("skep_services_at_max",): 1,
        ("skep_pending_replicas",): 2,
        ("skep_data_age_seconds",): 12,
        ("skep_last_evaluation_timestamp_seconds",): NOW.timestamp(),
        ("skep_replicas", "api"): 3,
        ("skep_running_replicas", "api"): 3,
        ("skep_goal_replicas", "api"): 3,
        ("skep_max_replicas", "api"): 3,
        ("skep_drain_age_seconds", "worker-3", "draining"): 90,
        ("skep_pool_failures", "workers"): 1,
    }


def test_what_is_none_is_told_too_lest_a_series_seem_to_go_on() -> None:
    measured = told(gauges([CALM], nodes=[], pool_events={}, now=NOW))
    assert (measured["skep_gaps", "stale"], measured["skep_services", "invalid"]) == (0, 0)


def test_before_the_first_evaluation_little_is_told_and_nothing_fails() -> None:
    assert set(told(gauges([], nodes=[], pool_events={}, now=NOW)).values()) == {0}


def test_time_at_max_and_without_room_is_added_up() -> None:
    elapsed = Elapsed(since=ago(30), now=NOW, longest=timedelta(minutes=2))
    assert told(seconds_passed([MAXED, CROWDED], elapsed)) == {
        ("skep_at_max_seconds_total", "web"): 30,
        ("skep_pending_replica_seconds_total", "api"): 60,
    }


@pytest.mark.parametrize(
    "since",
    [
        pytest.param(None, id="never looked before"),
        pytest.param(ago(121), id="not watched for longer than allowed"),
        pytest.param(ago(-5), id="a clock that went back"),
    ],
)
def test_time_that_nobody_watched_is_not_counted(since: None) -> None:
    assert seconds_passed([MAXED], Elapsed(since=since, now=NOW, longest=timedelta(minutes=2))) == ()


def test_everything_that_is_told_is_a_meter_with_its_labels() -> None:
    elapsed = Elapsed(since=ago(30), now=NOW, longest=timedelta(minutes=2))
    readings = (
        *counts_of_decisions([BLINDED]),
        *counts_of_entries([entry(kind) for kind in EntryKind]),
        *counts_of_task("t", "success", 1.0),
        *gauges(
            [MAXED, CROWDED],
            nodes=[node("n", labels={"skep.node.state": "draining"})],
            pool_events={"p": []},
            now=NOW,
        ),
        *seconds_passed([MAXED, CROWDED], elapsed),
    )
    for reading in readings:
        meter = meter_of(reading.meter)
        assert meter is not None, reading
        assert len(meter.labels) == len(reading.labels)
