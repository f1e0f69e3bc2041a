"""An operator's own PromQL: judged before it is sent, so that ``$service`` can be put in without being misread.

PromQL only reads, so what matters is that nothing but whole parameters is replaced. Whether its names and functions
exist is left to the store.
"""

import re
from collections.abc import Iterator, Sequence

from skep.config.own_query import LONGEST_QUERY, PLACEHOLDER
from skep.config.units import UnitError

__all__ = ["EXAMPLE_PROMETHEUS_QUERY", "read_prometheus_query"]

EXAMPLE_PROMETHEUS_QUERY = "sum(queue_depth{service=$service})"


def read_prometheus_query(text: str) -> str:
    """Accept a query without surrounding space, and with ``"$service"`` written as ``$service``.

    Each ``$service`` in the result stands by itself, so replacing it by a string in double quotes replaces parameters
    and nothing else.

    Raises:
        UnitError: the query is empty, too long, has control characters other than ends of lines, does not name its
            service, or does so within a string or a comment.
    """
    query = text.strip()
    objection = next(_objections(query), None)
    if objection is not None:
        raise UnitError(text, objection, EXAMPLE_PROMETHEUS_QUERY)
    return _TOKEN.sub(lambda match: PLACEHOLDER if match["quoted"] else match[0], query)


def _objections(query: str) -> Iterator[str]:
    """What speaks against a query, the most telling first."""
    if not query or len(query) > LONGEST_QUERY:
        yield f"a query in PromQL of at most {LONGEST_QUERY} characters"
        return
    if query.upper().startswith("SELECT"):
        yield "a query in PromQL, since its source is prometheus"
    if _CONTROL.search(query):
        yield "no control characters"
    yield from _misplaced_service(tuple(_TOKEN.finditer(query)))


def _misplaced_service(pieces: Sequence[re.Match[str]]) -> Iterator[str]:
    parameters = {piece["parameter"] for piece in pieces if piece["parameter"]}
    if any(piece["unclosed"] for piece in pieces):
        yield "every quote to be closed on its line"
    if any(PLACEHOLDER in (piece["string"] or piece["comment"] or "") for piece in pieces):
        yield f"{PLACEHOLDER} by itself, not within a longer string or a comment, since it becomes a string of its own"
    if not parameters and not any(piece["quoted"] for piece in pieces):
        yield f"a selector on {PLACEHOLDER}, which in a Compose file is written ${PLACEHOLDER}"
    if not parameters <= {PLACEHOLDER}:
        yield f"no parameter but {PLACEHOLDER}"


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
#: Source: "Expression language basics" and "Literals" of the Prometheus documentation. Between backticks nothing is
#: escaped, and a string there may have several lines.
_TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<quoted>"\$service"|'\$service')
    | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    | (?P<unclosed>["'`])
    | (?P<parameter>\$[A-Za-z0-9_$]*)
    """,
    re.VERBOSE,
)
