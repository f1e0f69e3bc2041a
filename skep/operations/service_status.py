"""How a service stands, as it is told to people; apart from how that is found out, for those who only read it."""

from dataclasses import dataclass

from skep.core.bounds import Bounds
from skep.core.decision import Decision, Hold, Pause

__all__ = ["ServiceStatus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """How one service stands right now.

    Attributes:
        replicas: the count in the spec; ``None`` where the mode has none.
        bounds: those in force now; ``None`` where skep does not scale it or its labels are wrong.
        problems: what is wrong with its labels, a sentence each.
        decision: the latest, if there was one.
        hold: a person's hold in force.
        pause: the pause in force that binds skep's hands, of this service or of all.
    """

    id: str
    name: str
    replicas: int | None
    running: int
    is_enabled: bool
    bounds: Bounds | None
    problems: tuple[str, ...]
    decision: Decision | None
    hold: Hold | None
    pause: Pause | None = None
