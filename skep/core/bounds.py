"""How few and how many replicas a service may have."""

from dataclasses import dataclass

__all__ = ["Bounds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The fewest and the most replicas a service may have; ``0 <= min_replicas <= max_replicas``."""

    min_replicas: int
    max_replicas: int

    def __post_init__(self) -> None:
        """Refuse bounds that cross.

        Raises:
            ValueError: if they are negative or ``min_replicas > max_replicas``.
        """
        if not 0 <= self.min_replicas <= self.max_replicas:
            message = f"bounds must satisfy 0 <= min <= max, got {self.min_replicas}..{self.max_replicas}"
            raise ValueError(message)

    def clamp(self, replicas: int) -> int:
        """The count within the bounds that is nearest to ``replicas``."""
        return min(max(replicas, self.min_replicas), self.max_replicas)

    def contain(self, replicas: int) -> bool:
        """Whether ``replicas`` lies within the bounds, both ends included."""
        return self.min_replicas <= replicas <= self.max_replicas
