"""A day of a service, as the journal tells it."""

import math
from datetime import UTC, datetime, timedelta

from skep.core.action import AUTOSCALER
from skep.core.bounds import Bounds
from skep.core.chronicle import Chronicle, Happening, Measured, Moment
from skep.core.policy import Unit
from skep.core.record import EntryKind

__all__ = ["END", "day"]

END = datetime(2026, 11, 23, 14, 2, 15, tzinfo=UTC)


def day(*, metrics: tuple[str, ...] = ("requests",), with_a_gap: bool = False) -> Chronicle:
    """A load that comes and goes, replicas that follow it, and one change by a person."""
    since = END - timedelta(hours=24)
    moments: list[Moment] = []
    happenings: list[Happening] = []
    replicas = 3
    for number in range(288):
        at = since + timedelta(minutes=5 * number)
        total = 300 + 250 * math.sin(number / 40)
        wanted = max(2, math.ceil(total / 50))
        actor = "ada@desk" if number == 120 else AUTOSCALER
        if abs(wanted - replicas) > 1 or number == 120:
            happenings.append(
                Happening(
                    at=at,
                    kind=EntryKind.CHANGED,
                    actor=actor,
                    replicas_before=replicas,
                    replicas_after=wanted,
                    sentence=f"shop_web {replicas} → {wanted}: requests {total:.0f}/s <each>",
                )
            )
            replicas = wanted
        value = None if with_a_gap and 50 < number < 60 else total / replicas
        moments.append(
            Moment(
                at=at,
                replicas=replicas,
                running=replicas,
                goal=replicas,
                bounds=Bounds(min_replicas=2, max_replicas=12),
                metrics=tuple(
                    Measured(metric=name, unit=Unit.PER_SECOND, value=value, target_value=50.0 * (place + 1))
                    for place, name in enumerate(metrics)
                ),
            )
        )
    return Chronicle(service="shop_web", since=since, until=END, moments=tuple(moments), happenings=tuple(happenings))
