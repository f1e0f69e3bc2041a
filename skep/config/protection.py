"""Until when the swarm tasks of a service are never moved by skep, in the label ``skep.protect``."""

from skep.config.units import UnitError, read_flag, read_instant
from skep.core.policy import Protection

__all__ = ["read_protection"]

_UNTIL = "until="


def read_protection(text: str) -> Protection | None:
    """Read ``true``, ``until=2026-12-24T18:00+01:00``, or ``false`` as ``None``.

    Raises:
        UnitError: anything else, also a time without its offset from UTC.
    """
    try:
        if text.strip().lower().startswith(_UNTIL):
            return Protection(until=read_instant(text.strip()[len(_UNTIL) :]))
        return Protection() if read_flag(text) else None
    except UnitError:
        expected = "true, or until= with a date and time and its offset from UTC"
        raise UnitError(text, expected, "until=2026-12-24T18:00+01:00") from None
