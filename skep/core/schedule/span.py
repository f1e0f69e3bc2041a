"""Spans of time, and what they come to together: runs without a pause."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Run", "Span", "runs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time from ``start`` until just before ``end``; empty where they are the same."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The time from ``start`` until just before ``end``; ``None`` where no end is in sight."""

    start: datetime
    end: datetime | None


def runs(spans: Iterable[Span]) -> Iterator[Run]:
    """Join spans, given in the order of their starts, that overlap or touch.

    The last run has no end: where the spans stop is how far somebody looked, not where something ends.
    """
    run: Span | None = None
    for span in spans:
        if span.start == span.end:
            continue
        if run is None or span.start > run.end:
            if run is not None:
                yield Run(start=run.start, end=run.end)
            run = span
        elif span.end > run.end:
            run = Span(start=run.start, end=span.end)
    if run is not None:
        yield Run(start=run.start, end=None)
