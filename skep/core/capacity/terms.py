"""How carefully a service or a node is to be handled, by its operator's word."""

from dataclasses import dataclass
from datetime import datetime

from skep.core.policy import ServicePolicy

__all__ = ["UNSAID", "Protection", "ServiceTerms", "terms_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Somebody's word that skep leaves something alone; ``until=None`` has no end."""

    until: datetime | None = None
    by: str = ""
    reason: str = ""

    def is_in_force(self, now: datetime) -> bool:
        """Whether the protection still stands."""
        return self.until is None or now < self.until

    @property
    def sentence(self) -> str:
        """Such as ``protected by ada (audit)``."""
        by = f" by {self.by}" if self.by else ""
        return f"protected{by}{f' ({self.reason})' if self.reason else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTerms:
    """What may be done to the swarm tasks of a service.

    Attributes:
        may_surge: whether extra replicas may run while a node is emptied; without that it cannot be emptied at all
            of its swarm tasks without an interruption.
        protection: its swarm tasks are never moved.
        shares_data: what its volumes hold is the same on every node, whatever it looks like.
    """

    may_surge: bool = False
    protection: Protection | None = None
    shares_data: bool = False


def terms_of(policy: ServicePolicy) -> ServiceTerms:
    """The terms of a service that skep scales."""
    protection = None if policy.protection is None else Protection(until=policy.protection.until)
    return ServiceTerms(may_surge=policy.may_surge, protection=protection, shares_data=policy.shares_data)


#: A service of which its operator said nothing is left where it is.
UNSAID = ServiceTerms()
