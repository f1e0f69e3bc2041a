"""Words that all checks share."""

from datetime import timedelta

from skep.core.checkup.check import Check, Health

__all__ = ["MOST_NAMED", "counted", "names", "span", "unseen", "well"]

#: So many are named one by one; of more it is said how many there are.
MOST_NAMED = 5


def well(about: str, found: str) -> Check:
    """A check of what is as it should be."""
    return Check(about=about, health=Health.WELL, found=found)


def unseen(about: str, why: str) -> Check:
    """A check that nobody made, and why."""
    return Check(about=about, health=Health.UNSEEN, found=why)


def counted(count: int, noun: str, nouns: str | None = None) -> str:
    """``1 entry``, ``2 entries``."""
    return f"{count} {noun if count == 1 else nouns or f'{noun}s'}"


def names(all_names: tuple[str, ...]) -> str:
    """The first names of many, and how many more there are."""
    shown = all_names[:MOST_NAMED]
    more = len(all_names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def span(length: timedelta) -> str:
    """Whole seconds below two minutes, then whole minutes, then hours, then days."""
    seconds = round(length.total_seconds())
    for size, unit, most in ((1, "s", 120), (60, "min", 120), (3600, "h", 48)):
        if seconds < size * most:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86_400} d"
