"""What came of the vectors, as text: counts, known deviations, what is read differently, and each failure in full."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.conformance.judging import Outcome, Verdict
from tests.conformance.readings import READINGS
from tests.conformance.vector import Json

__all__ = ["summary"]


def summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The lines to print; the last says how many passed and how many failed."""
    yield from _counts(outcomes)
    yield from _deviations(outcomes)
    yield from _readings(outcomes)
    yield from _failures(outcomes)
    passed, failed = (sum(one.verdict is verdict for one in outcomes) for verdict in (Verdict.PASSED, Verdict.FAILED))
    yield f"{passed} passed, {failed} failed"


def _counts(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each family, and below it one for each of its groups."""
    by_group = Counter((one.vector.family, one.vector.group, one.verdict) for one in outcomes)
    by_family = Counter((one.vector.family, one.verdict) for one in outcomes)
    yield f"{'':36}{'passed':>8}{'deviate':>9}{'failed':>8}"
    for family in sorted({family for family, _ in by_family}):
        yield _row(family, [by_family[family, verdict] for verdict in Verdict])
        for group in sorted({group for of, group, _ in by_group if of == family}):
            yield _row(f"  {group}", [by_group[family, group, verdict] for verdict in Verdict])
    yield ""


def _row(name: str, counts: Sequence[int]) -> str:
    passed, deviating, failed = counts
    return f"{name:36}{passed:>8}{deviating or '':>9}{failed or '':>8}"


def _deviations(outcomes: Iterable[Outcome]) -> Iterator[str]:
    reasons = Counter((one.vector.family, one.deviation.reason) for one in outcomes if one.deviation is not None)
    yield f"Known deviations: {reasons.total()}"
    for (family, reason), number in sorted(reasons.items()):
        yield f"  {number:>3} x {family}: {reason}"
    yield ""


def _readings(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "Not compared as it stands:"
    for reading in READINGS:
        families = Counter(one.vector.family for one in outcomes if reading.matters_to(one.vector))
        yield from (f"  {number:>3} x {family}: {reading.reason}" for family, number in sorted(families.items()))
    yield ""


def _failures(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for one in outcomes:
        if one.verdict is Verdict.FAILED:
            yield f"FAILED {one.vector.family}: {one.vector.name}"
            yield f"  input    {_text(one.vector.given)}"
            yield f"  expected {_text(one.wanted)}"
            yield f"  got      {one.trouble or _text(one.got or {})}"
            yield ""


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
