"""Whether the policy tunes itself, and what a missing replica is worth to it: ``skep.tune`` and ``skep.price``."""

from skep.config.units import UnitError, read_number
from skep.core.policy import Tune

__all__ = ["read_price", "read_tune"]


def read_tune(text: str) -> Tune:
    """Read ``off``, ``shadow`` or ``auto``.

    Raises:
        UnitError: anything else.
    """
    try:
        return Tune(text.strip().lower())
    except ValueError:
        raise UnitError(text, "off, shadow or auto", Tune.SHADOW) from None


def read_price(text: str) -> float:
    """Read how many idle replicas a missing one is worth, such as ``10`` or ``2.5``.

    Raises:
        UnitError: anything that is not a number above zero.
    """
    price = read_number(text)
    if price <= 0:
        raise UnitError(text, "more than zero", "10")
    return price
