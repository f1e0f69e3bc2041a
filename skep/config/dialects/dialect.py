"""A dialect: the labels of one peer, how they are recognised, and what they mean in skep's words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from skep.config.dialects.draft import Draft
from skep.config.dialects.translation import ServiceFacts, Translation

__all__ = ["Dialect", "Place", "any_of", "any_under"]

#: The label by which a service shows that it speaks a dialect; ``None`` where it does not.
Sign = Callable[[Mapping[str, str]], str | None]


class Place(StrEnum):
    """Where labels stand."""

    SERVICE = "service"
    CONTAINER = "container"

    @property
    def compose_key(self) -> str:
        """Where a Compose file has such labels."""
        return "deploy.labels" if self is Place.SERVICE else "labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The labels of one peer.

    Attributes:
        name: the word for ``skep.dialect``.
        peer: the project whose labels they are, for people.
        sign: finds the label by which it is recognised.
        write: writes what the labels mean into a draft.
        prefixes: how the names of its labels begin.
        places: where the peer looks for them; the usual place first.
    """

    name: str
    peer: str
    sign: Sign
    write: Callable[[Draft], None]
    prefixes: tuple[str, ...]
    places: tuple[Place, ...] = (Place.SERVICE,)

    def recognises(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels of one place are in this dialect."""
        return self.sign(labels) is not None

    def translate(self, labels: Mapping[str, str], facts: ServiceFacts) -> Translation:
        """What the labels of one place mean; whether they are recognised is not asked."""
        draft = Draft(labels, facts)
        self.write(draft)
        return draft.finished(self.prefixes, self.peer)


def any_of(*names: str) -> Sign:
    """A sign that is one of these labels, whatever its value."""
    return lambda labels: next((name for name in names if name in labels), None)


def any_under(prefix: str) -> Sign:
    """A sign that is any label whose name begins like this."""
    return lambda labels: next((name for name in labels if name.startswith(prefix)), None)
