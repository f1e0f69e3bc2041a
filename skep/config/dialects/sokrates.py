"""Sokrates1989/docker-swarm-autoscaler: ``autoscale``, thresholds with windows for CPU, bytes for memory."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import (
    CPU_CORES,
    MEMORY_BYTES,
    TOO_MANY_BYTES,
    Measure,
    read_decimal,
    read_positive_count,
    read_share,
)
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.switch import is_on
from skep.config.dialects.thresholds import Threshold, say_thresholds
from skep.config.pace import read_span
from skep.config.units import UnitError, duration_text

__all__ = ["SOKRATES"]

_SWITCH = "autoscale"
_MIN = "autoscale.minimum_replicas"
_MAX = "autoscale.maximum_replicas"
_CPU_UP = "autoscale.cpu_upscale_threshold"
_CPU_DOWN = "autoscale.cpu_downscale_threshold"
_CPU_UP_WINDOW = "autoscale.cpu_upscale_time_duration"
_CPU_DOWN_WINDOW = "autoscale.cpu_downscale_time_duration"
_MEMORY_UP = "autoscale.memory_upscale_threshold"
_MEMORY_DOWN = "autoscale.memory_downscale_threshold"
_CONFLICT = "autoscale.scaling_conflict_resolution"
_LOG_LEVEL = "autoscale.log_level"
_RECIPIENTS = ("autoscale.additional_email_recipients_", "autoscale.additional_telegram_recipients_")

_EVERY = timedelta(minutes=1)


def _write(draft: Draft) -> None:
    if not is_on(draft, _SWITCH, exactly=True):
        return
    least = draft.require(_MIN, read_positive_count, expected="the fewest replicas, 1 or more", example="2")
    most = draft.require(_MAX, read_positive_count, expected="the most replicas", example="20")
    say_bounds(draft, least, most, least_label=_MIN, most_label=_MAX)
    say_thresholds(draft, _thresholds(draft))
    up_window = draft.read(_CPU_UP_WINDOW, read_span, timedelta(minutes=2))
    down_window = draft.read(_CPU_DOWN_WINDOW, read_span, timedelta(minutes=5))
    draft.say("skep.window", duration_text(up_window))
    say_pace(draft, Pace(every=_EVERY, down_window=down_window), most=most)
    draft.note(
        _CPU_DOWN_WINDOW,
        f"is the mean of the last {duration_text(down_window)}, and that of {duration_text(up_window)} for growth",
        instead="skep.window is that of growth, and shrinking follows the most that was needed in the other",
    )
    draft.note(
        _SWITCH,
        "takes a step each time its autoscaler is started, which the labels do not tell",
        instead=f"skep takes at most one every {duration_text(_EVERY)}",
    )
    _note_the_rest(draft)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two labels that belong together."""

    measure: Measure
    up: str
    down: str
    read: Callable[[str], Decimal]
    example: str


def _thresholds(draft: Draft) -> tuple[Threshold, ...]:
    """The pairs that are complete; at least one is needed."""
    begun = [pair for pair in _PAIRS if draft.text(pair.up) is not None or draft.text(pair.down) is not None]
    if not begun:
        draft.object_to(_CPU_UP, expected="a pair of thresholds, of CPU or of memory", example="80%")
    return tuple(threshold for pair in begun if (threshold := _threshold(draft, pair)))


def _threshold(draft: Draft, pair: _Pair) -> Threshold | None:
    up = draft.require(pair.up, pair.read, expected=f"a threshold beside {pair.down}", example=pair.example)
    down = draft.require(pair.down, pair.read, expected=f"a threshold beside {pair.up}", example=pair.example)
    if up is None or down is None:
        return None
    return Threshold(measure=pair.measure, up=up, down=down, label=pair.up, down_label=pair.down, is_given=True)


def _read_bytes(text: str) -> Decimal:
    """Read bytes with a unit: KB to TB are powers of 1000 here, KiB to TiB of 1024, and a bare number is bytes."""
    match = _BYTES.fullmatch(text.strip())
    if match is None:
        raise UnitError(text, "an amount of memory (KB, MB, GB, TB, KiB, MiB, GiB, TiB or bytes)", "400MiB")
    amount = read_decimal(match["number"]) * _BYTE_SIZES[match["unit"].lower()]
    if amount >= TOO_MANY_BYTES:
        raise UnitError(text, "less than 1000 TB of memory", "400MiB")
    return amount


_BYTES = re.compile(r"(?P<number>[0-9.]{1,15}) ?(?P<unit>[KMGT]i?B|B?)", re.IGNORECASE)
_BYTE_SIZES: Mapping[str, int] = {
    "": 1,
    "b": 1,
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", start=1)},
}

_PAIRS = (
    _Pair(measure=CPU_CORES, up=_CPU_UP, down=_CPU_DOWN, read=read_share, example="80%"),
    _Pair(measure=MEMORY_BYTES, up=_MEMORY_UP, down=_MEMORY_DOWN, read=_read_bytes, example="400MiB"),
)


def _note_the_rest(draft: Draft) -> None:
    if draft.read(_CONFLICT, _read_resolution, "scale_up") != "scale_up":
        draft.note(
            _CONFLICT,
            "has no effect in the peer's own code, which takes scale_up",
            instead="with skep, too, the metric that asks for the most decides",
        )
    draft.note_given(
        _LOG_LEVEL, "is not for single services with skep", instead="skep explain SERVICE shows every reason"
    )
    for label in draft.labels:
        if label.startswith(_RECIPIENTS):
            draft.note_given(label, "is not for single services with skep", instead="see its notifications")


def _read_resolution(text: str) -> str:
    if text not in _RESOLUTIONS:
        raise UnitError(text, f"one of {', '.join(_RESOLUTIONS)}", "scale_up")
    return text


_RESOLUTIONS = ("scale_up", "scale_down", "keep_replicas", "adhere_to_memory", "adhere_to_cpu")

SOKRATES = Dialect(
    name="sokrates",
    peer="Sokrates1989/docker-swarm-autoscaler",
    sign=any_of(_SWITCH),
    write=_write,
    prefixes=("autoscale",),
)
