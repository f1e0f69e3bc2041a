"""The two kinds of trouble with the outside: what passes by itself, and what needs a person."""

from datetime import timedelta

__all__ = ["Permanent", "SkepError", "Temporary"]


class SkepError(Exception):
    """Any failure of something outside skep, in one sentence for the operator."""


class Temporary(SkepError):
    """It will pass: a store out of reach, a manager without leader. Try again after ``retry_after``."""

    def __init__(self, sentence: str, *, retry_after: timedelta = timedelta(seconds=2)) -> None:
        """Keep the sentence and the wait.

        Args:
            sentence: what happened, where.
            retry_after: how long to wait before trying again.
        """
        super().__init__(sentence)
        self.retry_after = retry_after


class Permanent(SkepError):
    """It will not pass by itself: wrong credentials, a service that is gone, a refused request."""
