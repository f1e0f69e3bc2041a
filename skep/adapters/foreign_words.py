"""What another program said about a failure, made fit to be shown: on one line, and not too long."""

from contextlib import suppress

import msgspec

from skep.adapters.foreign_json import foreign_json

__all__ = ["innermost", "plain_words", "shown"]

_LONGEST_WORDS = 300


def plain_words(body: bytes) -> str:
    """The error in the other side's own words, whatever it sent: JSON with an error in it, HTML, or noise."""
    text = body[: 4 * _LONGEST_WORDS].decode(errors="replace")
    with suppress(msgspec.DecodeError), foreign_json():
        document = msgspec.json.decode(body)
        if isinstance(document, dict):
            text = str(document.get("error") or document.get("message") or text)
    return shown(text)


def shown(text: str) -> str:
    """At most 300 characters of it, on one line, without anything that could disturb a terminal."""
    words = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * _LONGEST_WORDS]).split())
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}…"


def innermost(error: BaseException) -> str:
    """What the system said, without the layers of libraries around it."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return str(error) or type(error).__name__
