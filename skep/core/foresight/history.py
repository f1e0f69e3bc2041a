"""How far back the load is worth knowing."""

from datetime import timedelta

__all__ = ["HISTORY"]

#: As far back as peaks of the day are worth learning.
HISTORY = timedelta(days=7)
