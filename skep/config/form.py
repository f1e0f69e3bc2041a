"""How a value is written: in words for people, and as a JSON Schema for editors.

A schema may accept what a reader refuses, since it has no words for everything. What a reader accepts in the usual
spelling, it accepts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from skep.config.units import DURATION_PATTERN, MOST_REPLICAS, NUMBER_PATTERN, WHOLE_PATTERN
from skep.core.policy import MetricKind, OnDeploy, OnRollout, Select, Source, Tune

__all__ = [
    "CHOICE_OF_DEPLOY",
    "CHOICE_OF_KIND",
    "CHOICE_OF_ROLLOUT",
    "CHOICE_OF_SELECT",
    "CHOICE_OF_SOURCE",
    "CHOICE_OF_TUNE",
    "COUNT",
    "DURATION",
    "FLAG",
    "FLAPS",
    "MAXIMUM",
    "NUMBER",
    "QUERY",
    "TEXT",
    "Form",
    "choice",
    "count",
    "text",
    "text_or_off",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A way of writing.

    Attributes:
        words: what the value is, for people.
        schema: of the value in a policy file.
    """

    words: str
    schema: Mapping[str, object]


def count(*, least: int, most: int = MOST_REPLICAS) -> Form:
    """A whole number within limits."""
    words = "a whole number" if most == MOST_REPLICAS else f"{least} to {most}"
    numeric = {"type": ["integer", "string"], "minimum": least, "maximum": most, "pattern": _alone(WHOLE_PATTERN)}
    return Form(words=words, schema=numeric)


def choice(words: Iterable[str]) -> Form:
    """One of some words; ``off`` without quotes is what YAML calls false."""
    known = list(words)
    values: list[object] = [*known, *([False] if "off" in known else [])]
    return Form(words=", ".join(f"`{word}`" for word in known), schema={"enum": values})


def text(words: str) -> Form:
    """A text of whatever kind; what looks like a number to YAML is one, too."""
    return Form(words=words, schema={"type": ["string", "number"], "minLength": 1})


def text_or_off(words: str) -> Form:
    """A text, or ``off`` as :func:`choice` has it."""
    return Form(words=f"{words}, or `off`", schema={"anyOf": [{"type": "string", "minLength": 1}, {"const": False}]})


def _alone(pattern: str) -> str:
    return rf"^\s*(?:{pattern})\s*$"


FLAG = Form(
    words="`true` or `false`",
    schema={"enum": [True, False, 1, 0, "true", "false", "yes", "no", "on", "off", "1", "0"]},
)
COUNT = count(least=0)
MAXIMUM = count(least=1)
FLAPS = count(least=1, most=1_000)
NUMBER = Form(words="a number", schema={"type": ["number", "string"], "minimum": 0, "pattern": _alone(NUMBER_PATTERN)})
DURATION = Form(words="a duration", schema={"type": "string", "pattern": _alone(DURATION_PATTERN)})
TEXT = text("a text")
QUERY = Form(words="a query", schema={"type": "string", "minLength": 1, "maxLength": 2_000})
CHOICE_OF_DEPLOY = choice(OnDeploy)
CHOICE_OF_ROLLOUT = choice(OnRollout)
CHOICE_OF_SELECT = choice((Select.MAX, Select.MIN))
CHOICE_OF_SOURCE = choice(Source)
CHOICE_OF_TUNE = choice(tuple(Tune))
CHOICE_OF_KIND = choice((MetricKind.TOTAL, MetricKind.AVERAGE, MetricKind.UTILIZATION))
