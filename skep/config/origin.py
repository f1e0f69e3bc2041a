"""Where a text comes from, so that whoever has to mend it finds it."""

from dataclasses import dataclass

from skep.config.units import shortened

__all__ = ["Origin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A place in a file.

    Attributes:
        file: its name, as the operator knows it.
        line: counted from 1.
        column: counted from 1.
        place: the keys that lead there, as ``services.web.cpu``.
    """

    file: str
    line: int
    column: int
    place: str

    @property
    def mark(self) -> str:
        """``policy.yml:12:5``."""
        return f"{shortened(self.file)}:{self.line}:{self.column}"

    def __str__(self) -> str:
        return f"{self.mark}: {shortened(self.place)}"
