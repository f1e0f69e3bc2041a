"""Instants that others have written down."""

from datetime import UTC, datetime

__all__ = ["BEGINNING", "told_instant"]

#: What stands for an instant that lies longer ago than anything.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
#: Beyond it no calendar has room for what is added to an instant.
_LAST_YEAR = 9000


def told_instant(text: str | None, otherwise: datetime) -> datetime:
    """An instant as ISO 8601 has it, of whose second six digits are kept; ``otherwise`` where none is told.

    None is told without an offset from UTC, before 1970 (an engine's zero is 0001-01-01T00:00:00Z) and near the last
    year.
    """
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return otherwise
    is_told = instant.tzinfo is not None and BEGINNING.year <= instant.year <= _LAST_YEAR
    return instant if is_told else otherwise
