"""Load against replicas over time, as a picture for the end of a demo."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["LoadCourse", "ScalingMark", "draw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingMark:
    """A change to point at: ``text`` is a few characters such as ``3 → 7``."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCourse:
    """What was sampled while load came and went: columns of equal length, oldest first, at least two long.

    Attributes:
        at: the instants of the samples, ascending.
        requests_rps: requests per second that clients sent.
        capacity_rps: requests per second that the running replicas carry at their target.
        goal_replicas: the count in the spec.
        running_replicas: replicas that served.
        failed_requests: requests that failed since the sample before.
        marks: changes to point at; may lie anywhere in the time shown.
    """

    at: tuple[datetime, ...]
    requests_rps: tuple[float, ...]
    capacity_rps: tuple[float, ...]
    goal_replicas: tuple[int, ...]
    running_replicas: tuple[int, ...]
    failed_requests: tuple[int, ...]
    marks: tuple[ScalingMark, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            ValueError: columns of unequal length, or fewer than two samples.
        """
        columns = (
            self.requests_rps,
            self.capacity_rps,
            self.goal_replicas,
            self.running_replicas,
            self.failed_requests,
        )
        lengths = sorted({len(self.at), *(len(column) for column in columns)})
        if len(lengths) > 1:
            raise ValueError(f"all columns must be equally long, got lengths {lengths}")
        if len(self.at) < 2:  # noqa: PLR2004 - a line needs two ends
            raise ValueError(f"a chart needs at least two samples, got {len(self.at)}")


def draw(course: LoadCourse, *, title: str, subtitle: str = "") -> bytes:
    """Draw the course as a PNG of 1600 x 1000 pixels: load and capacity above, replicas below, on one axis of time.

    Args:
        course: what was sampled.
        title: a few words.
        subtitle: the result in one line.

    Raises:
        ModuleNotFoundError: matplotlib is not installed (the extra ``charts`` brings it).
    """
    from skep.report.load_figure import png  # noqa: PLC0415 - matplotlib is an extra, and slow to import

    return png(course, title=title, subtitle=subtitle)
