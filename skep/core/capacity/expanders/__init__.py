"""Expanders: which of several pools is to give a machine (the term is the Cluster Autoscaler's). One rule per file."""

from collections.abc import Callable, Sequence

from skep.core.capacity.expanders.least_waste import by_least_waste
from skep.core.capacity.expanders.option import Option
from skep.core.capacity.expanders.price import by_price
from skep.core.capacity.expanders.priority import by_priority

__all__ = ["EXPANDERS", "Expander", "Option", "choose"]

#: Takes one option or more, and leaves those that are best by its rule, at least one.
Expander = Callable[[Sequence[Option]], tuple[Option, ...]]

#: Each narrows down what the one before has left: what the operator said, then what it costs, then what lies idle.
EXPANDERS: tuple[Expander, ...] = (by_priority, by_price, by_least_waste)


def choose(options: Sequence[Option], expanders: Sequence[Expander] = EXPANDERS) -> Option:
    """The best option; of equals that of fewest machines, then the first by the name of its pool.

    Args:
        options: one or more.
        expanders: in the order in which they are asked.
    """
    left = tuple(options)
    for narrow in expanders:
        left = narrow(left)
    return min(left, key=lambda option: (option.machines, option.pool.name))
