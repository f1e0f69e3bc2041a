"""Recorded loads to practise on, with where they come from in README.md."""

from pathlib import Path

from skep.config.trace_file import read_trace
from skep.core.foresight.trace import Trace

__all__ = ["names", "shipped"]

_FOLDER = Path(__file__).parent
_ENDING = ".csv.gz"


def names() -> tuple[str, ...]:
    """What there is."""
    return tuple(sorted(path.name.removesuffix(_ENDING) for path in _FOLDER.glob(f"*{_ENDING}")))


def shipped(name: str) -> Trace:
    """One of them.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in names():
        raise KeyError(name)
    return read_trace((_FOLDER / f"{name}{_ENDING}").read_bytes(), name=name)
