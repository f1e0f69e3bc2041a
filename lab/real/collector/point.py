"""One line of line protocol, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Field: TypeAlias = bool | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A measurement's fields at one time, under one set of tags; tags without a value are not written."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, Field]
    time_ns: int
