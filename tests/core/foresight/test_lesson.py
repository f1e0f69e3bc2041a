"""One look at the rules: what was recorded is learned once, whatever was missing or changed in between."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from skep.core.foresight.choice import choose
from skep.core.foresight.course import START
from skep.core.foresight.learning import Learned, begin, learn
from skep.core.foresight.lesson import HISTORY, Lesson, Recorded, look_again, wanted_since
from skep.core.foresight.rules import FALLBACK
from tests.core.foresight.courses import SLOT, course, daily
from tests.core.foresight.test_learning import TERMS

LOADS = course(daily(2), every_s=300).rates_rps
WINDOW = 2 * SLOT


def at(slots: int) -> datetime:
    return START + slots * SLOT


def look(known: Learned | None, loads: tuple[float | None, ...], *, ends: int, terms: object = TERMS) -> Lesson | None:
    return look_again(
        known,
        Recorded(ends_at=at(ends), loads=loads),
        terms=terms,  # type: ignore[arg-type]  # a table hands over others
        metric="requests",
        window=WINDOW,
        price=10.0,
    )


def test_the_first_look_learns_all_that_was_recorded() -> None:
    lesson = look(None, LOADS, ends=len(LOADS))
    assert lesson is not None
    measured = (LOADS[0], *((a + b) / 2 for a, b in pairwise(LOADS)))
    expected = learn(begin(TERMS, at=at(1), load=measured[0]), measured[1:])
    assert lesson.learned == expected
    assert lesson.choice == choose(expected, price=10.0)
    assert (lesson.tuned.rule, lesson.tuned.why) == (lesson.choice.rule, lesson.choice.sentence)


def test_a_further_look_learns_only_what_is_new() -> None:
    first = look(None, LOADS[:6000], ends=6000)
    assert first is not None
    since = wanted_since(first.learned, terms=TERMS, window=WINDOW, now=at(6060))
    assert since == at(6000) - WINDOW
    overlapping = look(first.learned, LOADS[5998:6060], ends=6060)
    assert overlapping is not None
    assert overlapping.learned.ticks == 6060
    assert overlapping.learned.until == at(6060)
    again = look(overlapping.learned, LOADS[5998:6060], ends=6060)
    assert again is not None
    assert again.learned == overlapping.learned


def test_unknown_buckets_are_taken_to_be_as_the_one_before() -> None:
    with_gap = look(None, (*LOADS[:100], None, None, *LOADS[102:200]), ends=200)
    without = look(None, (*LOADS[:100], LOADS[99], LOADS[99], *LOADS[102:200]), ends=200)
    assert with_gap == without


def test_what_is_no_number_is_unknown() -> None:
    assert look(None, (*LOADS[:100], math.nan, math.inf), ends=102) == look(None, (*LOADS[:100], None, None), ends=102)


@pytest.mark.parametrize("loads", [(), (None, None)], ids=["nothing recorded", "nothing known"])
def test_without_any_load_there_is_no_lesson(loads: tuple[None, ...]) -> None:
    assert look(None, loads, ends=2) is None


@pytest.mark.parametrize(
    ("ends", "terms"),
    [
        pytest.param(6000 + 500, TERMS, id="after a hole in the record"),
        pytest.param(6060, replace(TERMS, target=99.0), id="on other terms"),
    ],
)
def test_what_does_not_follow_is_learned_anew(ends: int, terms: object) -> None:
    first = look(None, LOADS[:6000], ends=6000)
    assert first is not None
    lesson = look(first.learned, LOADS[6000:6060], ends=ends, terms=terms)
    assert lesson is not None
    assert lesson.learned.ticks == 60
    assert lesson.choice.rule == FALLBACK


def test_on_other_terms_or_without_knowledge_a_week_is_wanted() -> None:
    first = look(None, LOADS[:100], ends=100)
    assert first is not None
    now = at(100) + timedelta(days=1)
    assert wanted_since(None, terms=TERMS, window=WINDOW, now=now) == now - HISTORY
    assert wanted_since(first.learned, terms=replace(TERMS, target=9.0), window=WINDOW, now=now) == now - HISTORY


def test_what_was_learned_of_a_time_yet_to_come_is_learned_anew() -> None:
    ahead = look(None, LOADS, ends=len(LOADS))
    assert ahead is not None
    now = at(len(LOADS)) - timedelta(hours=3)
    since = wanted_since(ahead.learned, terms=TERMS, window=WINDOW, now=now)
    assert since == now - HISTORY
    lesson = look(ahead.learned, LOADS[:-720], ends=len(LOADS) - 720)
    assert lesson is not None
    assert lesson.learned.until == now
