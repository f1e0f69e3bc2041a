"""What a policy asked for and what of it served."""

from dataclasses import dataclass

__all__ = ["Supply", "supply_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """The replicas of a service, slot by slot.

    Attributes:
        paid: the count in the spec, replicas that start included.
        serving: those that take requests.
    """

    paid: tuple[int, ...]
    serving: tuple[int, ...]


def supply_of(paid: tuple[int, ...], *, start_ticks: int) -> Supply:
    """What serves when replicas come late and go at once, the newest first.

    Whatever was asked for during the whole start delay serves: the least of it.

    Args:
        paid: the count of each slot; what was before the first slot is taken to be as it.
        start_ticks: after how many slots an ordered replica serves.
    """
    early = tuple(min(paid[: slot + 1]) for slot in range(min(start_ticks, len(paid))))
    late = tuple(min(paid[slot - start_ticks : slot + 1]) for slot in range(start_ticks, len(paid)))
    return Supply(paid=paid, serving=early + late)
