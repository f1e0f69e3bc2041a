"""Boards of a program that draws."""

from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["Dashboards"]


class Dashboards(Protocol):
    """A program that shows dashboards, as far as boards are kept in it; boards are its own JSON."""

    def titles(self) -> tuple[str, ...]:
        """The titles of all boards, in their order.

        Raises:
            Temporary: it is out of reach, or in trouble.
            Permanent: it refuses us, or is not what we took it for.
        """

    def dump(self, title: str) -> Mapping[str, Any] | None:
        """The board of that title, bare; ``None`` if there is none.

        Raises:
            Temporary, Permanent: as for :meth:`titles`; permanent too where several have that title.
        """

    def load(self, board: Mapping[str, Any]) -> bool:
        """Replace the board of the same title, or make it; whether it is new.

        Raises:
            Temporary, Permanent: as for :meth:`dump`.
        """

    def bare(self, board: Mapping[str, Any]) -> Mapping[str, Any]:
        """The board without what the program itself adds to one: two bare boards are equal if they show the same."""
