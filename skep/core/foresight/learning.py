"""What every rule would have cost on the load that was: replayed exactly, since load does not depend on replicas.

A rule's past supply is known without having been tried: what serves is the least of what the rule wanted during the
start delay. So all rules are replayed at once, on every load that comes, and what they cost is remembered with a
half-life. The memory of a service is a few thousand numbers, whatever its history.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from skep.core.foresight.day_peaks import PEAKS_BYTES, DayPeaks, ahead, no_peaks, with_loads
from skep.core.foresight.predictors import Peaks, Predictor, State, predictors
from skep.core.foresight.rules import LONGEST_WINDOW, MARGINS, PRICED_HALF_LIFE, WINDOWS, Rule, rules
from skep.core.foresight.terms import Terms

__all__ = ["LOOKED_AT_EVERY", "Cost", "Learned", "begin", "costs", "flaw", "learn"]

#: Margins follow the errors, and the cheapest rule is looked for, that often.
LOOKED_AT_EVERY = timedelta(minutes=15)
_ERROR_HALF_LIFE = timedelta(hours=1)
#: Older history teaches the peaks of days only: of what it cost, a sixteenth would be left.
_REPLAYED_AT_FIRST = timedelta(hours=48)
#: Peaks of other days are looked up for so much time at once, in which no bin of a day may come twice.
_LONGEST_STRETCH = timedelta(hours=12)
#: A billionth of a replica is rounding noise; as in ``whole_replicas``.
_NOISE = 1e-9

_MARGINS = np.array(MARGINS)[:, None]

_Floats = NDArray[np.float32]
_Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a rule would have come to, on average at any moment, newer times counting more.

    Attributes:
        replicas: paid for, those that start included.
        missing: fewer than the load needed; more of them at once weigh more than in proportion.
        changes: replicas added or taken away per evaluation.
    """

    replicas: float
    missing: float
    changes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is known of one service.

    Attributes:
        terms: on which the costs were found.
        until: the evaluation whose load was learned last.
        ticks: how many loads were learned in all.
        load: the last one.
        states: of the predictors that look at the day so far, in their order.
        square_errors: of each of those, the mean square of its errors at the lead time.
        forecasts: of each of those, what it has forecast for loads yet to come, as doubles.
        needs: of every predictor and margin, the counts of the last evaluations, as floats of four bytes.
        weight: how many loads the costs stand for.
        replicas, missing, changes: of every rule, the faded sums of its costs.
        peaks: of the times of day.
    """

    terms: Terms
    until: datetime
    ticks: int
    load: float
    states: tuple[State, ...]
    square_errors: tuple[float, ...]
    forecasts: bytes
    needs: bytes
    weight: float
    replicas: tuple[float, ...]
    missing: tuple[float, ...]
    changes: tuple[float, ...]
    peaks: DayPeaks


def begin(terms: Terms, *, at: datetime, load: float) -> Learned:
    """What is known after the first load: that nothing has been different yet."""
    shape = _Shape.of(terms)
    load = terms.believed(load)
    calm = np.full((len(shape.within_day), shape.error_ticks), load)
    need = _whole(np.full((len(shape.all) * len(MARGINS), shape.tail_ticks), load / terms.target), terms)
    return Learned(
        terms=terms,
        until=at,
        ticks=1,
        load=load,
        states=tuple(predictor.begin(load) for predictor in shape.within_day),
        square_errors=(0.0,) * len(shape.within_day),
        forecasts=calm.tobytes(),
        needs=need.tobytes(),
        weight=0.0,
        replicas=(0.0,) * shape.rules,
        missing=(0.0,) * shape.rules,
        changes=(0.0,) * shape.rules,
        peaks=with_loads(no_peaks(), np.array([load]), np.array([at.timestamp()])),
    )


def learn(learned: Learned, loads: Sequence[float]) -> Learned:
    """What is known after more loads, an interval apart and following those before without a gap.

    Of a long history only the last part is replayed; what lies before teaches the peaks of days. To split a history
    into several calls changes nothing but the moments at which margins follow the errors.

    Args:
        learned: what was known before.
        loads: as they were measured at each evaluation, oldest first; numbers all. Negative ones count as
            none, and those beyond any count of replicas as the largest that there is.
    """
    interval = learned.terms.interval
    fresh = np.clip(np.asarray(loads, dtype=np.float64), 0.0, learned.terms.largest_load)
    skipped = len(fresh) - _REPLAYED_AT_FIRST // interval
    if skipped > _LONGEST_STRETCH // interval:
        learned = _skipped(learned, fresh[:skipped])
        fresh = fresh[skipped:]
    stretch = _LONGEST_STRETCH // interval
    for start in range(0, len(fresh), stretch):
        learned = _replayed(learned, fresh[start : start + stretch])
    return learned


def costs(learned: Learned) -> dict[Rule, Cost]:
    """What each rule has come to; nothing while nothing was replayed."""
    if learned.weight <= 0:
        return {}
    summed = zip(rules(learned.terms.interval), learned.replicas, learned.missing, learned.changes, strict=True)
    return {
        rule: Cost(
            replicas=replicas / learned.weight, missing=missing / learned.weight, changes=changes / learned.weight
        )
        for rule, replicas, missing, changes in summed
    }


def flaw(learned: Learned) -> str | None:
    """What is wrong with something learned that was kept outside, where anything can happen to it.

    Returns:
        The flaw in words, or ``None`` where it can be learned on.
    """
    terms = learned.terms
    if terms.interval <= timedelta(0) or not math.isfinite(terms.lead_ticks) or min(_ticks(terms)) < 0:
        return "its terms are none that evaluations have"
    shape = _Shape.of(terms)
    sizes = {
        "predictors": (len(learned.states), len(shape.within_day)),
        "errors": (len(learned.square_errors), len(shape.within_day)),
        "forecasts": (len(learned.forecasts), 8 * len(shape.within_day) * shape.error_ticks),
        "counts": (len(learned.needs), 4 * len(shape.all) * len(MARGINS) * shape.tail_ticks),
        "costs": (min(map(len, _costs(learned))), shape.rules),
        "all costs": (max(map(len, _costs(learned))), shape.rules),
        "usual peaks": (len(learned.peaks.usual), PEAKS_BYTES),
        "highest peaks": (len(learned.peaks.highest), PEAKS_BYTES),
    }
    if wrong := [f"{found} of {wanted} {what}" for what, (found, wanted) in sizes.items() if found != wanted]:
        return f"it holds {wrong[0]}"
    begun = [predictor.begin(0.0) for predictor in shape.within_day]
    if any(len(state) != len(own) for state, own in zip(learned.states, begun, strict=True)):
        return "its predictors remember what none of them would"
    return None if _has_only_numbers(learned) else "it holds what is no number"


def _ticks(terms: Terms) -> tuple[float, ...]:
    return (terms.start_ticks, terms.sight_ticks, terms.lead_ticks)


def _costs(learned: Learned) -> tuple[tuple[float, ...], ...]:
    return (learned.replicas, learned.missing, learned.changes)


def _has_only_numbers(learned: Learned) -> bool:
    numbers = (learned.load, learned.weight, *learned.square_errors, *(n for state in learned.states for n in state))
    columns = [
        np.array((*numbers, *(number for costs in _costs(learned) for number in costs))),
        np.frombuffer(learned.forecasts, dtype=np.float64),
        np.frombuffer(learned.needs, dtype=np.float32),
        np.frombuffer(learned.peaks.usual, dtype=np.float32),
        np.frombuffer(learned.peaks.highest, dtype=np.float32),
    ]
    return all(np.isfinite(column).all() for column in columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """How many of everything there are on given terms."""

    all: tuple[Predictor, ...]
    within_day: tuple[Predictor, ...]
    windows: tuple[int, ...]
    error_ticks: int
    tail_ticks: int

    @classmethod
    def of(cls, terms: Terms) -> "_Shape":
        every = predictors(terms.interval)
        windows = tuple(max(window // terms.interval, 1) for window in WINDOWS)
        longest = max(LONGEST_WINDOW // terms.interval, 1)
        return cls(
            all=every,
            within_day=tuple(dict.fromkeys(predictor.within_day for predictor in every)),
            windows=windows,
            error_ticks=max(math.ceil(terms.lead_ticks), 1),
            tail_ticks=longest + terms.start_ticks + terms.sight_ticks,
        )

    @property
    def rules(self) -> int:
        return len(self.all) * len(MARGINS) * len(self.windows)


def _skipped(learned: Learned, loads: _Doubles) -> Learned:
    """Only the peaks of days are learned, and a new beginning made after them."""
    at = _instants(learned, len(loads))
    fresh = begin(learned.terms, at=learned.until + len(loads) * learned.terms.interval, load=float(loads[-1]))
    return replace(fresh, ticks=learned.ticks + len(loads), peaks=with_loads(learned.peaks, loads, at))


def _instants(learned: Learned, ticks: int) -> _Doubles:
    """When the next loads were measured, in seconds since 1970."""
    step_s = learned.terms.interval.total_seconds()
    return learned.until.timestamp() + step_s * np.arange(1, ticks + 1, dtype=np.float64)


def _replayed(learned: Learned, loads: _Doubles) -> Learned:
    terms, shape = learned.terms, _Shape.of(learned.terms)
    ticks = len(loads)
    at = _instants(learned, ticks)
    states, forecasts = _forecast(shape.within_day, learned.states, loads, terms.lead_ticks)
    all_forecasts = np.concatenate((_doubles(learned.forecasts, len(shape.within_day)), forecasts), axis=1)
    errors = loads - all_forecasts[:, :ticks]
    margins, square_errors = _margins(errors, learned.square_errors, terms)
    needs = _needs(shape, terms, loads, forecasts, margins, _peaks_ahead(shape, learned, at))
    all_needs = np.concatenate((_floats(learned.needs, len(needs)), needs), axis=1)
    summed = _summed(shape, terms, all_needs, _demanded(learned, loads))
    kept = 0.5 ** (ticks * terms.interval / PRICED_HALF_LIFE)
    return Learned(
        terms=terms,
        until=learned.until + ticks * terms.interval,
        ticks=learned.ticks + ticks,
        load=float(loads[-1]),
        states=states,
        square_errors=square_errors,
        forecasts=np.ascontiguousarray(all_forecasts[:, -shape.error_ticks :]).tobytes(),
        needs=np.ascontiguousarray(all_needs[:, -shape.tail_ticks :]).tobytes(),
        weight=learned.weight * kept + float(_fading(ticks, terms, PRICED_HALF_LIFE).sum()),
        replicas=_added(learned.replicas, kept, summed[0]),
        missing=_added(learned.missing, kept, summed[1]),
        changes=_added(learned.changes, kept, summed[2]),
        peaks=with_loads(learned.peaks, loads, at),
    )


def _forecast(
    within_day: tuple[Predictor, ...], states: tuple[State, ...], loads: _Doubles, lead_ticks: float
) -> tuple[tuple[State, ...], _Doubles]:
    """What each predictor has forecast at each load, and its state after the last."""
    plain = loads.tolist()
    ends: list[State] = []
    courses: list[list[float]] = []
    for predictor, state in zip(within_day, states, strict=True):
        end, course = predictor.course(state, plain, lead_ticks)
        ends.append(end)
        courses.append(course)
    return tuple(ends), np.array(courses)


def _margins(errors: _Doubles, square_errors: tuple[float, ...], terms: Terms) -> tuple[_Doubles, tuple[float, ...]]:
    """The typical error of each predictor at each evaluation: it follows what happens from time to time only.

    As in the Swarm, where rule and margin are looked at together, and the ticks between go by them.
    """
    every = max(LOOKED_AT_EVERY // terms.interval, 1)
    known = np.array(square_errors)
    courses: list[_Doubles] = []
    for start in range(0, errors.shape[1], every):
        part = errors[:, start : start + every]
        ticks = part.shape[1]
        courses.append(np.repeat(np.sqrt(known)[:, None], ticks, axis=1))
        kept = 0.5 ** (ticks * terms.interval / _ERROR_HALF_LIFE)
        newest = 1.0 - 0.5 ** (terms.interval / _ERROR_HALF_LIFE)
        known = kept * known + newest * (part**2 @ _fading(ticks, terms, _ERROR_HALF_LIFE))
    return np.concatenate(courses, axis=1), tuple(known.tolist())


def _fading(ticks: int, terms: Terms, half_life: timedelta) -> _Doubles:
    """The weights of so many values in a row, the newest being 1."""
    return 0.5 ** (np.arange(ticks - 1, -1, -1, dtype=np.float64) * (terms.interval / half_life))


def _peaks_ahead(shape: _Shape, learned: Learned, at: _Doubles) -> dict[Peaks, _Floats]:
    """At each evaluation, the peaks that other days had until an order of it takes effect."""
    horizon_s = (learned.terms.lead_ticks + 1) * learned.terms.interval.total_seconds()
    kinds = {predictor.peaks for predictor in shape.all} - {Peaks.NONE}
    return {kind: ahead(learned.peaks.of(kind), at, horizon_s=horizon_s) for kind in sorted(kinds)}


def _needs(
    shape: _Shape,
    terms: Terms,
    loads: _Doubles,
    forecasts: _Doubles,
    margins: _Doubles,
    peaks: dict[Peaks, _Floats],
) -> _Floats:
    """The count that each predictor with each margin asks for at each evaluation; rows by predictor, then margin."""
    place = {predictor: number for number, predictor in enumerate(shape.within_day)}
    rows: list[_Floats] = []
    for predictor in shape.all:
        number = place[predictor.within_day]
        least = loads if predictor.peaks is Peaks.NONE else np.maximum(loads, peaks[predictor.peaks])
        expected = np.maximum(forecasts[number] + _MARGINS * margins[number], least)
        rows.append(_whole(expected / terms.target, terms))
    needs = np.concatenate(rows)
    if terms.bounds.min_replicas == 0:
        needs[:, loads <= terms.activation] = 0.0
    return needs


def _whole(replicas: _Doubles, terms: Terms) -> _Floats:
    """Whole replicas within the bounds."""
    above = np.ceil(replicas - _NOISE * np.maximum(replicas, 1.0))
    return np.clip(above, terms.bounds.min_replicas, terms.bounds.max_replicas).astype(np.float32)


def _demanded(learned: Learned, loads: _Doubles) -> _Floats:
    """What each slot that is now wholly seen needed: the higher of the two windows in which it lies.

    A mean over a window hides how high the load went within it, and a missing replica is worse than an idle one.
    """
    before = np.concatenate(([learned.load], loads[:-1]))
    return np.maximum(_whole(np.maximum(before, loads) / learned.terms.target, learned.terms), 1.0)


def _summed(shape: _Shape, terms: Terms, needs: _Floats, demanded: _Floats) -> tuple[_Doubles, _Doubles, _Doubles]:
    """Of every rule, the faded sums of what was paid for, what was missing, and what was changed."""
    ticks = len(demanded)
    weights = _fading(ticks, terms, PRICED_HALF_LIFE).astype(np.float32)
    start = shape.tail_ticks - terms.sight_ticks
    paid, missing, changes = [], [], []
    held, width = needs, 1
    for window in shape.windows:
        held, width = _extremes(held, window - width + 1, np.maximum), window
        serving = _extremes(held, terms.start_ticks + 1, np.minimum)[:, start : start + ticks]
        wanted = held[:, start : start + ticks]
        short = np.maximum(demanded - serving, 0.0)
        paid.append(wanted @ weights)
        missing.append(_weighed(short) @ weights)
        changes.append(np.abs(wanted - held[:, start - 1 : start - 1 + ticks]) @ weights)
    return _by_rule(paid), _by_rule(missing), _by_rule(changes)


def _weighed(short: _Floats) -> _Floats:
    """Missing replicas to the power of 5/4: one missing is one, sixteen at once are two times sixteen.

    A service that is short of one replica is busier; one that is short of most of them drops requests.
    """
    weighed: _Floats = short * np.sqrt(np.sqrt(short))
    return weighed


def _extremes(rows: _Floats, width: int, extreme: np.ufunc) -> _Floats:
    """The largest or smallest of the last ``width`` values, itself included; of fewer at the beginning."""
    reached = 1
    while reached < width:
        step = min(reached, width - reached)
        wider = np.empty_like(rows)
        wider[:, :step] = rows[:, :step]
        extreme(rows[:, step:], rows[:, :-step], out=wider[:, step:])
        rows, reached = wider, reached + step
    return rows


def _by_rule(by_window: Sequence[_Floats]) -> _Doubles:
    """From one row per window to the order of the rules, in which windows change fastest."""
    return np.stack(by_window, axis=1).reshape(-1).astype(np.float64)


def _added(known: tuple[float, ...], kept: float, fresh: _Doubles) -> tuple[float, ...]:
    return tuple((np.array(known) * kept + fresh).tolist())


def _doubles(content: bytes, rows: int) -> _Doubles:
    return np.frombuffer(content, dtype=np.float64).reshape(rows, -1)


def _floats(content: bytes, rows: int) -> _Floats:
    return np.frombuffer(content, dtype=np.float32).reshape(rows, -1)
