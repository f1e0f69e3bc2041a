"""Whether the policy tunes itself, and what a missing replica is worth to it: ``skep.tune`` and ``skep.price``."""

from skep.config.units import UnitError, read_number
from skep.core.policy import Tune

__all__ = ["read_price", "read_tune"]

#: What this version can do; the others are words that will have a meaning.
_SUPPORTED = (Tune.OFF,)


def read_tune(text: str) -> Tune:
    """Read ``off``.

    Raises:
        UnitError: anything else, also ``shadow`` and ``auto``, which this version does not support.
    """
    word = text.strip().lower()
    supported = " or ".join(_SUPPORTED)
    if word in set(Tune) - set(_SUPPORTED):
        raise UnitError(text, f"{supported}, since {word} is not supported by this version", _SUPPORTED[0])
    try:
        return Tune(word)
    except ValueError:
        raise UnitError(text, supported, _SUPPORTED[0]) from None


def read_price(text: str) -> float:
    """Read how many idle replicas a missing one is worth, such as ``10`` or ``2.5``.

    Raises:
        UnitError: anything that is not a number above zero.
    """
    price = read_number(text)
    if price <= 0:
        raise UnitError(text, "more than zero", "10")
    return price
