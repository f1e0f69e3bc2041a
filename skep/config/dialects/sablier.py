"""Sablier: ``sablier.enable``, a count when idle and a count when woken by a request, hours in which to stay warm."""

import re

from skep.config.dialects.amounts import read_positive_count
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.switch import is_on
from skep.config.units import UnitError, read_count

__all__ = ["SABLIER"]

_ENABLE = "sablier.enable"
_IDLE = "sablier.idle.replicas"
_ACTIVE = "sablier.active.replicas"
_HOURS = "sablier.running-hours"
_DAYS = "sablier.running-days"
_RESOURCES = ("sablier.idle.", "sablier.active.")

_WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _write(draft: Draft) -> None:
    if not is_on(draft, _ENABLE, exactly=True):
        return
    active = draft.read(_ACTIVE, read_positive_count, 1)
    say_bounds(draft, draft.read(_IDLE, read_count, 0), active, least_label=_IDLE, most_label=_ACTIVE, wakes=True)
    _write_schedule(draft, active)
    draft.note(
        _ENABLE,
        "wakes the service at a request, which waits until a replica is ready",
        instead="skep wakes it with skep.requests but lets no request wait; Sablier keeps one without skep.enable",
    )
    _note_the_rest(draft)


def _write_schedule(draft: Draft, active: int) -> None:
    days = draft.read(_DAYS, _read_days, "Mon-Sun")
    hours = draft.read(_HOURS, _read_hours, None)
    if hours is None:
        return
    draft.say("skep.schedule.running", f"{days} {hours} UTC min={active}")
    draft.note(
        _HOURS,
        "is in the local time of Sablier, which in a container is UTC unless it is told otherwise",
        instead="write the zone that is meant in place of UTC, as Europe/Berlin",
    )


def _read_hours(text: str) -> str:
    if not _HOURS_TEXT.fullmatch(text.strip()):
        raise UnitError(text, "from and to in hours and minutes", "09:00-18:00")
    return text.strip()


_HOURS_TEXT = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def _read_days(text: str) -> str:
    """Read ``Mon,Tue,Wed`` as ``Mon-Wed``, and days that do not follow each other as a list."""
    days = {day.strip().capitalize() for day in text.split(",")} if len(text) <= _LONGEST_DAYS else set()
    if not days or not days <= set(_WEEK):
        raise UnitError(text, "days of the week with commas", "Mon,Tue,Wed,Thu,Fri")
    places = sorted(_WEEK.index(day) for day in days)
    if len(places) > 1 and places[-1] - places[0] == len(places) - 1:
        return f"{_WEEK[places[0]]}-{_WEEK[places[-1]]}"
    return ",".join(_WEEK[place] for place in places)


_LONGEST_DAYS = 64


def _note_the_rest(draft: Draft) -> None:
    for label in draft.labels:
        if label.startswith(_RESOURCES):
            draft.note_given(
                label, "changes resources, which skep does not", instead="write them once under deploy.resources"
            )
    for label in ("sablier.group", "sablier.anti-affinity"):
        draft.note_given(label, "wakes and stops services together", instead="skep scales each by its own labels")
    for label in ("sablier.ready-after", "sablier.ready-on-start"):
        draft.note_given(label, "says when a replica is ready", instead="write a healthcheck")


SABLIER = Dialect(name="sablier", peer="Sablier", sign=any_of(_ENABLE), write=_write, prefixes=("sablier.",))
