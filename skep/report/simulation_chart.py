"""Load, capacity and replicas of simulated policies over time: as a picture, or as a page with the table beside it."""

import base64
import html
from dataclasses import dataclass
from datetime import timedelta

from skep.core.foresight.comparison import Comparison, Outcome
from skep.core.foresight.course import Course
from skep.report.comparison_table import comparison_table, heading, legend

__all__ = ["Stretch", "draw_simulation", "most_telling_day", "page", "stretch"]

_DAY = timedelta(days=1)
_PAGE_WIDTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a course in no more columns than can be told apart: each shows the moment of its highest load.

    Attributes:
        hours: when each column begins, counted from the first that is scored.
        load_rps: the load at that moment.
        demanded: what it needed.
        serving: of each policy, the replicas that served it.
    """

    hours: tuple[float, ...]
    load_rps: tuple[float, ...]
    demanded: tuple[int, ...]
    serving: tuple[tuple[int, ...], ...]


def stretch(course: Course, outcomes: tuple[Outcome, ...], *, slots: range, columns: int = 1500) -> Stretch:
    """A part of the course, gathered into columns.

    Args:
        course: what came.
        outcomes: the policies to show.
        slots: which part, at least one slot long.
        columns: the most there may be.
    """
    width = -(-len(slots) // columns)
    starts = range(slots.start, slots.stop, width)
    busiest = [
        max(range(start, min(start + width, slots.stop)), key=lambda slot: course.rates_rps[slot]) for start in starts
    ]
    interval_h = course.model.interval / timedelta(hours=1)
    return Stretch(
        hours=tuple((start - course.scored_from) * interval_h for start in starts),
        load_rps=tuple(course.rates_rps[slot] for slot in busiest),
        demanded=tuple(course.demanded[slot] for slot in busiest),
        serving=tuple(tuple(outcome.supply.serving[slot] for slot in busiest) for outcome in outcomes),
    )


def most_telling_day(course: Course, outcomes: tuple[Outcome, ...]) -> range:
    """The slots of the day on which the policies were short of most replicas; the busiest where none was."""
    per_day = _DAY // course.model.interval
    starts = range(course.scored_from, max(len(course.demanded) - per_day, course.scored_from) + 1, per_day)

    def shortage(start: int) -> tuple[int, float]:
        slots = slice(start, start + per_day)
        missing = sum(
            max(demand - serving, 0)
            for outcome in outcomes
            for demand, serving in zip(course.demanded[slots], outcome.supply.serving[slots], strict=True)
        )
        return missing, max(course.rates_rps[slots])

    start = max(starts, key=shortage)
    return range(start, min(start + per_day, len(course.demanded)))


def draw_simulation(comparison: Comparison, names: tuple[str, ...]) -> bytes:
    """Draw policies as a PNG of 1600 x 1200 pixels: the whole time on the left, the most telling day on the right.

    Args:
        comparison: what was found.
        names: the policies to show, the first of them the most important.

    Raises:
        ModuleNotFoundError: matplotlib is not installed (the extra ``charts`` brings it).
    """
    from skep.report.simulation_figure import png  # noqa: PLC0415 - matplotlib is an extra, and slow to import

    course = comparison.course
    outcomes = tuple(comparison.outcome(name) for name in names)
    whole = stretch(course, outcomes, slots=range(course.scored_from, len(course.demanded)))
    day = stretch(course, outcomes, slots=most_telling_day(course, outcomes))
    return png(whole, day, names=names, model=course.model, title=course.name, subtitle=heading(comparison))


def page(comparison: Comparison, names: tuple[str, ...]) -> str:
    """A page that needs nothing beside it: the picture, the table, and what its titles mean.

    Raises:
        ModuleNotFoundError: as for :func:`draw_simulation`.
    """
    picture = base64.b64encode(draw_simulation(comparison, names)).decode()
    table = html.escape(comparison_table(comparison, width=_PAGE_WIDTH).plain)
    title = html.escape(comparison.course.name)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        "<style>body{font-family:sans-serif;margin:2em;color:#22303c}"
        "pre{overflow-x:auto;font-size:13px;line-height:1.5}img{max-width:100%}</style></head>\n"
        f"<body><h1>{title}</h1><p>{html.escape(heading(comparison))}</p>\n"
        f'<img alt="load, capacity and replicas over time" src="data:image/png;base64,{picture}">\n'
        f"<pre>{table}</pre>\n<pre>{html.escape(legend)}</pre></body></html>\n"
    )
