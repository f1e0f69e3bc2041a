"""Amounts and instants, as the engine writes them."""

from datetime import UTC, datetime

from skep.adapters.swarm import wire
from skep.core.cluster import Resources

__all__ = ["instant", "known_instant", "resources"]

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_NANO_CPUS_PER_CORE = 1e9


def resources(amounts: wire.Amounts | None) -> Resources:
    """Zero is how the engine writes that nothing was declared."""
    if amounts is None:
        return _NOTHING_DECLARED
    return Resources(
        cpu_cores=amounts.nano_cpus / _NANO_CPUS_PER_CORE if amounts.nano_cpus else None,
        memory_bytes=amounts.memory_bytes or None,
    )


_NOTHING_DECLARED = Resources()


def known_instant(text: str | None) -> datetime | None:
    """An instant, where one is told."""
    found = instant(text)
    return None if found == _BEGINNING else found


def instant(text: str | None) -> datetime:
    """An instant with nanoseconds, of which the last three digits are dropped; unknown ones lie long ago."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return _BEGINNING
    if found.tzinfo is None or found.year < _BEGINNING.year:  # the engine's zero is 0001-01-01T00:00:00Z
        return _BEGINNING
    return found
