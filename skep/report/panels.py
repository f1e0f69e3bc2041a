"""What figures over time have in common: colours, tidy axes, and names at the place of what they name."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

__all__ = [
    "CAPACITY",
    "FAILED",
    "GRID",
    "INK",
    "LOAD",
    "PALE_INK",
    "RUNNING",
    "name_lines",
    "name_panel",
    "tidy",
]

INK = "#22303c"
PALE_INK = "#7b8794"
GRID = "#e6e9ed"
LOAD = "#2f6fb2"
CAPACITY = "#d98a1f"
RUNNING = "#3c9a6b"
FAILED = "#c6362f"


def tidy(axes: Axes) -> None:
    """Only what helps to read: pale horizontal lines, and no frame."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(PALE_INK)
    axes.grid(axis="y", color=GRID, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=8, labelsize=12, labelcolor=PALE_INK)


def name_panel(axes: Axes, name: str) -> None:
    """Write what a panel shows above its left corner."""
    axes.annotate(
        name,
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 4),
        textcoords="offset points",
        fontsize=14,
        fontweight="bold",
        color=INK,
    )


def name_lines(axes: Axes, end: Any, lines: Sequence[tuple[float, str, str]]) -> None:  # noqa: ANN401 - matplotlib's own
    """Write each line's name at its end, the higher one above, a little apart where they meet.

    Args:
        axes: with its final limits.
        end: where the lines end on the axis of time.
        lines: two of them, each with its last value, its name and its colour.
    """
    least_gap = axes.get_ylim()[1] * 0.12
    (low, *low_words), (high, *high_words) = sorted(lines, key=lambda line: line[0])
    apart = max(least_gap - (high - low), 0.0)
    low_at = max(low - apart / 2, least_gap / 4)
    for height, (words, color) in ((low_at, low_words), (max(high, low_at + least_gap), high_words)):
        axes.annotate(
            str(words),
            (end, height),
            xytext=(10, 0),
            textcoords="offset points",
            va="center",
            fontsize=13,
            color=str(color),
            annotation_clip=False,
        )
