"""Small pieces of text: spans and instants as people say them, counts, and names that fit."""

from datetime import datetime, timedelta

__all__ = ["age", "ahead", "elided", "instant", "joined", "moment", "one_line", "span", "until_text"]

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def span(length: timedelta) -> str:
    """A span in its two largest units: ``42 s``, ``4 min 10 s``, ``2 h``, ``3 d 4 h``; negative ones are ``0 s``."""
    left_s = max(round(length.total_seconds()), 0)
    parts: list[str] = []
    for name, size_s in _UNITS:
        amount, left_s = divmod(left_s, size_s)
        if amount:
            parts.append(f"{amount} {name}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"


def age(at: datetime, now: datetime) -> str:
    """How long ago, in its largest unit only: ``4 s``, ``12 min``. What seems to lie ahead is ``0 s`` old."""
    elapsed = now - at
    for name, size_s in _UNITS:
        if elapsed >= timedelta(seconds=size_s):
            return f"{elapsed // timedelta(seconds=size_s)} {name}"
    return "0 s"


def instant(at: datetime, now: datetime) -> str:
    """An instant in the time zone of ``now``: ``14:02:26 UTC`` today, ``2026-11-24 08:00:00 UTC`` otherwise."""
    local = at.astimezone(now.tzinfo)
    return f"{local:%H:%M:%S %Z}" if local.date() == now.date() else f"{local:%Y-%m-%d %H:%M:%S %Z}"


def moment(at: datetime, now: datetime) -> str:
    """An instant for a column of its own, in the time zone of ``now``: ``2026-11-23 14:02:26``."""
    return f"{at.astimezone(now.tzinfo):%Y-%m-%d %H:%M:%S}"


def ahead(at: datetime, now: datetime) -> str:
    """An instant to come and how far off it is: ``at 14:02:26 UTC, in 11 s``; ``now`` if it is past."""
    return f"at {instant(at, now)}, in {span(at - now)}" if at > now else "now"


def until_text(at: datetime, now: datetime) -> str:
    """The end of something that lasts: ``until 14:02:26 UTC, for another 11 s``; ``until now`` if it is past."""
    return f"until {instant(at, now)}, for another {span(at - now)}" if at > now else "until now"


def joined(items: tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join((", ".join(items[:-1]), items[-1])) if len(items) > 1 else "".join(items)


def elided(text: str, width: int) -> str:
    """The text without its middle where it is longer than ``width``: ``shop_che…-worker``."""
    if len(text) <= width:
        return text
    if width <= 1:
        return "…"[: max(width, 0)]
    end = (width - 1) // 2
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"


def one_line(text: str) -> str:
    """The text on one line, without anything that could disturb a terminal: what labels say is not ours."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
