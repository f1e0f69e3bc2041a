"""Amounts and instants, as the engine writes them."""

from datetime import datetime

from skep.adapters.swarm import wire
from skep.core.cluster import Resources
from skep.core.instants import BEGINNING, told_instant

__all__ = ["instant", "known_instant", "resources"]

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
    return None if found == BEGINNING else found


def instant(text: str | None) -> datetime:
    """An instant; unknown ones lie long ago."""
    return told_instant(text, BEGINNING)
