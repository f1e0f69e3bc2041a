"""What is shown of a simulation."""

from datetime import timedelta

import pytest

from skep.core.foresight.comparison import Comparison, compare
from skep.core.foresight.contenders import HPA, STATIC_PEAK
from skep.report.comparison_table import comparison_table, heading
from skep.report.simulation_chart import draw_simulation, most_telling_day, page, stretch
from tests.core.foresight.courses import course, daily


def found() -> Comparison:
    return compare(course(daily(3), every_s=300, history=timedelta(days=1)), (STATIC_PEAK, HPA))


def test_the_table_has_the_oracle_first_and_then_the_cheapest() -> None:
    lines = comparison_table(found(), width=160).plain.splitlines()
    assert lines[0].split() == ["POLICY", "HOURS", "SHORT", "MISSING", "IDLE", "DROPPED", "BUSY", "ACTIONS/DAY"]
    assert [line.split("  ")[0] for line in lines[1:]] == ["oracle", "HPA", "static peak"]
    assert lines[1].split()[1:3] == ["1.000", "0.00%"]


def test_the_heading_says_what_was_assumed() -> None:
    assert heading(found()) == (
        "test: 1 d 23 h after 1 d of history; a replica should carry 7/s, serves up to 10/s and starts in 30 s; "
        "load is seen 15 s late"
    )


def test_a_stretch_shows_the_busiest_moment_of_each_column() -> None:
    comparison = found()
    load, demanded = comparison.course.rates_rps, comparison.course.demanded
    outcomes = comparison.outcomes
    shown = stretch(comparison.course, outcomes, slots=range(5760, 5760 + 100), columns=10)
    assert shown.load_rps[0] == max(load[5760:5770])
    busiest = load.index(shown.load_rps[0], 5760)
    assert shown.demanded[0] == demanded[busiest]
    assert shown.serving[1][0] == outcomes[1].supply.serving[busiest]
    assert len(shown.hours) == 10


def test_the_hardest_day_is_that_with_most_missing() -> None:
    calm = [7.0] * 1440
    wild = [7.0 if minute % 20 else 140.0 for minute in range(1440)]
    comparison = compare(course([*calm, *calm, *wild, *calm], history=timedelta(days=1)), (HPA,))
    assert most_telling_day(comparison.course, comparison.outcomes).start == 2 * 5760


def test_a_picture_and_a_page_are_drawn() -> None:
    pytest.importorskip("matplotlib")
    comparison = found()
    assert draw_simulation(comparison, ("HPA", "static peak")).startswith(b"\x89PNG")
    text = page(comparison, ("HPA",))
    assert text.startswith("<!doctype html>")
    assert "static peak" in text
    assert "data:image/png;base64," in text
