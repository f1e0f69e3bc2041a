"""The words of a provider, made fit to stand in one of our sentences."""

__all__ = ["first_words", "last_words"]

_LONGEST = 300


def first_words(text: str) -> str:
    """On one line, printable, and at most 300 characters of it, from its beginning."""
    words = _on_one_line(text[: 4 * _LONGEST])
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def last_words(text: str) -> str:
    """On one line, printable, and at most 300 characters of it, from its end."""
    words = _on_one_line(text[-4 * _LONGEST :])
    return words if len(words) <= _LONGEST else f"…{words[-_LONGEST:]}"


def _on_one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
