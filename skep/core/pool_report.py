"""How a pool of nodes stands, as an evaluation of nodes found it."""

from dataclasses import dataclass

from skep.core.strategies.tuning import Tuning

__all__ = ["PoolReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReport:
    """How a pool stands.

    Attributes:
        nodes: how many it has, whatever state they are in.
        joining: how many machines are on their way.
        use: its mean use in words; empty where that is not known.
        notes: what its operator should know, a sentence each.
        tuning: what a rule that looks ahead has to do with it, where its policy tunes itself.
    """

    name: str
    nodes: int
    min_nodes: int
    max_nodes: int
    joining: int = 0
    use: str = ""
    notes: tuple[str, ...] = ()
    tuning: Tuning | None = None
