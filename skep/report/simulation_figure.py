"""The drawing of a simulation; it knows matplotlib."""

import math
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from skep.core.foresight.model import ServiceModel
from skep.report.simulation_chart import Stretch

__all__ = ["png"]

_SIZE_INCHES = (16, 12)
_DOTS_PER_INCH = 100

_INK = "#22303c"
_PALE_INK = "#7b8794"
_GRID = "#e6e9ed"
_LOAD = "#2f6fb2"
_SHORT = "#c6362f"
_POLICIES = ("#d98a1f", "#3c9a6b", "#8656a8")
_DAY_HOURS = 24
_STEPS_HOURS = (1, 2, 4, 24, 48, 96, 168, 336, 720, 2160)
_MOST_TICKS = 8


def png(
    whole: Stretch, day: Stretch, *, names: tuple[str, ...], model: ServiceModel, title: str, subtitle: str
) -> bytes:
    """The picture; see :func:`skep.report.simulation_chart.draw_simulation`."""
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DOTS_PER_INCH, facecolor="white")
    axes = figure.subplots(2, 2, sharex="col", sharey="row", width_ratios=(3, 2))
    figure.subplots_adjust(left=0.06, right=0.98, top=0.86, bottom=0.08, hspace=0.14, wspace=0.06)
    figure.text(0.06, 0.95, title, fontsize=22, fontweight="bold", color=_INK)
    figure.text(0.06, 0.915, subtitle, fontsize=12, color=_PALE_INK)
    for column, (part, words) in enumerate(((whole, "the whole time"), (day, "the day that was hardest"))):
        _tidy(axes[0][column], part)
        _tidy(axes[1][column], part)
        _draw_load(axes[0][column], part, names, model)
        _draw_replicas(axes[1][column], part, names)
        axes[0][column].set_title(words, loc="left", fontsize=13, color=_INK)
    axes[0][0].set_ylabel("requests per second", fontsize=12, color=_INK)
    axes[1][0].set_ylabel("replicas", fontsize=12, color=_INK)
    axes[0][0].legend(loc="upper left", fontsize=11, frameon=False, ncols=2)
    axes[1][0].legend(loc="upper left", fontsize=11, frameon=False, ncols=2)
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": "skep"})
    return picture.getvalue()


def _tidy(axes: Axes, part: Stretch) -> None:
    """Only what helps to read: pale horizontal lines, days or hours below."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_PALE_INK)
    axes.grid(axis="y", color=_GRID, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6, labelsize=11, labelcolor=_PALE_INK)
    first, last = part.hours[0], max(part.hours[-1], part.hours[0] + 1e-3)
    axes.set_xlim(first, last)
    axes.set_xticks(_ticks(first, last))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda hour, _: _when(hour, within_day=last - first <= _DAY_HOURS)))


def _ticks(first: float, last: float) -> list[float]:
    """Whole days, or whole hours of a day; about half a dozen."""
    step = next((step for step in _STEPS_HOURS if (last - first) / step <= _MOST_TICKS), _STEPS_HOURS[-1])
    return [step * number for number in range(math.ceil(first / step), int(last / step) + 1)]


def _when(hour: float, *, within_day: bool) -> str:
    """``day 3``, or ``14:00``."""
    return f"{int(hour % _DAY_HOURS):02d}:00" if within_day else f"day {hour / _DAY_HOURS:.0f}"


def _draw_load(axes: Axes, part: Stretch, names: tuple[str, ...], model: ServiceModel) -> None:
    axes.fill_between(part.hours, part.load_rps, color=_LOAD, alpha=0.18, linewidth=0)
    for name, color, serving in zip(names, _POLICIES, part.serving, strict=False):
        capacity = [replicas * model.capacity_rps for replicas in serving]
        axes.plot(part.hours, capacity, color=color, linewidth=1, drawstyle="steps-post", label=f"capacity, {name}")
    axes.plot(part.hours, part.load_rps, color=_LOAD, linewidth=1.2, label="load")
    first = [replicas * model.capacity_rps for replicas in part.serving[0]]
    is_over = [load > limit for load, limit in zip(part.load_rps, first, strict=True)]
    axes.fill_between(
        part.hours, part.load_rps, first, where=is_over, step="post", color=_SHORT, alpha=0.5, linewidth=0
    )
    axes.set_ylim(bottom=0)


def _draw_replicas(axes: Axes, part: Stretch, names: tuple[str, ...]) -> None:
    axes.plot(part.hours, part.demanded, color=_INK, linewidth=1, drawstyle="steps-post", label="needed", alpha=0.7)
    for name, color, serving in zip(names, _POLICIES, part.serving, strict=False):
        axes.plot(part.hours, serving, color=color, linewidth=1.2, drawstyle="steps-post", label=f"serving, {name}")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
