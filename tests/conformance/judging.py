"""Runs a vector against the core, and says whether the answer is the same, differs for a known reason, or is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.conformance.deviations import Deviation, known_deviation
from tests.conformance.drivers import DRIVERS
from tests.conformance.readings import in_words_of_skep
from tests.conformance.vector import Json, Vector

__all__ = ["Driver", "Outcome", "Verdict", "judge"]

Driver = Callable[[Json], dict[str, Any]]


class Verdict(StrEnum):
    """What a vector came to."""

    PASSED = "passed"
    DEVIATES = "deviates"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a vector came to.

    Attributes:
        wanted: the expected answer, as far as it is compared.
        got: what the core answered; ``None`` where it could not be asked.
        deviation: the known one that explains the difference.
        trouble: why the core could not be asked.
    """

    vector: Vector
    verdict: Verdict
    wanted: Json
    got: Json | None
    deviation: Deviation | None = None
    trouble: str = ""


def judge(vector: Vector, *, drivers: Mapping[str, Driver] = DRIVERS) -> Outcome:
    """Run one vector; nothing that it holds makes this fail.

    Args:
        vector: what to run.
        drivers: by group.
    """
    wanted = in_words_of_skep(vector)
    got, trouble = _ask(vector, drivers)
    if got is not None and wanted and all(_same(got.get(key, _NO_ANSWER), value) for key, value in wanted.items()):
        return Outcome(vector=vector, verdict=Verdict.PASSED, wanted=wanted, got=got)
    deviation = known_deviation(vector, wanted, got)
    verdict = Verdict.FAILED if deviation is None else Verdict.DEVIATES
    return Outcome(vector=vector, verdict=verdict, wanted=wanted, got=got, deviation=deviation, trouble=trouble)


_NO_ANSWER = object()


def _ask(vector: Vector, drivers: Mapping[str, Driver]) -> tuple[dict[str, Any] | None, str]:
    driver = drivers.get(vector.group)
    if driver is None:
        return None, f"there is no driver for the group {vector.group}"
    try:
        return driver(vector.given), ""
    except Exception as error:  # noqa: BLE001 - a vector of another form must not hide all others
        return None, f"{type(error).__name__}: {error}"


def _same(got: object, wanted: object) -> bool:
    """Equal, and of the same kind: ``True`` is no count of 1."""
    return got == wanted and isinstance(got, bool) is isinstance(wanted, bool)
