"""Nothing is done to any node while too many are away at once."""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["halted"]


def halted(candidate: Candidate) -> Veto | None:
    """Keep every node while the breaker is open."""
    halt = candidate.surroundings.halt
    return None if halt is None else Veto(by="breaker", reason=halt.sentence)
