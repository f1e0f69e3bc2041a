"""What is missing against what it costs, for every policy: the fewer the better, to the left and down."""

from collections.abc import Sequence
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab.evaluation.findings import Average
from skep.core.foresight.contenders import ORACLE
from skep.core.foresight.contenders.ablations import ablations

__all__ = ["png"]

_INK = "#22303c"
_PALE_INK = "#7b8794"
_OURS = "#2f6fb2"
_THEIRS = "#d98a1f"
_DEAREST = 1.5


def png(means: Sequence[Average]) -> bytes:
    """A PNG of 1400 x 600 pixels: time with replicas missing, and dropped requests, against replica-hours."""
    parts = {ORACLE.name, *(each.name for each in ablations())}
    shown = [mean for mean in means if mean.policy not in parts and mean.relative_hours <= _DEAREST]
    figure = Figure(figsize=(14, 6), dpi=100, facecolor="white")
    left, right = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.06, right=0.98, top=0.92, bottom=0.1, wspace=0.16)
    _draw(left, shown, [mean.short * 100 for mean in shown], "time with replicas missing (τU, %)")
    _draw(right, shown, [mean.dropped * 100 for mean in shown], "requests dropped (%)")
    right.set_yscale("log")
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": "skep"})
    return picture.getvalue()


def _draw(axes: Axes, means: Sequence[Average], values: Sequence[float], title: str) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_title(title, loc="left", fontsize=13, color=_INK)
    axes.set_xlabel("replica-hours in proportion to the oracle", fontsize=11, color=_INK)
    axes.tick_params(labelsize=10, labelcolor=_PALE_INK)
    points = sorted(zip(means, values, strict=True), key=lambda point: point[0].relative_hours)
    ours = [(mean.relative_hours, value) for mean, value in points if mean.policy.startswith("replay")]
    axes.plot(*zip(*ours, strict=True), "o-", color=_OURS, linewidth=2, markersize=5)
    for mean, value in points:
        is_ours = mean.policy.startswith("replay")
        if not is_ours:
            axes.plot(mean.relative_hours, value, "s", color=_THEIRS, markersize=6)
        axes.annotate(
            mean.policy,
            (mean.relative_hours, value),
            xytext=(6, 4),
            textcoords="offset points",
            fontsize=9,
            color=_OURS if is_ours else _INK,
        )
