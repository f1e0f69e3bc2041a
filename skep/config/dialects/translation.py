"""What a translation is made of: the facts it needs, the labels it comes to, and what has to be said about them."""

from dataclasses import dataclass

from skep.config.problem import Problem
from skep.config.units import shortened
from skep.core.cluster import Resources

__all__ = ["Note", "ServiceFacts", "Translation"]

_UNDECLARED = Resources()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """What a label cannot be understood without.

    Attributes:
        name: of the service.
        replicas: the present count; ``None`` where the mode has none, or where it is not known.
    """

    name: str
    limits: Resources = _UNDECLARED
    reservations: Resources = _UNDECLARED
    replicas: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that cannot be carried over, or means something else now.

    Attributes:
        label: of the peer; or the name of a setting that its labels leave to the daemon.
        why: completes "<label> …", as "is in minutes".
        instead: what to do, or what skep does, as a clause of its own.
    """

    label: str
    why: str
    instead: str

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        return f"{shortened(self.label)} {self.why}; {self.instead}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """The labels of a peer in skep's words.

    Attributes:
        native: ``skep.*`` labels with their texts, each once, in the order in which they are best read.
        notes: what was lost or changed on the way.
        problems: values that are wrong. With any of them the service had better be left alone; ``native`` then
            holds what could be translated.
    """

    native: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
