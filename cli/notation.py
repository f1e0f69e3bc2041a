"""What people type: spans such as ``30m``, orders such as ``web=5``, and the option that all commands share."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

import click

from skep.config.units import UnitError, complaint, read_count, read_duration

__all__ = ["EVER", "LASTING", "SPAN", "TARGET", "Target", "json_option", "past_instant"]

#: How a time without end is written.
EVER = "ever"

_SHORTEST_LASTING = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service by the name that was typed, and the count it shall have."""

    name: str
    replicas: int


class _Target(click.ParamType[Target]):
    """``web=5``."""

    name = "SERVICE=REPLICAS"

    def convert(self, value: str | Target, param: click.Parameter | None, ctx: click.Context | None) -> Target:
        if isinstance(value, Target):
            return value
        name, equals, count = value.partition("=")
        if not name or not equals:
            self.fail(complaint("the order", value, "SERVICE=REPLICAS", "web=5"), param, ctx)
        try:
            return Target(name=name, replicas=read_count(count))
        except UnitError as error:
            self.fail(complaint(f"the count of {name}", count, error.expected, f"{name}=5"), param, ctx)


class _Span(click.ParamType[timedelta]):
    """``30m``; a bare ``0`` is nothing, whatever the unit."""

    name = "SPAN"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        if value.strip() == "0":
            return timedelta(0)
        try:
            return read_duration(value)
        except UnitError as error:
            self.fail(str(error), param, ctx)


class _Lasting(click.ParamType[timedelta | None]):
    """``2h``, or ``ever``, which is ``None``."""

    name = "SPAN"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | None:
        if isinstance(value, timedelta):
            return value
        if value.strip() == EVER:
            return None
        try:
            return read_duration(value, least=_SHORTEST_LASTING)
        except UnitError as error:
            self.fail(complaint("the value", value, f"{error.expected}, or {EVER}", f"2h or {EVER}"), param, ctx)


def past_instant(text: str, now: datetime, zone: tzinfo | None) -> datetime:
    """Read an instant of the past: ``14:03`` (the last time it was), ``2026-11-23T14:03``, or ``2h`` ago.

    Args:
        text: what was typed; without an offset from UTC it means ``zone``.
        now: the present instant, in the zone that is shown.
        zone: that zone; ``None`` for that of this machine, which knows what it was at another time of the year.

    Raises:
        click.UsageError: anything else, or an instant to come.
    """
    at = _instant(text.strip(), now, zone)
    if at is None:
        expected = "an instant of the past: a time of day, a date with its time, or how long ago"
        raise click.UsageError(complaint("--at", text, expected, "14:03, 2026-11-23T14:03 or 2h"))
    if at >= now:
        raise click.UsageError(f"--at {text} lies ahead; what is now is told without --at")
    return at


def _instant(text: str, now: datetime, zone: tzinfo | None) -> datetime | None:
    try:
        return now - read_duration(text)
    except UnitError:
        pass
    try:
        if _TIME_OF_DAY.fullmatch(text):
            today = datetime.combine(now.date(), time.fromisoformat(text), tzinfo=now.tzinfo)
            return today if today < now else today - timedelta(days=1)
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=zone) if zone is not None else at.astimezone()


_TIME_OF_DAY = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")

TARGET = _Target()
SPAN = _Span()
LASTING = _Lasting()

json_option = click.option("--json", "as_json", is_flag=True, help="Write one JSON document, for programs.")
