"""The drawing of a chronicle; it needs matplotlib."""

import math
from collections.abc import Sequence
from datetime import datetime, tzinfo
from io import BytesIO
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from skep.core.action import AUTOSCALER
from skep.core.chronicle import Chronicle, Happening, Moment
from skep.core.policy import Unit
from skep.report.clock_ticks import clock_ticks
from skep.report.panels import CAPACITY, FAILED, INK, LOAD, PALE_INK, RUNNING, name_lines, name_panel, tidy

__all__ = ["png"]

_SIZE_INCHES = (16, 10)
_DOTS_PER_INCH = 100
_BY_PEOPLE = "#9b3fa5"
_MARGIN_TOP = 1.18
#: Marks stand on levels above the replicas; more of them than this are strokes without words.
_MARK_LEVELS = 4
_LEVEL_HEIGHT = 0.09
_MOST_WORDS = 40
_CROWDED = 0.05
_LINES = (LOAD, RUNNING, FAILED, INK)


def png(told: Chronicle, *, title: str, subtitle: str, zone: tzinfo | None) -> bytes:
    """The chronicle as a PNG; see :func:`skep.report.chronicle_chart.draw_chronicle`."""
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DOTS_PER_INCH, facecolor="white")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    figure.subplots_adjust(left=0.07, right=0.88, top=0.83, bottom=0.08, hspace=0.18)
    figure.text(0.07, 0.945, title, fontsize=22, fontweight="bold", color=INK)
    figure.text(0.07, 0.9, subtitle, fontsize=14, color=PALE_INK)
    for axes in (above, below):
        tidy(axes)
        axes.set_xlim(0, max(_s(told.until, told), 1.0))
    ticks = clock_ticks(told.since, told.until, zone)
    below.set_xticks([_s(at, told) for at, _ in ticks], [words for _, words in ticks])
    _draw_load(above, told)
    _draw_replicas(below, told)
    _draw_marks(below, told)
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": "skep"})
    return picture.getvalue()


def _s(at: datetime, told: Chronicle) -> float:
    """An instant on the axis of time: seconds from its beginning."""
    return (at - told.since).total_seconds()


# --- load --------------------------------------------------------------------------------------------------------


def _draw_load(axes: Axes, told: Chronicle) -> None:
    """One metric in its own unit beside its target; several as shares of their targets."""
    names = list(dict.fromkeys(measured.metric for moment in told.moments for measured in moment.metrics))
    if len(names) == 1:
        _draw_metric(axes, told, names[0])
    else:
        _draw_metrics(axes, told, names)


def _draw_metric(axes: Axes, told: Chronicle, name: str) -> None:
    seconds = [_s(moment.at, told) for moment in told.moments]
    measured = [_of(moment, name) for moment in told.moments]
    values = [math.nan if one is None or one.value is None else one.value for one in measured]
    targets = [math.nan if one is None else one.target_value for one in measured]
    unit = next(one.unit for one in measured if one is not None)
    axes.set_ylim(0, _highest((*values, *targets)) * _MARGIN_TOP)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: unit.text(value)))
    over = [value > target for value, target in zip(values, targets, strict=True)]
    axes.fill_between(seconds, values, color=LOAD, alpha=0.12, linewidth=0)
    axes.fill_between(seconds, values, targets, where=over, interpolate=True, color=FAILED, alpha=0.22, linewidth=0)
    axes.plot(seconds, values, color=LOAD, linewidth=2)
    axes.plot(seconds, targets, color=CAPACITY, linewidth=2, drawstyle="steps-post")
    name_panel(axes, f"{name}, per replica")
    _name_ends(axes, told, [(values, "load", LOAD), (targets, "target", CAPACITY)])


def _draw_metrics(axes: Axes, told: Chronicle, names: Sequence[str]) -> None:
    seconds = [_s(moment.at, told) for moment in told.moments]
    shares = {name: [_share(moment, name) for moment in told.moments] for name in names}
    axes.set_ylim(0, _highest((1.0, *(share for each in shares.values() for share in each))) * _MARGIN_TOP)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: Unit.RATIO.text(value)))
    axes.axhline(1.0, color=CAPACITY, linewidth=2)
    for number, (name, values) in enumerate(shares.items()):
        axes.plot(seconds, values, color=_LINES[number % len(_LINES)], linewidth=2, label=name)
    name_panel(axes, "Load, as a share of each metric's target" if names else "No metric was measured")
    if names:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=12)


def _of(moment: Moment, name: str) -> Any:  # noqa: ANN401 - a Measured or nothing
    return next((measured for measured in moment.metrics if measured.metric == name), None)


def _share(moment: Moment, name: str) -> float:
    one = _of(moment, name)
    return math.nan if one is None or one.value is None or one.target_value <= 0 else one.value / one.target_value


def _highest(values: Sequence[float]) -> float:
    return max((value for value in values if math.isfinite(value)), default=0.0) or 1.0


def _name_ends(axes: Axes, told: Chronicle, lines: Sequence[tuple[Sequence[float], str, str]]) -> None:
    """Name two lines where they end; one that ends in a gap is named where it was last seen."""
    ends = [
        (next((v for v in reversed(values) if math.isfinite(v)), 0.0), name, color) for values, name, color in lines
    ]
    name_lines(axes, _s(told.until, told), ends)


# --- replicas ----------------------------------------------------------------------------------------------------


def _draw_replicas(axes: Axes, told: Chronicle) -> None:
    moments = told.moments
    seconds = [*(_s(moment.at, told) for moment in moments), _s(told.until, told)]
    goal = [float(moment.goal) for moment in (*moments, moments[-1])]
    running = [float(moment.running) for moment in (*moments, moments[-1])]
    highest = _highest((*goal, *running))
    axes.set_ylim(0, highest * (1 + _LEVEL_HEIGHT * (_MARK_LEVELS + 1)))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.fill_between(seconds, running, step="post", color=RUNNING, alpha=0.3, linewidth=0)
    axes.plot(seconds, running, color=RUNNING, linewidth=2, drawstyle="steps-post")
    axes.plot(seconds, goal, color=INK, linewidth=2, linestyle=(0, (4, 2)), drawstyle="steps-post")
    for which in ("min_replicas", "max_replicas"):
        bounds = [math.nan if m.bounds is None else float(getattr(m.bounds, which)) for m in (*moments, moments[-1])]
        axes.plot(seconds, bounds, color=PALE_INK, linewidth=1, linestyle=":", drawstyle="steps-post")
    name_panel(axes, "Replicas")
    _name_ends(axes, told, [(goal, "goal", INK), (running, "running", RUNNING)])


def _draw_marks(axes: Axes, told: Chronicle) -> None:
    """Point at each change from above; what people did has a colour of its own, and their names."""
    changes = [each for each in told.happenings if each.replicas_before != each.replicas_after]
    ceiling = axes.get_ylim()[1]
    length = max(_s(told.until, told), 1.0)
    previous, level = float("-inf"), 0
    for change in changes:
        second = _s(change.at, told)
        color = PALE_INK if change.actor == AUTOSCALER else _BY_PEOPLE
        axes.plot([second, second], [0, ceiling], color=color, linewidth=0.8, linestyle=":")
        if len(changes) > _MOST_WORDS:
            continue
        level = (level + 1) % _MARK_LEVELS if second - previous < _CROWDED * length else 0
        axes.annotate(
            _words(change),
            (second, ceiling * (1 - _LEVEL_HEIGHT * level)),
            xytext=(3, 0),
            textcoords="offset points",
            va="top",
            fontsize=10,
            color=INK if change.actor == AUTOSCALER else color,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
        previous = second


def _words(change: Happening) -> str:
    counts = f"{change.replicas_before} → {change.replicas_after}"
    return counts if change.actor == AUTOSCALER else f"{counts} {change.actor[:20]}"
