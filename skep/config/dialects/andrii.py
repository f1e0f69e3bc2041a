"""AndriiDerevytskyi/Swarm-autoscaler: ``swarm.autoscaler.enable``, one threshold for both directions, minutes."""

from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import (
    CPU_CORES,
    MEMORY_SHARE,
    Measure,
    read_hundredths,
    read_minutes,
    read_positive_count,
)
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.dialects.switch import is_on
from skep.config.dialects.thresholds import Threshold, say_thresholds
from skep.config.units import read_count

__all__ = ["ANDRII"]

_ENABLE = "swarm.autoscaler.enable"
_MIN = "swarm.autoscaler.min_replicas"
_MAX = "swarm.autoscaler.max_replicas"
_CPU = "swarm.autoscaler.cpu.threshold"
_RAM = "swarm.autoscaler.ram.threshold"
_COOLDOWN = "swarm.autoscaler.cooldown"

_POLL = timedelta(seconds=15)
_SAMPLES_BEFORE_SHRINKING = 3
_DEFAULT_THRESHOLD = Decimal("0.8")


def _write(draft: Draft) -> None:
    if draft.facts.name.startswith("autoscaler"):
        draft.text(_ENABLE)
        draft.say("skep.enable", "false")
        why = 'has no effect on a service whose name begins with "autoscaler"'
        draft.note(_ENABLE, why, instead="give the service another name, or native labels")
        return
    if not is_on(draft, _ENABLE, exactly=True):
        return
    _check_limits(draft)
    most = draft.read(_MAX, read_positive_count, 5)
    say_bounds(draft, draft.read(_MIN, read_count, 1), most, least_label=_MIN, most_label=_MAX)
    say_thresholds(draft, (_threshold(draft, _CPU, CPU_CORES), _threshold(draft, _RAM, MEMORY_SHARE)))
    cooldown = draft.read(_COOLDOWN, read_minutes, timedelta(minutes=5))
    pace = Pace(every=_POLL, up_by=None, cooldown_down=cooldown, down_window=_SAMPLES_BEFORE_SHRINKING * _POLL)
    say_pace(draft, pace, most=most)
    draft.note(
        _COOLDOWN,
        "is in minutes, runs from the last change in either direction, and holds back shrinking alone",
        instead="skep has it as the cooldown of shrinking and as its window",
    )


def _check_limits(draft: Draft) -> None:
    limits = draft.facts.limits
    if not limits.cpu_cores and not limits.memory_bytes:
        expected = "a limit of CPU or memory (deploy.resources.limits), without which the peer refuses the service"
        draft.object_to(_ENABLE, expected=expected, example='limits: {cpus: "1", memory: 512M}')


def _threshold(draft: Draft, label: str, measure: Measure) -> Threshold:
    level = draft.read(label, read_hundredths, _DEFAULT_THRESHOLD)
    return Threshold(
        measure=measure,
        up=level,
        down=level,
        label=label,
        down_label=label,
        is_given=draft.text(label) is not None,
    )


ANDRII = Dialect(
    name="andrii",
    peer="AndriiDerevytskyi/Swarm-autoscaler",
    sign=any_of(_ENABLE),
    write=_write,
    prefixes=("swarm.autoscaler",),
)
