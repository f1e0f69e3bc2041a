"""Variables in the values of a Compose file, replaced as ``docker stack deploy`` does.

``$NAME`` and ``${NAME}`` are the variable, ``${NAME:-text}`` and ``${NAME-text}`` have a default (with the colon also
where the variable is empty), ``${NAME:?why}`` and ``${NAME?why}`` insist on one, and ``$$`` is a dollar. Source of the
rules: "Interpolation" of the Compose specification.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from skep.config.units import UnitError

__all__ = ["Interpolated", "interpolate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpolated:
    """A text with its variables replaced.

    Attributes:
        unset: names of variables that have neither a value nor a default, each once; empty texts stand for them.
    """

    text: str
    unset: tuple[str, ...] = ()


def interpolate(text: str, variables: Mapping[str, str]) -> Interpolated:
    """Replace the variables in a text.

    Raises:
        UnitError: a dollar that begins none of the forms.
    """
    unset: dict[str, None] = {}

    def replacement(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        name = found["plain"] or found["braced"]
        if not name:
            raise UnitError(text, "$NAME, ${NAME}, ${NAME:-default}, or $$ where a dollar is meant", "$${NAME}")
        return _value(name, found["operator"] or "", found["rest"] or "", variables, unset)

    return Interpolated(text=_VARIABLE.sub(replacement, text), unset=tuple(unset))


_VARIABLE = re.compile(
    r"""
    \$ (?:
        (?P<dollar>\$)
      | (?P<plain>[A-Za-z_][A-Za-z0-9_]*)
      | \{ (?P<braced>[A-Za-z_][A-Za-z0-9_]*) (?: (?P<operator>:?[-?]) (?P<rest>[^}]*) )? \}
      | (?P<neither>)
    )
    """,
    re.VERBOSE,
)


def _value(name: str, operator: str, rest: str, variables: Mapping[str, str], unset: dict[str, None]) -> str:
    value = variables.get(name)
    if value or (value is not None and not operator.startswith(":")):
        return value
    if operator.endswith("-"):
        return rest
    unset[name] = None
    return ""
