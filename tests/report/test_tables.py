"""The tables of status and history, word for word at 80 and 160 columns, and what they do with what does not fit."""

from dataclasses import replace

import pytest

from skep.core.action import OUTSIDE
from skep.core.decision import Hold, Pause
from skep.core.policy import Bounds
from skep.core.record import EntryKind, noteworthy, of_pool
from skep.report.history_table import history_table
from skep.report.status_table import status_table
from tests.report import examples
from tests.report.examples import NOW, Example
from tests.report.goldens import assert_golden

LONG_NAME = "the_stack_of_the_department_for_long_names_and_their_services_ab"


@pytest.mark.parametrize("width", [80, 160])
def test_the_table_of_services_reads(width: int) -> None:
    assert_golden(f"status-{width}", status_table(examples.ALL, now=NOW, width=width).plain)


@pytest.mark.parametrize("width", [80, 160])
def test_the_history_reads(width: int) -> None:
    assert_golden(f"history-{width}", history_table(examples.ENTRIES, now=NOW, width=width).plain)


@pytest.mark.parametrize("width", [80, 160])
def test_the_history_of_orders_and_outside_changes_reads(width: int) -> None:
    assert_golden(f"history-of-orders-{width}", history_table(examples.ORDERED, now=NOW, width=width).plain)


def test_an_order_delivered_twice_is_told_once() -> None:
    (order,) = [entry for entry in examples.ORDERED if entry.task_id == "hold.cart.1"]
    table = history_table([replace(order, at=examples.ago(1)), order], now=NOW, width=160).plain
    assert table.count("held at 2") == 1


def test_that_a_service_is_held_is_told_by_the_order_alone() -> None:
    (order,) = [entry for entry in examples.ORDERED if entry.task_id == "hold.cart.1"]
    assert examples.HELD.decision is not None
    (held,) = noteworthy([replace(examples.HELD.decision, replicas=12)], {})
    assert held.kind is EntryKind.HELD
    table = history_table([held, order], now=NOW, width=160).plain
    assert ("landing" in table, "cart" in table) == (False, True)
    assert history_table([held], now=NOW, width=80).plain.startswith("Nothing was scaled")


def test_a_pause_of_everything_is_the_first_line() -> None:
    pause = Pause(until=None, actor="ada@desk", reason="the network moves", covers_all=True)
    services = [replace(example, pause=pause) for example in (examples.STEADY, examples.GROWING)]
    first, *_, last = status_table(services, now=NOW, width=120).plain.splitlines()
    assert first == "Everything is paused by ada@desk until resumed (the network moves): nothing is done."
    assert last == "2 services: 2 paused"


def test_a_count_that_a_stranger_set_is_held_by_somebody_outside_skep() -> None:
    hold = Hold(replicas=3, until=examples.ahead(60), actor=OUTSIDE, reason="set from 1 to 3 by somebody outside skep")
    table = status_table([replace(examples.STEADY, hold=hold)], now=NOW, width=160).plain
    assert "held at 3 replicas by somebody outside skep until 14:03:15 UTC" in table


def test_replicas_without_room_are_told_also_where_no_more_are_wanted() -> None:
    assert examples.STEADY.decision is not None
    decision = replace(examples.STEADY.decision, waiting_for_room=1)
    table = status_table([replace(examples.STEADY, decision=decision)], now=NOW, width=80).plain
    assert "1 replica of it waits for room on a node" in table


def test_what_was_done_to_pools_is_told_without_naming_them_twice() -> None:
    said = [
        of_pool("workers", at=NOW, actor="skep", sentence="workers +1: room for 2 of web"),
        of_pool("workers", at=NOW, actor="skep", sentence="workers: its provider cannot be asked: no answer"),
        of_pool("", at=NOW, actor="skep", sentence="nodes: 2 of 4 nodes are not ready"),
    ]
    lines = history_table(said, now=NOW, width=160).plain.splitlines()
    assert [" ".join(line.split()[2:]) for line in lines[1:4]] == [
        "pool:workers skep +1: room for 2 of web",
        "pool:workers skep its provider cannot be asked: no answer",
        "all nodes skep 2 of 4 nodes are not ready",
    ]


def test_no_services_reads() -> None:
    assert_golden("status-empty", status_table([], now=NOW, width=80).plain)


def test_no_history_says_so() -> None:
    assert (
        history_table([], now=NOW, width=80).plain == "Nothing was scaled, ordered, refused or held back in that time."
    )


@pytest.mark.parametrize("width", [60, 80, 119, 120, 160, 250])
def test_no_line_is_longer_than_the_screen(width: int) -> None:
    services = [replace(example, name=f"{example.name}{'x' * 40}") for example in examples.ALL]
    lines = status_table(services, now=NOW, width=width).plain.splitlines()
    assert max(len(line) for line in lines) <= max(width, 70)


def test_a_name_too_long_for_its_column_stands_whole_on_a_line_of_its_own() -> None:
    lines = status_table([replace(examples.GROWING, name=LONG_NAME)], now=NOW, width=80).plain.splitlines()
    assert LONG_NAME in lines
    assert lines[lines.index(LONG_NAME) + 1].split()[:5] == ["3", "7", "2", "20", "3"]


def test_a_name_of_a_metric_that_is_long_loses_its_middle() -> None:
    assert examples.GROWING.decision is not None
    proposal = replace(examples.GROWING.decision.proposals[0], metric="messages_waiting_for_checkout")
    decision = replace(examples.GROWING.decision, proposals=(proposal,))
    table = status_table([replace(examples.GROWING, decision=decision)], now=NOW, width=80).plain
    assert "message…heckout" not in table
    assert "message…eckout" in table


def test_a_held_service_shows_the_held_count_as_its_goal() -> None:
    held = replace(examples.STEADY, hold=Hold(replicas=4, until=None, actor="ada"))
    (row,) = [line for line in status_table([held], now=NOW, width=80).plain.splitlines() if line.startswith("search")]
    assert row.split()[:3] == ["search", "1", "4"]


@pytest.mark.parametrize(
    ("services", "summary"),
    [
        ([examples.STEADY], "1 service, all as they should be"),
        ([examples.STEADY, examples.GROWING], "2 services: 1 changing"),
        ([examples.DRY_RUN], "1 service, all as they should be"),
        ([examples.BLIND, examples.WRONG_LABELS], "2 services: 1 with a gap and 1 with wrong labels"),
        ([examples.PAUSED], "1 service: 1 paused"),
        ([examples.WITHOUT_ROOM], "1 service: 1 changing and 1 waiting for room"),
        ([examples.ORDERS_UNKNOWN], "1 service, all as they should be"),
    ],
    ids=["steady", "one grows", "a dry run changes nothing", "two in trouble", "paused", "no room", "orders unknown"],
)
def test_the_last_line_sums_up(services: list[Example], summary: str) -> None:
    assert status_table(services, now=NOW, width=80).plain.splitlines()[-1] == summary


def test_names_and_reasons_cannot_disturb_a_terminal() -> None:
    hostile = Example(name="web\x1b]0;mine\x07", replicas=1, running=1, bounds=Bounds(min_replicas=1, max_replicas=2))
    entry = replace(examples.ENTRIES[0], sentence="web 3 → 7: \x1b[2Jcleared", actor="eve\r\nroot")
    shown = status_table([hostile], now=NOW, width=80).plain + history_table([entry], now=NOW, width=80).plain
    assert not {"\x1b", "\x07", "\r"} & set(shown)
