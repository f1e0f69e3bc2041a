"""What another program said about a failure, made fit to be shown: on one line, and not too long."""

from contextlib import suppress

import msgspec

from skep.adapters.foreign_json import foreign_json

__all__ = ["first_words", "innermost", "last_words", "plain_words"]

_LONGEST_WORDS = 300


def plain_words(body: bytes) -> str:
    """The error in the other side's own words, whatever it sent: JSON with an error in it, HTML, or noise."""
    text = body[: 4 * _LONGEST_WORDS].decode(errors="replace")
    with suppress(msgspec.DecodeError), foreign_json():
        document = msgspec.json.decode(body)
        if isinstance(document, dict):
            text = str(document.get("error") or document.get("message") or text)
    return first_words(text)


def first_words(text: str) -> str:
    """On one line, printable, and at most 300 characters of it, from its beginning."""
    words = _on_one_line(text[: 4 * _LONGEST_WORDS])
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…"


def last_words(text: str) -> str:
    """On one line, printable, and at most 300 characters of it, from its end."""
    words = _on_one_line(text[-4 * _LONGEST_WORDS :])
    return words if len(words) <= _LONGEST_WORDS else f"…{words[-_LONGEST_WORDS:]}"


def innermost(error: BaseException) -> str:
    """What the system said, without the layers of libraries around it."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return str(error) or type(error).__name__


def _on_one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
