"""What to do while a metric has no value, in the labels ``skep.on-missing`` and ``skep.metric.<name>.on-missing``."""

from dataclasses import dataclass
from datetime import timedelta

from skep.config.parts import Parts
from skep.config.units import read_count, read_duration
from skep.core.policy import OnMissing, OutagePolicy

__all__ = ["read_on_missing"]

_EXAMPLE = "hold, last max-age=10m, static=5 after=3m or current-if-higher"
_LONGEST_AGE = timedelta(days=1)
_SHORTEST_AGE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How a mode is written.

    Attributes:
        companion: the part that may stand beside it.
        may_count: whether a count may stand behind it.
    """

    companion: str | None = None
    may_count: bool = False


_FORMS = {
    OnMissing.HOLD: _Form(),
    OnMissing.LAST: _Form(companion="max-age"),
    OnMissing.STATIC: _Form(companion="after", may_count=True),
    OnMissing.CURRENT_IF_HIGHER: _Form(companion="after", may_count=True),
}
_DEFAULT = OutagePolicy()


def read_on_missing(text: str, *, fewest: int = 1) -> OutagePolicy:
    """Read ``hold``, ``last max-age=10m``, ``static=5 after=3m``, ``current-if-higher`` or ``current-if-higher=4``.

    Args:
        text: what was given.
        fewest: the count that ``current-if-higher`` speaks of where it names none: ``skep.min``.

    Raises:
        UnitError: anything else; it names all that is wrong.
    """
    counted = tuple(str(mode) for mode, form in _FORMS.items() if form.may_count)
    parts = Parts(text.lower(), *counted, "after", "max-age", example=_EXAMPLE, words=tuple(_FORMS))
    mode = _mode(parts)
    policy = OutagePolicy(
        mode=mode,
        replicas=_count(parts, mode, is_given=f"{mode}=" in text.lower(), fewest=fewest),
        after=parts.read("after", _read_after, _DEFAULT.after),
        longest=parts.read("max-age", _read_age, _DEFAULT.longest),
    )
    parts.check()
    return policy


def _mode(parts: Parts) -> OnMissing:
    modes = [mode for mode in OnMissing if mode in parts.names]
    if len(modes) != 1:
        parts.expect(f"one of {', '.join(OnMissing)}")
        return OnMissing.HOLD
    (mode,) = modes
    for part in ("after", "max-age"):
        if part in parts.names and part != _FORMS[mode].companion:
            fitting = " or ".join(other for other, form in _FORMS.items() if part == form.companion)
            parts.expect(f"{part}= only beside {fitting}")
    return mode


def _count(parts: Parts, mode: OnMissing, *, is_given: bool, fewest: int) -> int | None:
    if not _FORMS[mode].may_count:
        return None
    if mode is OnMissing.STATIC and not is_given:
        parts.expect("a count as static=5")
    return parts.read(mode, read_count, fewest) if is_given else fewest


def _read_after(text: str) -> timedelta:
    return read_duration(text, most=_LONGEST_AGE)


def _read_age(text: str) -> timedelta:
    return read_duration(text, least=_SHORTEST_AGE, most=_LONGEST_AGE)
