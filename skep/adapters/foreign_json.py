"""JSON that another program sent, whatever its bytes are."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

__all__ = ["foreign_json"]


@contextmanager
def foreign_json() -> Iterator[None]:
    """What is no UTF-8, or nested without end, is as unreadable as what is no JSON. Also decorates a function.

    Raises:
        msgspec.DecodeError: in place of the two that msgspec lets through.
    """
    try:
        yield
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error
