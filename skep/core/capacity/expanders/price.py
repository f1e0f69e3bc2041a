"""The machines that cost least for each swarm task that they make room for."""

from collections.abc import Sequence

from skep.core.capacity.expanders.option import Option

__all__ = ["by_price"]


def by_price(options: Sequence[Option]) -> tuple[Option, ...]:
    """Those that cost least; all of them where the price of one is not known, since nobody can compare then."""
    costs = [
        None if option.pool.price is None else option.pool.price * option.machines / option.helps for option in options
    ]
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs):
        return tuple(options)
    return tuple(option for option, cost in zip(options, costs, strict=True) if cost == min(known))
