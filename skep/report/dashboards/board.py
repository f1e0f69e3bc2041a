"""A dashboard as a value, before any program's JSON.

Statements are InfluxQL with words in braces where programs differ: ``{time}`` for the condition on the time that is
shown, ``{every}`` for the width of a step, and the names of the board's variables, each a pattern.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["COLUMNS", "Annotation", "Board", "Cell", "Kind", "Statement", "Unit", "Variable"]

#: The width of a board.
COLUMNS = 12


class Kind(StrEnum):
    """How a cell is drawn."""

    LINES = "lines"
    STEPS = "steps"
    NUMBER = "number"
    TABLE = "table"


class Unit(StrEnum):
    """What the values of a cell are, in the unit that is stored."""

    COUNT = "count"
    CORES = "cores"
    PERCENT = "percent"
    PER_SECOND = "per second"
    BYTES_PER_SECOND = "bytes per second"
    MILLISECONDS = "milliseconds"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One InfluxQL statement of a cell.

    Attributes:
        text: with words in braces.
        alias: how a line is called; names of tags in braces.
    """

    text: str
    alias: str = ""

    def written(self, words: Mapping[str, str]) -> str:
        """The statement in the words of one program."""
        return self.text.format_map(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One rectangle of a board, on a grid of twelve columns.

    Attributes:
        note: what a reader must know to read it right.
    """

    name: str
    kind: Kind
    unit: Unit
    statements: tuple[Statement, ...]
    x: int
    y: int
    width: int
    height: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A pattern that a reader may narrow a board with; at first it matches everything.

    Attributes:
        name: the word that stands in braces in statements.
        database, measurement, tag: where its values are found.
    """

    name: str
    label: str
    database: str
    measurement: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Events that are drawn over all graphs, where a program can do that by a statement.

    Attributes:
        text: the column that holds what happened.
        tags: columns beside it.
    """

    name: str
    statement: Statement
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A whole dashboard.

    Attributes:
        key: short, never changed: by it a program knows the board again.
        number: the same for Chronograf, where boards from files have numbers below zero.
    """

    key: str
    number: int
    title: str
    cells: tuple[Cell, ...]
    variables: tuple[Variable, ...]
    annotations: tuple[Annotation, ...]
