"""A board with the answers to its statements, drawn: what Chronograf or Grafana would show of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from skep.report.dashboards.board import COLUMNS, Board, Cell, Kind, Unit

__all__ = ["Answered", "board_png", "words_of_time"]

_DOTS_PER_INCH = 100
_COLUMN_INCHES, _ROW_INCHES = 1.5, 0.72
_TITLE_INCHES = 0.9

_INK = "#22303c"
_PALE_INK = "#7b8794"
_GRID = "#e6e9ed"
_LINES = ("#2f6fb2", "#d98a1f", "#3c9a6b", "#8e5bb5", "#c6362f", "#4aa3a2", "#8a7f3f", "#b5577f", "#5c6670", "#6d9eeb")

_MOST_NAMES = 6
_LONGEST_NAME = 34
_MOST_ROWS = 8
_TEXT_INCHES = 0.082
_UNITS = {
    Unit.COUNT: "",
    Unit.CORES: "cores",
    Unit.PERCENT: "%",
    Unit.PER_SECOND: "per second",
    Unit.BYTES_PER_SECOND: "bytes per second",
    Unit.MILLISECONDS: "ms",
    Unit.SECONDS: "s",
}
_IN_BRACES = re.compile(r"\{([^}]+)\}")
Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One series of InfluxDB's answer to a statement.

    Attributes:
        columns: names; the first is ``time``, in seconds since 1970.
        rows: as many values each; `None` where a step has none.
    """

    tags: Mapping[str, str]
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def words_of_time(*, begin: datetime, end: datetime, every_s: int) -> dict[str, str]:
    """What stands for ``{time}`` and ``{every}`` in a statement."""
    time = f"time >= {int(begin.timestamp())}s and time <= {int(end.timestamp())}s"
    return {"time": time, "every": f"{every_s}s"}


def board_png(
    board: Board,
    answers: Sequence[Sequence[Sequence[Answered]]],
    *,
    begin: datetime,
    end: datetime,
) -> bytes:
    """The whole board as a PNG, its cells where programs put them.

    Args:
        board: what is shown.
        answers: for each cell, for each of its statements, the series that were found; a cell without any says so.
        begin: where the axes of time begin.
        end: where they end.
    """
    rows = max(cell.y + cell.height for cell in board.cells)
    width, height = COLUMNS * _COLUMN_INCHES, rows * _ROW_INCHES + _TITLE_INCHES
    figure = Figure(figsize=(width, height), dpi=_DOTS_PER_INCH, facecolor="white")
    figure.text(0.25 / width, 1 - 0.55 / height, board.title, fontsize=20, fontweight="bold", color=_INK)
    span = f"{begin:%Y-%m-%d %H:%M:%S} to {end:%H:%M:%S} UTC"
    figure.text(1 - 0.25 / width, 1 - 0.55 / height, span, fontsize=12, color=_PALE_INK, ha="right")
    for cell, answered in zip(board.cells, answers, strict=True):
        left = cell.x * _COLUMN_INCHES + 0.75
        bottom = (rows - cell.y - cell.height) * _ROW_INCHES + 0.42
        across, up = cell.width * _COLUMN_INCHES - 1.0, cell.height * _ROW_INCHES - 0.88
        if cell.kind in {Kind.NUMBER, Kind.TABLE}:
            left, across = left - 0.5, across + 0.7
        axes = figure.add_axes((left / width, bottom / height, across / width, max(up, 0.3) / height))
        axes.set_title(cell.name, loc="left", fontsize=12, fontweight="bold", color=_INK, pad=6)
        _draw(axes, cell, answered, begin=begin, end=end, width_inches=across)
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": "skep"})
    return picture.getvalue()


def _draw(
    axes: Axes,
    cell: Cell,
    answered: Sequence[Sequence[Answered]],
    *,
    begin: datetime,
    end: datetime,
    width_inches: float,
) -> None:
    if not any(series.rows for found in answered for series in found):
        _say(axes, "no data")
    elif cell.kind is Kind.NUMBER:
        _draw_number(axes, answered)
    elif cell.kind is Kind.TABLE:
        _draw_table(axes, answered, width_inches)
    else:
        _draw_lines(axes, cell, answered, begin=begin, end=end)


def _say(axes: Axes, text: str) -> None:
    axes.set_axis_off()
    axes.text(0.0, 0.5, text, transform=axes.transAxes, fontsize=12, color=_PALE_INK, va="center")


def _draw_number(axes: Axes, answered: Sequence[Sequence[Answered]]) -> None:
    """The last number of the first series, as a figure to read from afar."""
    values = [value for found in answered for series in found for row in series.rows for value in row[1:]]
    numbers = [value for value in values if isinstance(value, int | float)]
    axes.set_axis_off()
    text = f"{numbers[-1]:g}" if numbers else "no data"
    axes.text(0.0, 0.45, text, transform=axes.transAxes, fontsize=26, color=_LINES[0], va="center")


def _draw_table(axes: Axes, answered: Sequence[Sequence[Answered]], width_inches: float) -> None:
    """The newest rows, as text; a row that is too wide ends in an ellipsis."""
    axes.set_axis_off()
    rows = sorted((row for found in answered for series in found for row in series.rows), key=_instant, reverse=True)
    room = int(width_inches / _TEXT_INCHES)
    for place, row in enumerate(rows[:_MOST_ROWS]):
        when = datetime.fromtimestamp(_instant(row), tz=UTC)
        words = "  ".join(str(value) for value in row[1:] if value is not None)
        line = _shortened(f"{when:%H:%M:%S}  {words}", room)
        axes.text(
            0.0, 1.0 - (place + 0.5) / _MOST_ROWS, line, transform=axes.transAxes, fontsize=9.5, color=_INK,
            va="center", family="monospace",
        )  # fmt: skip


def _draw_lines(
    axes: Axes, cell: Cell, answered: Sequence[Sequence[Answered]], *, begin: datetime, end: datetime
) -> None:
    drawn = 0
    for statement, found in zip(cell.statements, answered, strict=True):
        for series in found:
            for column in range(1, len(series.columns)):
                points = [(row[0], row[column]) for row in series.rows if isinstance(row[column], int | float)]
                if not points:
                    continue
                at = [datetime.fromtimestamp(float(str(second)), tz=UTC) for second, _ in points]
                values = [float(str(value)) for _, value in points]
                axes.plot(
                    at,  # type: ignore[arg-type]  # matplotlib takes instants, its stubs do not say so
                    values,
                    color=_LINES[drawn % len(_LINES)],
                    linewidth=1.6,
                    marker="o" if len(points) == 1 else None,
                    drawstyle="steps-post" if cell.kind is Kind.STEPS else "default",
                    label=_shortened(_name(statement.alias, series, column), _LONGEST_NAME)
                    if drawn < _MOST_NAMES
                    else None,
                )
                drawn += 1
    _tidy(axes, cell)
    axes.set_xlim(begin, end)  # type: ignore[arg-type]  # as above
    if drawn:
        axes.legend(loc="upper left", fontsize=7.5, frameon=False, ncols=2, labelcolor=_INK, borderaxespad=0.1)
    if drawn > _MOST_NAMES:
        axes.annotate(
            f"and {drawn - _MOST_NAMES} more", (1, 1), xycoords="axes fraction", ha="right", va="top", fontsize=7.5,
            color=_PALE_INK,
        )  # fmt: skip


def _name(alias: str, series: Answered, column: int) -> str:
    """A line's name: the alias with the tags of its series; where there is none, the tags themselves."""
    words = {**series.tags, "col": series.columns[column]}
    if alias:
        return _IN_BRACES.sub(lambda tag: words.get(tag[1], "?"), alias)
    return " ".join(series.tags.values()) or series.columns[column]


def _tidy(axes: Axes, cell: Cell) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_PALE_INK)
    axes.grid(axis="y", color=_GRID, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=4, labelsize=8, labelcolor=_PALE_INK)
    low, high = axes.dataLim.intervaly
    # Room above for the names of the lines.
    axes.set_ylim(min(low, 0), high * 1.45 if high > 0 else 1)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=cell.unit is Unit.COUNT))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.xaxis.set_major_locator(AutoDateLocator(maxticks=5))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M"))  # type: ignore[no-untyped-call]
    if _UNITS[cell.unit]:
        axes.set_title(_UNITS[cell.unit], loc="right", fontsize=8.5, color=_PALE_INK, pad=6)


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _instant(row: Sequence[Value]) -> float:
    return float(str(row[0]))


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
