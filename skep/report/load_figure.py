"""The drawing itself: the only file that knows matplotlib."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from skep.report.load_chart import LoadCourse, ScalingMark
from skep.report.panels import CAPACITY, FAILED, INK, LOAD, PALE_INK, RUNNING, name_lines, name_panel, tidy

__all__ = ["png"]

_SIZE_INCHES = (16, 10)
_DOTS_PER_INCH = 100

#: Room to the right of the last sample for the names of the lines, and above the highest line.
_MARGIN_RIGHT = 1.13
_MARGIN_TOP = 1.18
#: Marks stand on levels above the replicas; one that is close to the mark before steps down.
_MARK_LEVELS = 3
_LEVEL_HEIGHT = 0.09
_CROWDED = 0.06


def png(course: LoadCourse, *, title: str, subtitle: str) -> bytes:
    """The course as a PNG; see :func:`skep.report.load_chart.draw`."""
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DOTS_PER_INCH, facecolor="white")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    figure.subplots_adjust(left=0.06, right=0.98, top=0.83, bottom=0.08, hspace=0.16)
    _write_titles(figure, title, subtitle)
    elapsed_s = _elapsed_s(course.at[0], course.at)
    for axes in (above, below):
        _tidy(axes, elapsed_s[-1])
    _draw_load(above, course, elapsed_s)
    _draw_failures(above, course, elapsed_s)
    _draw_replicas(below, course, elapsed_s)
    _draw_marks(below, course, elapsed_s)
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": "skep"})
    return picture.getvalue()


def _elapsed_s(start: datetime, instants: Sequence[datetime]) -> list[float]:
    return [(at - start).total_seconds() for at in instants]


def _write_titles(figure: Figure, title: str, subtitle: str) -> None:
    figure.text(0.06, 0.945, title, fontsize=22, fontweight="bold", color=INK)
    figure.text(0.06, 0.9, subtitle, fontsize=14, color=PALE_INK)


def _tidy(axes: Axes, end_s: float) -> None:
    """Minutes below."""
    tidy(axes)
    axes.set_xlim(0, max(end_s, 1.0) * _MARGIN_RIGHT)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 1.5, 3, 6, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda second, _: _minutes(second, end_s)))


def _minutes(second: float, end_s: float) -> str:
    """``2:30``; nothing beyond the last sample."""
    return f"{int(second) // 60}:{int(second) % 60:02d}" if second <= end_s else ""


def _draw_load(axes: Axes, course: LoadCourse, elapsed_s: list[float]) -> None:
    load, capacity = course.requests_rps, course.capacity_rps
    axes.set_ylim(0, max(*load, *capacity, 1.0) * _MARGIN_TOP)
    axes.fill_between(elapsed_s, load, color=LOAD, alpha=0.12, linewidth=0)
    _shade_excess(axes, elapsed_s, load, capacity)
    axes.plot(elapsed_s, load, color=LOAD, linewidth=2.5)
    axes.plot(elapsed_s, capacity, color=CAPACITY, linewidth=2, drawstyle="steps-post")
    name_panel(axes, "Requests per second")
    name_lines(axes, elapsed_s[-1], ((load[-1], "load", LOAD), (capacity[-1], "running replicas\nat target", CAPACITY)))


def _shade_excess(axes: Axes, elapsed_s: list[float], load: Sequence[float], capacity: Sequence[float]) -> None:
    """Shade where load lies above the capacity, which moves in steps: each sample stands on both sides of its step."""
    twice_s = [second for second in elapsed_s for _ in range(2)][1:]
    line = [requests for requests in load for _ in range(2)][1:]
    steps = [carried for carried in capacity for _ in range(2)][:-1]
    excess = [requests > carried for requests, carried in zip(line, steps, strict=True)]
    axes.fill_between(twice_s, line, steps, where=excess, interpolate=True, color=FAILED, alpha=0.22, linewidth=0)


def _draw_failures(axes: Axes, course: LoadCourse, elapsed_s: list[float]) -> None:
    """A red stroke on the floor for each sample with failures; the number in words, also when it is none."""
    failed = [second for second, count in zip(elapsed_s, course.failed_requests, strict=True) if count]
    axes.plot(failed, [0.0] * len(failed), "|", color=FAILED, markersize=18, markeredgewidth=2.5, clip_on=False)
    total = sum(course.failed_requests)
    words = "no failed requests" if total == 0 else f"{total} failed request{'s' if total > 1 else ''} (red strokes)"
    axes.annotate(
        words,
        (1, 1),
        xycoords="axes fraction",
        ha="right",
        va="top",
        fontsize=13,
        color=FAILED if total else PALE_INK,
    )


def _draw_replicas(axes: Axes, course: LoadCourse, elapsed_s: list[float]) -> None:
    goal, running = course.goal_replicas, course.running_replicas
    axes.set_ylim(0, max(*goal, *running, 1) * (1 + _LEVEL_HEIGHT * (_MARK_LEVELS + 1)))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.fill_between(elapsed_s, running, step="post", color=RUNNING, alpha=0.3, linewidth=0)
    axes.plot(elapsed_s, running, color=RUNNING, linewidth=2, drawstyle="steps-post")
    axes.plot(elapsed_s, goal, color=INK, linewidth=2, linestyle=(0, (4, 2)), drawstyle="steps-post")
    name_panel(axes, "Replicas")
    name_lines(axes, elapsed_s[-1], ((goal[-1], "goal", INK), (running[-1], "running", RUNNING)))


def _draw_marks(axes: Axes, course: LoadCourse, elapsed_s: list[float]) -> None:
    """Point at each change from above."""
    ceiling = axes.get_ylim()[1]
    previous_s, level = float("-inf"), 0
    for second, mark in zip(_elapsed_s(course.at[0], [m.at for m in course.marks]), course.marks, strict=True):
        is_crowded = second - previous_s < _CROWDED * elapsed_s[-1]
        level = (level + 1) % _MARK_LEVELS if is_crowded else 0
        _point_at(axes, second, ceiling * (1 - _LEVEL_HEIGHT * level), mark)
        previous_s = second


def _point_at(axes: Axes, second: float, height: float, mark: ScalingMark) -> None:
    axes.plot([second, second], [0, height], color=PALE_INK, linewidth=0.8, linestyle=":")
    axes.annotate(
        mark.text,
        (second, height),
        xytext=(3, 0),
        textcoords="offset points",
        va="top",
        fontsize=11,
        color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )
