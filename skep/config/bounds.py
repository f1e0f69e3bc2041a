"""How few and how many replicas, always and at certain times: ``skep.min``, ``skep.max``, ``skep.schedule.<name>``."""

import re
from collections.abc import Iterator
from functools import partial

from skep.config.problem import LabelSheet
from skep.config.schedule import read_schedule
from skep.config.units import UnitError, read_count
from skep.core.bounds import Bounds
from skep.core.schedule import Schedule

__all__ = ["SCHEDULE_PREFIX", "read_bounds", "read_max", "read_schedule_name", "read_schedules"]

SCHEDULE_PREFIX = "skep.schedule."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def read_bounds(sheet: LabelSheet) -> Bounds:
    """The bounds; whatever stands for wrong ones is never used, since nothing is with a problem."""
    fewest = sheet.read("skep.min", read_count)
    if fewest is None:
        fewest = 1
    most = sheet.require("skep.max", read_max, expected="the most replicas it may have", example="20")
    if most is not None and most < fewest:
        sheet.object_to("skep.max", expected=f"no less than skep.min, which is {fewest}", example=f"{fewest}")
    return Bounds(min_replicas=fewest, max_replicas=max(fewest, most or 1))


def read_max(text: str) -> int:
    """Read the most replicas a service may have, at least one.

    Raises:
        UnitError: anything else.
    """
    return read_count(text, least=1)


def read_schedule_name(text: str) -> str:
    """Read what an operator calls a schedule.

    Raises:
        UnitError: anything but letters, digits, - and _.
    """
    if not _NAME.fullmatch(text):
        raise UnitError(text, "a schedule's name of at most 40 letters, digits, - and _", "office")
    return text


def read_schedules(sheet: LabelSheet, bounds: Bounds) -> tuple[Schedule, ...]:
    """Bounds for certain times that are right, in the order of the labels."""
    schedules = tuple(_schedules(sheet))
    most = max([bounds.max_replicas, *(s.max_replicas for s in schedules if s.max_replicas is not None)])
    for schedule in schedules:
        if schedule.min_replicas is not None and schedule.min_replicas > most:
            expected = f"a min= of at most {most}, since no max is greater, or a max= beside it"
            sheet.object_to(f"{SCHEDULE_PREFIX}{schedule.name}", expected=expected, example=_EXAMPLE)
    return schedules


_EXAMPLE = "Mon-Fri 08:00-18:00 Europe/Berlin min=5 max=30"


def _schedules(sheet: LabelSheet) -> Iterator[Schedule]:
    for label in [label for label in sheet.labels if label.startswith(SCHEDULE_PREFIX)]:
        name = label.removeprefix(SCHEDULE_PREFIX)
        try:
            schedule = sheet.read(label, partial(read_schedule, read_schedule_name(name)))
        except UnitError as error:
            sheet.object_to(label, expected=error.expected, example=f"{SCHEDULE_PREFIX}{error.example}")
            continue
        if schedule is not None:
            yield schedule
