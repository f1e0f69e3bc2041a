"""The evaluations of a worker, as it reports them in its log."""

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Listener", "Ticks", "read_ticks"]

_SUCCEEDED = re.compile(r"Task evaluate\.services\[\S+\] succeeded in (\S+)s: ")
_FAILED = re.compile(r"Task evaluate\.services\[\S+\] raised ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """How long each evaluation took in the worker, in seconds, and how many failed instead."""

    durations_s: tuple[float, ...]
    failed: int


class Listener:
    """Hears what a worker has written since this was made.

    Args:
        log: the worker's, which need not exist yet.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._begin = log.stat().st_size if log.exists() else 0

    def ticks(self) -> Ticks:
        """All evaluations heard of so far."""
        if not self._log.exists():
            return read_ticks("")
        with self._log.open("rb") as log:
            log.seek(self._begin)
            return read_ticks(log.read().decode(errors="replace"))


def read_ticks(log: str) -> Ticks:
    """The evaluations that a worker's log tells of."""
    return Ticks(
        durations_s=tuple(float(seconds) for seconds in _SUCCEEDED.findall(log)), failed=len(_FAILED.findall(log))
    )
