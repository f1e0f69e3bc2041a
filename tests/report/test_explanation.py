"""Explanations, word for word, and that there is one for whatever can be decided."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.core.decision import Hold, Step, Verdict
from skep.operations.explain import Asked
from skep.report.explanation import explain
from skep.report.past_explanation import explain_past
from tests.report import examples
from tests.report.examples import NOW, Example
from tests.report.goldens import assert_golden
from tests.report.situations import AT, GROWN, INVALID_THEN, SETTINGS, SINCE, SITUATIONS

EVERYTHING = (*examples.ALL, *SITUATIONS)
STATEMENT = (
    """SELECT "stot" FROM "haproxy" WHERE time > now() - 120000ms AND "type" = 'backend' AND """
    """"proxy" =~ /^(?:https-)?(?:shop_web)(?:-be[0-9]+_[0-9]+)?$/ GROUP BY "proxy", "server", "host\""""
)
ASKED = (Asked(about="requests", statement=STATEMENT),)


@pytest.mark.parametrize("example", EVERYTHING, ids=lambda example: example.name)
def test_an_explanation_reads(example: Example) -> None:
    assert_golden(f"explain-{example.name}-80", explain(example, NOW))


@pytest.mark.parametrize("example", [examples.GROWING, examples.WRONG_LABELS], ids=lambda example: example.name)
def test_an_explanation_in_longer_lines_reads(example: Example) -> None:
    assert_golden(f"explain-{example.name}-160", explain(example, NOW, width=160))


def test_what_it_was_told_and_what_the_store_was_asked_reads() -> None:
    text = explain(examples.GROWING, NOW, settings=SETTINGS, asked=ASKED)
    assert_golden("explain-with-settings-80", text)


def test_an_explanation_of_the_past_reads() -> None:
    assert GROWN.decision is not None
    assert_golden("explain-past-80", explain_past(GROWN, GROWN.decision, since=SINCE, at=AT, now=NOW))


def test_an_explanation_of_another_day_says_which() -> None:
    assert GROWN.decision is not None
    tomorrow = NOW + timedelta(days=1)
    text = explain_past(GROWN, GROWN.decision, since=(), at=AT, now=tomorrow)
    assert text.startswith("This is what skep decided about shop_web at 2026-11-23 12:00:30 UTC")


def test_an_explanation_of_wrong_labels_of_the_past_reads() -> None:
    assert INVALID_THEN.decision is not None
    assert_golden(
        "explain-past-invalid-80", explain_past(INVALID_THEN, INVALID_THEN.decision, since=(), at=AT, now=NOW)
    )


def test_what_was_decided_and_done_since_is_said() -> None:
    done = replace(examples.GROWING, replicas=7, running=5)
    assert "So skep grows it from 3 to 7.\nThat has been done." in explain(done, NOW)


def test_a_change_by_somebody_else_is_said() -> None:
    changed = replace(examples.GROWING, replicas=5, running=5)
    assert "Since then its count has become 5, which was not this decision's doing." in explain(changed, NOW)


def test_a_hold_without_end_is_said() -> None:
    held = replace(examples.STEADY, hold=Hold(replicas=1, until=None, actor="ada@desk"))
    assert "ada@desk holds it at 1 replica until it is released." in explain(held, NOW)


def test_labels_that_were_put_right_after_the_last_decision_are_said() -> None:
    mended = replace(examples.WRONG_LABELS, problems=(), bounds=examples.STEADY.bounds)
    assert "When it was last decided, 4 s ago, its labels were wrong" in explain(mended, NOW)


def test_a_change_that_is_possible_by_now_is_said() -> None:
    assert "Unless its load changes, the next change is possible now." in explain(
        examples.GROWING, NOW + timedelta(seconds=30)
    )


def test_instants_are_told_in_the_zone_of_the_reader() -> None:
    assert "at 15:02:26 CET, in 11 s" in explain(examples.GROWING, NOW.astimezone(ZoneInfo("Europe/Berlin")))


def test_what_labels_and_people_write_cannot_disturb_a_terminal() -> None:
    hold = Hold(replicas=1, until=None, actor="ada\x1b[2J", reason="two\nlines\r")
    held = replace(examples.STEADY, hold=hold)
    text = explain(held, NOW)
    assert "\x1b" not in text
    assert "two lines" in text


STEPS = st.builds(
    Step,
    by=st.sampled_from(["rate", "hold", "bounds", "gaps"]),
    replicas_before=st.integers(0, 99),
    replicas_after=st.integers(0, 99),
    reason=st.text(max_size=40),
    until=st.none() | st.timedeltas(timedelta(-9), timedelta(9)).map(lambda span: NOW + span),
)


@given(
    example=st.sampled_from(EVERYTHING),
    verdict=st.sampled_from(list(Verdict)),
    steps=st.lists(STEPS, max_size=3),
    recommendation=st.none() | st.integers(0, 99),
    width=st.integers(20, 200),
)
def test_there_is_an_explanation_that_fits_for_whatever_was_decided(
    example: Example, verdict: Verdict, steps: list[Step], recommendation: int | None, width: int
) -> None:
    decision = example.decision and replace(
        example.decision, verdict=verdict, steps=tuple(steps), recommendation=recommendation
    )
    text = explain(replace(example, decision=decision), NOW, width=width)
    assert text.startswith(example.name)
    assert max(len(line) for line in text.splitlines()) <= width
