"""A text that must not be seen by accident, and where it is read from."""

from pathlib import Path

from skep.config.units import UnitError

__all__ = ["Secret", "read_secret", "read_secret_file"]

_LONGEST_SECRET = 8_192


class Secret:
    """A password, a token, or an address with a password in it; shows itself as ``***`` everywhere."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one who has to send it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def read_secret(text: str) -> Secret:
    """Read a password or token; the end of line that editors and ``echo`` leave behind it does not count.

    Raises:
        UnitError: nothing, several lines, or more than 8192 characters. The error holds the text: do not show it.
    """
    value = text.rstrip("\r\n")
    if not value or not value.isprintable() or len(value) > _LONGEST_SECRET:
        expected = f"one line of 1 to {_LONGEST_SECRET} printable characters"
        raise UnitError(text, expected, "the output of: openssl rand -hex 24")
    return Secret(value)


def read_secret_file(path: str) -> str:
    """The text in a file, or as much of it as shows that it is too long for a secret.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not text.
    """
    with Path(path).open(encoding="utf-8") as file:
        return file.read(_LONGEST_SECRET + 2)
