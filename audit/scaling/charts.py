"""Replicas and load over time, drawn as SVG in the colours of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from audit.scaling.html import Html, joined, tag
from skep.core.record import Entry, EntryKind
from skep.core.strategies.proposal import Proposal

__all__ = ["chart", "leading", "load_sparkline", "sparkline"]

_SPARK_WIDTH, _SPARK_HEIGHT = 120, 26
_WIDTH, _HEIGHT = 900, 150
_MARGIN = 6
_PARTS = 4
_SHORT = timedelta(minutes=20)
_CHANGES = frozenset({EntryKind.CHANGED, EntryKind.OUTSIDE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What the picture covers, and how large it is."""

    start: datetime
    end: datetime
    top: float
    width: int
    height: int

    def x(self, at: datetime) -> float:
        whole_s = max((self.end - self.start).total_seconds(), 1.0)
        return round((at - self.start).total_seconds() / whole_s * self.width, 1)

    def y(self, value: float) -> float:
        return round(self.height - _MARGIN - value / max(self.top, 1e-9) * (self.height - 2 * _MARGIN), 1)


def sparkline(entries: Sequence[Entry], *, start: datetime, end: datetime) -> Html:
    """The replicas of one service in a cell; ``entries`` are the newest first. What is young fills the width."""
    points = [(entry.at, float(entry.replicas_after)) for entry in reversed(entries)]
    if not points:
        return tag("span", "no record yet", class_="quiet")
    return _picture(
        _frame(points, max(start, points[0][0]), end, _SPARK_WIDTH, _SPARK_HEIGHT),
        [("replicas", points)],
        label=f"replicas over 24 hours: {min(v for _, v in points):.0f} to {max(v for _, v in points):.0f}",
        class_="spark",
    )


def load_sparkline(entries: Sequence[Entry], *, start: datetime, end: datetime) -> Html:
    """The load that asked for most, and its target dashed; nothing where none was measured. The newest come first."""
    told = _measured(list(reversed(entries)))
    load = [(at, proposal.value) for at, proposal in told if proposal.value is not None]
    if not load:
        return Html("")
    target, unit = [(at, proposal.target_value) for at, proposal in told], told[-1][1].unit
    low, high = min(value for _, value in load), max(value for _, value in load)
    return _picture(
        _frame([*load, *target], max(start, entries[-1].at), end, _SPARK_WIDTH, _SPARK_HEIGHT),
        [("load", load), ("target", target)],
        label=f"{told[-1][1].metric} over 24 hours: {unit.text(low)} to {unit.text(high)}",
        class_="spark",
    )


def chart(entries: Sequence[Entry], *, start: datetime, end: datetime) -> Html:
    """Load against its target, and replicas with each change; ``entries`` are the newest first.

    What is younger than ``start`` fills the width.
    """
    oldest_first = list(reversed(entries))
    replicas = [(entry.at, float(entry.replicas_after)) for entry in oldest_first if entry.kind is not EntryKind.NODE]
    if not replicas:
        return tag("p", "Nothing was recorded in this time.", class_="quiet")
    start = max(start, oldest_first[0].at)
    return joined(
        _load_chart(oldest_first, start, end),
        tag("h3", f"Replicas, with every change; the chart reaches from 0 to {max(v for _, v in replicas):.0f}"),
        _picture(
            _frame(replicas, start, end, _WIDTH, _HEIGHT),
            [("replicas", replicas)],
            label=f"replicas from {replicas[0][1]:.0f} to {replicas[-1][1]:.0f}",
            marks=[e for e in oldest_first if e.kind in _CHANGES and e.replicas_before != e.replicas_after],
        ),
        _axis(start, end),
    )


def leading(proposals: Sequence[Proposal]) -> Proposal | None:
    """The metric that asks for most, else the first one."""
    return max(proposals, key=lambda each: -1 if each.replicas is None else each.replicas, default=None)


def _load_chart(entries: Sequence[Entry], start: datetime, end: datetime) -> Html:
    same = _measured(entries)
    if not same:
        return Html("")
    metric, unit = same[-1][1].metric, same[-1][1].unit
    load = [(at, p.value) for at, p in same if p.value is not None]
    target = [(at, p.target_value) for at, p in same]
    newest = unit.text(load[-1][1]) if load else "no value"
    return joined(
        tag(
            "h3",
            f"{metric} per replica: {newest}, target {unit.text(target[-1][1])} (dashed); "
            f"the chart reaches from 0 to {unit.text(max(value for _, value in (*load, *target)))}",
        ),
        _picture(
            _frame([*load, *target], start, end, _WIDTH, _HEIGHT),
            [("load", load), ("target", target)],
            label=f"{metric} per replica against its target",
        ),
    )


def _axis(start: datetime, end: datetime) -> Html:
    """When it was, below both pictures."""
    part = (end - start) / _PARTS
    length = end - start
    form = "%H:%M:%S" if length < _SHORT else "%H:%M" if length <= timedelta(days=1) else "%d %b %H:%M"
    return tag("p", *[tag("span", f"{start + number * part:{form}}") for number in range(_PARTS + 1)], class_="axis")


def _measured(oldest_first: Sequence[Entry]) -> list[tuple[datetime, Proposal]]:
    """What the metric that leads at the end came to."""
    told = [
        (entry.at, proposal)
        for entry in oldest_first
        if entry.decision is not None and (proposal := leading(entry.decision.proposals)) is not None
    ]
    return [(at, each) for at, each in told if (each.metric, each.unit) == (told[-1][1].metric, told[-1][1].unit)]


def _frame(points: Sequence[tuple[datetime, float]], start: datetime, end: datetime, width: int, height: int) -> _Frame:
    return _Frame(
        start=start, end=end, top=max([value for _, value in points], default=1.0), width=width, height=height
    )


def _picture(
    frame: _Frame,
    lines: Sequence[tuple[str, Sequence[tuple[datetime, float]]]],
    *,
    label: str,
    marks: Sequence[Entry] = (),
    class_: str = "chart",
) -> Html:
    drawn = [tag("polyline", points=_steps(frame, points), class_=name) for name, points in lines if points]
    drawn += [
        # A line without length has round ends, however the picture is stretched; a circle would not stay round.
        tag(
            "path",
            tag("title", entry.sentence),
            d=f"M{frame.x(entry.at)} {frame.y(entry.replicas_after)}h0.01",
            class_="grew" if entry.replicas_after > entry.replicas_before else "shrank",
        )
        for entry in marks
    ]
    return tag(
        "svg",
        tag("title", label),
        *drawn,
        role="img",
        aria_label=label,
        viewBox=f"0 0 {frame.width} {frame.height}",
        class_=class_,
        preserveAspectRatio="none",
    )


def _steps(frame: _Frame, points: Sequence[tuple[datetime, float]]) -> str:
    """A line that stays until the next point, and to the end."""
    corners: list[str] = []
    for index, (at, value) in enumerate(points):
        until = points[index + 1][0] if index + 1 < len(points) else frame.end
        corners += [f"{frame.x(at)},{frame.y(value)}", f"{frame.x(until)},{frame.y(value)}"]
    return " ".join(corners)
