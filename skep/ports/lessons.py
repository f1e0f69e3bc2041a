"""What was learned of services and pools."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from skep.core.foresight.replay import Tuned

if TYPE_CHECKING:  # what was learned needs numpy, which nothing but learning does
    from skep.core.foresight.study import Study

__all__ = ["Lessons"]


class Lessons(Protocol):
    """What was learned of services whose policies tune themselves; one writer at a time. Evaluations read choices only.

    Choices go by :meth:`Memory.recall` to whoever follows them.
    """

    def looked_at(self) -> Mapping[str, datetime]:
        """When the rules of each service were looked at last. One round trip.

        Raises:
            Temporary: the store is out of reach (as for all methods here).
        """

    def recall(self, service_ids: Sequence[str]) -> "Mapping[str, Study]":
        """What was learned of each; what cannot be read, as of another version, is absent. One round trip."""

    def remember(
        self, studies: "Mapping[str, Study]", choices: Mapping[str, Tuned], *, looked_at: Mapping[str, datetime]
    ) -> None:
        """Replace what was known of these services, and note when they were looked at. One round trip."""

    def forget(self, service_ids: Iterable[str]) -> None:
        """These are gone, or do not tune themselves any more."""
