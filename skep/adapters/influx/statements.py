"""What is asked: one flat statement per built-in signal, and how user text is written into InfluxQL.

Flat means raw points, grouped by tags: mean and sum are taken in Python, where one answer serves all services. A
subquery costs the store four to six times as much, and a query per service grows with the number of services.

Lexical rules: docs.influxdata.com, "InfluxQL reference", section "Notation".
"""

import math
import re
from collections.abc import Collection
from datetime import timedelta

from skep.adapters.influx.measures import Measure
from skep.config.own_query import PLACEHOLDER, read_own_query
from skep.config.units import UnitError
from skep.core.metrics.series import Gap, GapReason, Question

__all__ = ["built_in_statement", "own_statement", "string_literal"]

# Filtering by name pays while names are few; beyond that it is cheaper to leave the others out when reading, unless
# they are known to be many.
_MOST_NAMES = 50
_LONGEST_FILTER = 8_000
# Five thousand names of 20 characters that have little in common.
_LONGEST_NARROW_FILTER = 200_000


def built_in_statement(
    measure: Measure, *, window: timedelta, services: Collection[str], is_narrow: bool = False
) -> str:
    """The one statement that answers the signals of ``measure`` for all ``services``, or for nodes.

    Args:
        measure: of ``measures_of``.
        window: how far back; longer ones are rounded up to a millisecond.
        services: names, exactly as Swarm knows them, of nodes where the measure is of them; user text. None leave
            nobody out.
        is_narrow: the store knows many others, which are to be left out however many these are.
    """
    conditions = [f"time > now() - {math.ceil(window / timedelta(milliseconds=1))}ms"]
    if measure.condition:
        conditions.append(measure.condition)
    if services and (is_narrow or _are_few(services)):
        by_names = measure.filter_by_names(services)
        if len(by_names) <= _LONGEST_NARROW_FILTER:
            conditions.append(by_names)
    where = " AND ".join(conditions)
    tags = ", ".join(f'"{tag}"' for tag in measure.tags)
    # What is not a constant of ours has been through pattern_of.
    return f'SELECT {measure.columns} FROM "{measure.measurement}" WHERE {where} GROUP BY {tags}'  # noqa: S608


def own_statement(question: Question) -> str | Gap:
    """An operator's statement with ``$service`` replaced by the name of its service, as a string literal.

    The statement is judged once more, since whoever built the question may not have: ``read_own_query`` lets nothing
    pass in which ``$service`` is anything but a parameter of its own, so replacing the text replaces parameters only.
    One that names no service is as safe: a queue's length, say.
    """
    try:
        statement = read_own_query(question.query or "", names_service=False)
        return statement.replace(PLACEHOLDER, string_literal(question.service or ""))
    except UnitError as error:
        return Gap(reason=GapReason.REFUSED, detail=str(error))


def string_literal(text: str) -> str:
    """``text`` as an InfluxQL string, quotes included.

    Raises:
        UnitError: if no string of InfluxQL can hold it: it has no escapes for control characters other than newline.
    """
    if _UNWRITABLE.search(text):
        raise UnitError(text, "a name without control characters, or the statement cannot hold it", "shop_web")
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


# Carriage return is read as a newline and NUL as the end of the text; lone surrogates are no Unicode text at all.
_UNWRITABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


def _are_few(services: Collection[str]) -> bool:
    return len(services) <= _MOST_NAMES and sum(map(len, services)) <= _LONGEST_FILTER
