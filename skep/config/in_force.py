"""What holds for a service, label by label, and where each comes from: for people who wonder why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from skep.config.labels import LabelDefaults, read_labels
from skep.config.units import duration_text
from skep.core.cluster import Service
from skep.core.outside import labels_of_skep
from skep.core.policy import DirectionPolicy, RateLimit, RateUnit, Select, ServicePolicy, Tolerance

__all__ = ["FROM_DEFAULT", "FROM_LABEL", "Setting", "settings_in_force"]

#: Origins that are no place in a file.
FROM_LABEL = "label"
FROM_DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that holds for a service.

    Attributes:
        label: its name, also where no label says it.
        text: its value, as a label would say it.
        origin: :data:`FROM_LABEL`, :data:`FROM_DEFAULT`, or the place that says it, such as a file with its line.
    """

    label: str
    text: str
    origin: str


def settings_in_force(service: Service, *, defaults: LabelDefaults) -> tuple[Setting, ...]:
    """The labels of a service by name, and then what holds where it has none.

    Where its labels are wrong, or it is not enabled, nothing holds by default.
    """
    said = dict(labels_of_skep(service))
    settings = [Setting(label=label, text=text, origin=FROM_LABEL) for label, text in said.items()]
    policy = read_labels(service, defaults=defaults)
    if isinstance(policy, ServicePolicy):
        settings += [
            Setting(label=label, text=text, origin=FROM_DEFAULT)
            for label, text in _everything(policy, defaults)
            if label not in said
        ]
    return tuple(settings)


def _everything(policy: ServicePolicy, defaults: LabelDefaults) -> Iterator[tuple[str, str]]:
    """What holds for every service, whether or not it says so."""
    yield "skep.min", str(policy.bounds.min_replicas)
    yield "skep.window", duration_text(defaults.window)
    yield from ((label, write(policy)) for label, write in _WRITERS)


def _tolerance(tolerance: Tolerance) -> str:
    up, down = (f"{ratio * 100:g}%" for ratio in (tolerance.up_ratio, tolerance.down_ratio))
    return up if up == down else f"up={up} down={down}"


def _direction(direction: DirectionPolicy) -> str:
    if direction.select is Select.DISABLED:
        return "off"
    rates = ",".join(map(_rate, direction.rates))
    select = "" if direction.select is Select.MAX else f" select={direction.select}"
    return f"window={duration_text(direction.window)} rate={rates}{select}"


def _rate(rate: RateLimit) -> str:
    percent = "%" if rate.unit is RateUnit.PERCENT else ""
    return f"{rate.amount}{percent}/{duration_text(rate.period)}"


_WRITERS: tuple[tuple[str, Callable[[ServicePolicy], str]], ...] = (
    ("skep.max-age", lambda policy: duration_text(policy.max_age)),
    ("skep.tolerance", lambda policy: _tolerance(policy.tolerance)),
    ("skep.scale-up", lambda policy: _direction(policy.scale_up)),
    ("skep.scale-down", lambda policy: _direction(policy.scale_down)),
    ("skep.flaps", lambda policy: str(policy.flaps_per_hour)),
    ("skep.on-missing", lambda policy: str(policy.outage.mode)),
    ("skep.on-deploy", lambda policy: str(policy.on_deploy)),
)
