"""An operator's own InfluxQL statement: read closely before it is ever sent, because anyone who may deploy writes it.

What passes is one ``SELECT`` that writes nothing and cannot read old data as if it were new. That it writes nothing
rests on checks of the plain text which no quoting can deceive: no ``;``, no word ``INTO``, ``SELECT`` first. Whether
its names and functions exist is left to the database.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from skep.config.units import UnitError, duration_text

__all__ = ["EXAMPLE_QUERY", "LONGEST_LOOK_BACK", "LONGEST_QUERY", "PLACEHOLDER", "read_own_query"]

#: Stands for the name of the service; it becomes a quoted and escaped string.
PLACEHOLDER = "$service"
_QUOTED_PLACEHOLDER = f"'{PLACEHOLDER}'"
LONGEST_QUERY = 2_000
#: A point older than this says nothing about the present; no window of a policy is longer either.
LONGEST_LOOK_BACK = timedelta(hours=1)

EXAMPLE_QUERY = 'SELECT mean("depth") FROM "queue" WHERE "service" = $service AND time > now() - 1m'


def read_own_query(text: str, *, names_service: bool = True) -> str:
    """Accept a statement as it stands, without surrounding space, and with ``'$service'`` written as ``$service``.

    Each ``$service`` in the result is a parameter of its own, never part of a string, a name, a pattern or a longer
    word. So replacing the text ``$service`` by a quoted and escaped string replaces parameters and nothing else.

    Args:
        text: what was given.
        names_service: whether it must have a ``$service``; one that was made for its service need not.

    Raises:
        UnitError: the statement is not exactly one ``SELECT``, would write, has a comment, does not name its
            service, or is not bounded in time.
    """
    query = text.strip()
    objection = next(_objections(query, names_service=names_service), None)
    if objection is not None:
        raise UnitError(text, objection, EXAMPLE_QUERY)
    return query.replace(_QUOTED_PLACEHOLDER, PLACEHOLDER)


def _objections(query: str, *, names_service: bool) -> Iterator[str]:
    """What speaks against a statement, the most telling first."""
    if len(query) > LONGEST_QUERY:
        yield f"at most {LONGEST_QUERY} characters instead of {len(query)}"
        return
    tokens = tuple(_tokens(query))
    yield from _more_than_reading(query, tokens)
    yield from _misplaced_service(tokens, names_service=names_service)
    yield from _unbounded_time(tokens)


def _more_than_reading(query: str, tokens: tuple["_Token", ...]) -> Iterator[str]:
    words = [token.text.upper() for token in tokens if token.kind == "word"]
    if not query.upper().startswith("SELECT"):
        yield "one statement that begins with SELECT"
    if ";" in query:
        yield "a single statement without ; anywhere in it"
    if _INTO.search(query):
        yield "a statement that only reads, without the word INTO anywhere in it"
    if any(token.kind == "comment" for token in tokens):
        yield "no comments (-- or /*)"
    if any(token.kind == "unclosed" for token in tokens):
        yield "every quote to be closed on its line"
    if words.count("SELECT") != 1:
        yield "one SELECT with none inside it; skep itself adds up or averages the series of a GROUP BY"


#: A digit may stand before it: the database reads ``1INTO`` as a number and a word.
_INTO = re.compile(r"(?<![a-z_])into(?![a-z0-9_])", re.IGNORECASE)


def _misplaced_service(tokens: tuple["_Token", ...], *, names_service: bool) -> Iterator[str]:
    parameters = [token.text for token in tokens if token.kind == "parameter"]
    if any(PLACEHOLDER in token.text for token in tokens if token.kind != "parameter"):
        yield f"{PLACEHOLDER} by itself, not within other quotes or slashes, since it becomes a string of its own"
    if names_service and not parameters:
        yield f"a condition on {PLACEHOLDER}, which in a Compose file is written ${PLACEHOLDER}"
    if not set(parameters) <= {PLACEHOLDER, _QUOTED_PLACEHOLDER}:
        yield f"no parameter but {PLACEHOLDER}"


def _unbounded_time(tokens: tuple["_Token", ...]) -> Iterator[str]:
    statement = " ".join(_without_contents(token) for token in tokens)
    spans = (_span(match["span"]) for bound in _TIME_BOUNDS for match in bound.finditer(statement))
    if not any(span <= LONGEST_LOOK_BACK for span in spans):
        longest = duration_text(LONGEST_LOOK_BACK)
        yield f"a bound on time of at most {longest} (time > now() - {longest}), so that old data cannot pass as new"


def _without_contents(token: "_Token") -> str:
    """How a token looks to the search for time bounds: what is quoted cannot be mistaken for a condition."""
    if token.text.lower() == '"time"':
        return "time"
    if token.kind in {"string", "name", "pattern"}:
        return token.kind
    return token.text.lower() if token.kind == "word" else token.text


#: Only these plain forms count, with nothing added, multiplied or in brackets, so that the bound is what it looks like.
_TIME_BOUNDS = (
    re.compile(r"(?:where|and|or|\() time >=? now \( \) - (?P<span>\S+)(?!\S| [-+*/%&|^])"),
    re.compile(r"(?:where|and|or|\() now \( \) - (?P<span>\S+) <=? time(?! [-+*/%&|^])"),
)


def _span(text: str) -> timedelta:
    """The length of an InfluxQL duration such as ``1h30m``; endless where it is none that people write."""
    if not _SPAN.fullmatch(text):
        return timedelta.max
    seconds = (int(amount) * _SPAN_SECONDS[unit] for amount, unit in _SPAN_PART.findall(text))
    return timedelta(seconds=sum(seconds))


_SPAN_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_SPAN_PART = re.compile(r"([0-9]{1,6})(ms|s|m|h)")
_SPAN = re.compile(rf"(?:{_SPAN_PART.pattern})+")


# --- the lexical rules of InfluxQL (source: "Influx Query Language specification", docs.influxdata.com) -------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """One lexical piece; ``kind`` is the name of its group in ``_TOKEN``, or ``pattern``."""

    kind: str
    text: str


_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>--|/\*)
    | (?P<parameter>'\$service'|\$[A-Za-z0-9_$"']*)
    | (?P<string>'(?:[^'\\\n]|\\.)*')
    | (?P<name>"(?:[^"\\\n]|\\.)*")
    | (?P<unclosed>['"])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>(?:[0-9]|\.[0-9])[A-Za-z0-9_.µ]*)
    | (?P<operator>=~|!~|!=|<>|<=|>=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PATTERN = re.compile(r"/(?:[^/\\\n*]|\\.)(?:[^/\\\n]|\\.)*/")
_WORDS_BEFORE_A_PATTERN = frozenset({"SELECT", "FROM", "BY"})


def _tokens(query: str) -> Iterator[_Token]:
    """The pieces of a statement without the space between them. Never fails: any text has pieces."""
    position = 0
    before: _Token | None = None
    while position < len(query):
        token = _pattern_at(query, position, before) or _token_at(query, position)
        position += len(token.text)
        if token.kind != "space":
            before = token
            yield token


def _token_at(query: str, position: int) -> _Token:
    match = _TOKEN.match(query, position)
    if match is None or match.lastgroup is None:
        raise AssertionError(f"no piece at {position}")
    return _Token(kind=match.lastgroup, text=match[0])


def _pattern_at(query: str, position: int, before: _Token | None) -> _Token | None:
    """A regular expression, where a slash cannot be a division because nothing to divide stands before it."""
    if before is None or _can_be_divided(before):
        return None
    match = _PATTERN.match(query, position)
    return _Token(kind="pattern", text=match[0]) if match else None


def _can_be_divided(token: _Token) -> bool:
    if token.kind == "word":
        return token.text.upper() not in _WORDS_BEFORE_A_PATTERN
    return token.kind in {"string", "name", "number", "parameter"} or token.text == ")"
