"""Which orders an Auto Scaling group has already fulfilled, as one of its tags remembers it.

The API of a group only sets an absolute size and knows no order. So the tag is written before the size is set, with
the size that is to be, and once more after it: ``2f1c5d8e90ab:0+2/7`` says that two machines are being ordered and
that the group shall then have seven; ``2f1c5d8e90ab:2`` that this is done. A worker that died in between leaves the
first form, and the size of the group tells how far it came.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

__all__ = ["Order", "OrderBook"]

# A tag holds 256 characters, and an entry takes up to 30 of them.
_MOST_ORDERS = 8
_ENTRY = re.compile(
    r"(?P<digest>[0-9a-f]{12}):(?P<machines>[0-9]{1,5})(?:\+(?P<more>[0-9]{1,5})/(?P<goal>[0-9]{1,5}))?", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order.

    Attributes:
        digest: short for its request id.
        machines: how many have been ordered under it.
        more: how many are being ordered.
        goal: the size that the group shall have with those.
    """

    digest: str
    machines: int
    more: int = 0
    goal: int = 0

    def __str__(self) -> str:
        done = f"{self.digest}:{self.machines}"
        return f"{done}+{self.more}/{self.goal}" if self.more else done

    def settled(self, size: int) -> "Order":
        """What the size of the group says of the machines that were being ordered: they were, or never will be."""
        done = self.machines + self.more if size >= self.goal else self.machines
        return replace(self, machines=done, more=0, goal=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBook:
    """The latest orders, oldest first."""

    orders: tuple[Order, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """The book as a tag holds it; what is no order is left out."""
        matches: Iterable[re.Match[str] | None] = map(_ENTRY.fullmatch, text.split())
        return cls(orders=tuple(_order(match) for match in matches if match))

    def __str__(self) -> str:
        return " ".join(map(str, self.orders))

    def settled(self, size: int) -> "OrderBook":
        """No order left undecided, now that the group has this size; one that came to nothing is forgotten."""
        settled = (order.settled(size) for order in self.orders)
        return OrderBook(orders=tuple(order for order in settled if order.machines))

    def machines(self, digest: str) -> int:
        """How many machines have been ordered under a request."""
        return sum(order.machines for order in self.orders if order.digest == digest)

    def with_order(self, order: Order) -> "OrderBook":
        """The book with one more order, or with the same one as it is now; the oldest ones make room."""
        others = tuple(other for other in self.orders if other.digest != order.digest)
        return OrderBook(orders=(*others, order)[-_MOST_ORDERS:])


def _order(match: re.Match[str]) -> Order:
    return Order(
        digest=match["digest"],
        machines=int(match["machines"]),
        more=int(match["more"] or 0),
        goal=int(match["goal"] or 0),
    )
