"""The configuration of Nomad's strategies: strings, as its policy files have them."""

from skep.core.policy import DirectionPolicy, RateLimit, RateUnit
from tests.conformance.vector import Json

__all__ = ["Refused", "number", "step_cap", "whole"]


class Refused(Exception):
    """A field is missing or wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def number(config: Json, field: str, default: float | None = None) -> float:
    """A number; the default where it is left out.

    Raises:
        Refused: it is none, or has no default and is missing.
    """
    return _read(config, field, default, float)


def whole(config: Json, field: str, default: int | None = None) -> int:
    """A whole number; the default where it is left out.

    Raises:
        Refused: it is none, or has no default and is missing.
    """
    return int(_read(config, field, default, int))


def _read(config: Json, field: str, default: float | None, read: type[float] | type[int]) -> float:
    text = config.get(field)
    if text is None and default is not None:
        return default
    try:
        return read(text or "")
    except ValueError:
        raise Refused(field) from None


def step_cap(config: Json, field: str, by_default: DirectionPolicy) -> DirectionPolicy:
    """The most by which one step may change the count, as a rate of which nothing is spent yet.

    Raises:
        Refused: it is no whole number.
    """
    if field not in config:
        return DirectionPolicy(window=by_default.window, rates=())
    cap = RateLimit(amount=whole(config, field), unit=RateUnit.REPLICAS, period=by_default.rates[0].period)
    return DirectionPolicy(window=by_default.window, rates=(cap,))
