"""Which rules are chosen on the traces that come with skep, look for look: whoever makes learning faster changes none.

The file was written by the first version that chose. Where another choice is meant, ``python -m
tests.evaluation.test_choices_stay`` writes it anew, and the change of the scores belongs into the commit.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from lab.traces import names, shipped
from skep.core.foresight.lesson import Lesson, Recorded, look_again
from skep.core.foresight.model import ServiceModel, fitted_capacity_rps
from skep.core.foresight.terms import Terms

_FILE = Path(__file__).with_name("choices.json")
_INTERVAL = timedelta(seconds=15)
_WINDOW = timedelta(seconds=30)
_EPOCH = datetime(2026, 1, 5, tzinfo=UTC)
_FIRST_LOOK_AT = timedelta(days=7)
_EVERY = timedelta(hours=3)
_LOOKS = 16
_PRICES = (4.0, 10.0, 25.0)


def chosen(trace: str, price: float) -> list[str]:
    """The rule of each look, what it would have cost, and the next best, in words."""
    recorded = shipped(trace)
    slots = np.arange((_FIRST_LOOK_AT + _LOOKS * _EVERY) // _INTERVAL)
    drawn = np.interp(slots * _INTERVAL.total_seconds(), recorded.at_s, recorded.rates_rps)
    # Between its buckets the trace is smoother than any load is.
    loads = (drawn * (0.8 + 0.4 * (slots * 7919 % 101) / 101)).tolist()
    terms = Terms.of(ServiceModel(capacity_rps=fitted_capacity_rps(tuple(loads), target_ratio=0.7)))
    lesson: Lesson | None = None
    sentences: list[str] = []
    for look in range(_LOOKS + 1):
        end = (_FIRST_LOOK_AT + look * _EVERY) // _INTERVAL
        start = 0 if lesson is None else end - _EVERY // _INTERVAL - _WINDOW // _INTERVAL
        lesson = look_again(
            None if lesson is None else lesson.learned,
            Recorded(ends_at=_EPOCH + end * _INTERVAL, loads=tuple(loads[start:end])),
            terms=terms,
            metric="requests",
            window=_WINDOW,
            price=price,
            current=None if lesson is None else lesson.choice.rule,
        )
        assert lesson is not None
        sentences.append(lesson.choice.sentence)
    return sentences


@pytest.mark.parametrize("price", _PRICES)
@pytest.mark.parametrize("trace", names())
def test_the_same_rules_are_chosen_as_ever_for_the_same_reasons(trace: str, price: float) -> None:
    expected = msgspec.json.decode(_FILE.read_bytes(), type=dict[str, list[str]])
    assert chosen(trace, price) == expected[f"{trace} at {price:g}"]


if __name__ == "__main__":
    every = {f"{trace} at {price:g}": chosen(trace, price) for trace in names() for price in _PRICES}
    _FILE.write_bytes(msgspec.json.format(msgspec.json.encode(every)) + b"\n")
