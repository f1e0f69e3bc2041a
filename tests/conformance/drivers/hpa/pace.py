"""How far and how fast: groups about stabilization, rates, bounds, scale events and the behavior block."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from skep.config.pace import read_direction
from skep.config.units import UnitError
from skep.core.decision import Guard, History, Recommendation, ScaleEvent, Situation, Step
from skep.core.guards import GUARDS
from skep.core.guards.bounds import within_bounds
from skep.core.guards.rate import growth_limit, rate_limited, shrink_limit
from skep.core.guards.stabilization import stabilized
from skep.core.policy import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    Bounds,
    DirectionPolicy,
    RateLimit,
    RateUnit,
    Select,
    ServicePolicy,
)
from skep.core.readiness import ReplicaState
from skep.core.strategies.proposal import LARGEST_COUNT
from tests.builders import NOW
from tests.conformance.drivers.hpa.pods import ago, swarm
from tests.conformance.vector import Json

__all__ = ["DRIVERS", "direction", "events", "limiting_reason", "recommendations", "without_behavior"]

_UNBOUNDED = Bounds(min_replicas=0, max_replicas=LARGEST_COUNT)
#: Shorter than the time between any two evaluations: what was done before never counts.
_A_MOMENT = timedelta(microseconds=1)


def _situation(
    replicas: int,
    *,
    bounds: Bounds = _UNBOUNDED,
    scale_up: DirectionPolicy = DEFAULT_SCALE_UP,
    scale_down: DirectionPolicy = DEFAULT_SCALE_DOWN,
    history: History | None = None,
) -> Situation:
    return Situation(
        evaluation=1,
        now=NOW,
        service=swarm([ReplicaState.READY], replicas=replicas),
        policy=ServicePolicy(bounds=bounds, metrics=(), scale_up=scale_up, scale_down=scale_down),
        proposals=(),
        history=history or History(),
        bounds=bounds,
    )


def direction(rules: Json | None, default: DirectionPolicy) -> DirectionPolicy:
    """One direction of a behavior block; what it leaves out is that of ``default``."""
    if rules is None:
        return default
    window_s, select, policies = (rules.get(key) for key in ("stabilization_window_s", "select_policy", "policies"))
    return DirectionPolicy(
        window=default.window if window_s is None else timedelta(seconds=window_s),
        rates=default.rates if policies is None else tuple(map(_rate, policies)),
        select=Select(select.lower()) if select else default.select,
    )


def _rate(policy: Json) -> RateLimit:
    unit = RateUnit.PERCENT if policy["type"] == "Percent" else RateUnit.REPLICAS
    return RateLimit(amount=policy["value"], unit=unit, period=timedelta(seconds=policy["period_s"]))


def without_behavior(given: Json, current: int) -> tuple[DirectionPolicy, DirectionPolicy]:
    """How a service moves without a behavior block: up to a multiple of what it has, down as it likes.

    The window for shrinking is a moment longer, since a recommendation as old as the window still counts there.
    """
    percent = RateLimit(
        amount=round((given["scale_up_limit_factor"] - 1) * 100), unit=RateUnit.PERCENT, period=_A_MOMENT
    )
    fewest = RateLimit(
        amount=max(0, given["scale_up_limit_minimum"] - current), unit=RateUnit.REPLICAS, period=_A_MOMENT
    )
    window = timedelta(seconds=given.get("default_scale_down_window_s", 300))
    scale_up = DirectionPolicy(window=timedelta(0), rates=(percent, fewest))
    return scale_up, DirectionPolicy(window=window + _A_MOMENT, rates=())


def events(given: Json) -> tuple[ScaleEvent, ...]:
    """What was done to the service before, oldest first."""
    ups = [ScaleEvent(at=ago(e["age_s"]), change=e["change"]) for e in given.get("scale_up_events") or ()]
    downs = [ScaleEvent(at=ago(e["age_s"]), change=-e["change"]) for e in given.get("scale_down_events") or ()]
    return tuple(sorted((*ups, *downs), key=lambda event: event.at))


def recommendations(history: Iterable[Json]) -> tuple[Recommendation, ...]:
    """What was asked for before, oldest first."""
    asked = [Recommendation(at=ago(entry["age_s"]), replicas=entry["value"]) for entry in history]
    return tuple(sorted(asked, key=lambda recommendation: recommendation.at))


def limiting_reason(steps: Sequence[Step]) -> str:
    """Which limit the last step of a decision was, in the words of upstream."""
    last = steps[-1] if steps else None
    if last is None or last.by not in {"bounds", "rate"}:
        return "DesiredWithinRange"
    is_cut = last.replicas_after < last.replicas_before
    if last.by == "bounds":
        return "TooManyReplicas" if is_cut else "TooFewReplicas"
    return "ScaleUpLimit" if is_cut else "ScaleDownLimit"


def _through(guards: Iterable[Guard], situation: Situation, replicas: int) -> list[Step]:
    """What guards say in the order in which the core asks them."""
    steps: list[Step] = []
    for guard in guards:
        step = guard(situation, steps[-1].replicas_after if steps else replicas)
        if step is not None:
            steps.append(step)
    return steps


_LIMITS = tuple(guard for guard in GUARDS if guard in {within_bounds, rate_limited})


def _limited(situation: Situation, replicas: int) -> dict[str, Any]:
    steps = _through(_LIMITS, situation, replicas)
    return {"desired": steps[-1].replicas_after if steps else replicas, "reason": limiting_reason(steps)}


def _bounds(given: Json) -> Bounds:
    return Bounds(min_replicas=given["min"], max_replicas=given["max"])


def _bounds_without_behavior(given: Json) -> dict[str, Any]:
    scale_up, scale_down = without_behavior(given, given["current"])
    situation = _situation(given["current"], bounds=_bounds(given), scale_up=scale_up, scale_down=scale_down)
    return _limited(situation, given["desired"])


def _rate_with_behavior(given: Json) -> dict[str, Any]:
    situation = _situation(
        given["current"],
        bounds=_bounds(given),
        scale_up=direction(given["scale_up"], DEFAULT_SCALE_UP),
        scale_down=direction(given["scale_down"], DEFAULT_SCALE_DOWN),
        history=History(events=events(given)),
    )
    return _limited(situation, given["desired"])


def _rate_limit(given: Json) -> dict[str, Any]:
    grows = given["direction"] == "up"
    rules = direction(given["rules"], DEFAULT_SCALE_UP if grows else DEFAULT_SCALE_DOWN)
    limit = growth_limit if grows else shrink_limit
    return {"limit": limit(rules, replicas=given["current"], events=events(given), now=NOW)}


def _stabilize_both(given: Json) -> dict[str, Any]:
    situation = _situation(
        given["current"],
        scale_up=_window_only(timedelta(seconds=given["scale_up_window_s"])),
        scale_down=_window_only(timedelta(seconds=given["scale_down_window_s"])),
        history=History(recommendations=recommendations(given["history"])),
    )
    return _stabilized(situation, given["desired"])


def _stabilize_down_only(given: Json) -> dict[str, Any]:
    """As without a behavior block: the present count is not known, and any that is high enough will do."""
    past = recommendations(given["history"])
    situation = _situation(
        max((r.replicas for r in past), default=0) + given["desired"],
        scale_up=_window_only(timedelta(0)),
        scale_down=_window_only(timedelta(seconds=given["scale_down_window_s"]) + _A_MOMENT),
        history=History(recommendations=past),
    )
    return _stabilized(situation, given["desired"])


def _window_only(window: timedelta) -> DirectionPolicy:
    return DirectionPolicy(window=window, rates=())


def _stabilized(situation: Situation, replicas: int) -> dict[str, Any]:
    step = stabilized(situation, replicas)
    return {"desired": replicas if step is None else step.replicas_after}


def _scale_event_log(given: Json) -> dict[str, Any]:
    """What counts of the changes in one direction, before and after one more."""
    sign = 1 if given["direction"] == "up" else -1
    past = [ScaleEvent(at=ago(event["age_s"]), change=sign * event["change"]) for event in given["events"]]
    now = ScaleEvent(at=NOW, change=sign * given["change"])
    default = DEFAULT_SCALE_UP if sign > 0 else DEFAULT_SCALE_DOWN
    longest = max(rate.period for rate in direction(given["rules"], default).rates)
    counted = [event.change * sign for event in (*past, now) if _change_within(longest, [event]) != 0]
    return {
        "change_in_period_before": sign * _change_within(timedelta(seconds=given["count_period_s"]), past),
        "events_after": sorted(counted),
    }


def _change_within(period: timedelta, past: Sequence[ScaleEvent]) -> int:
    """How much the core takes to have changed within a period, by the limit that it draws from it."""
    present, amount = 1_000_000, 500_000
    rate = RateLimit(amount=amount, unit=RateUnit.REPLICAS, period=period)
    policy = DirectionPolicy(window=timedelta(0), rates=(rate,))
    return present + amount - growth_limit(policy, replicas=present, events=past, now=NOW)


# --- the behavior block, through the text of a label -----------------------------------------------------------------


def _behavior_defaults(given: Json) -> dict[str, Any]:
    default = DEFAULT_SCALE_UP if given["direction"] == "up" else DEFAULT_SCALE_DOWN
    policy = read_direction(_label(given["given"]), default)
    return {
        "stabilization_window_s": policy.window.total_seconds(),
        "select_policy": policy.select.capitalize(),
        "policies": [
            {
                "type": "Percent" if rate.unit is RateUnit.PERCENT else "Replicas",
                "value": rate.amount,
                "period_s": rate.period.total_seconds(),
            }
            for rate in policy.rates
        ],
    }


def _behavior_validation(given: Json) -> dict[str, Any]:
    """Whether both labels can be read, and if not, the first part that is wrong."""
    for name, default in (("scale_up", DEFAULT_SCALE_UP), ("scale_down", DEFAULT_SCALE_DOWN)):
        rules = given[name]
        if rules is None:
            continue
        try:
            read_direction(_label(_switched_on({**rules, "policies": rules["policies"] or []})), default)
        except UnitError as error:
            return {"valid": False, "field": f"{name}.{_first_wrong_part(error)}"}
    return {"valid": True}


_PARTS = {"window=": "stabilization_window_s", "select=": "select_policy", "rate=": "policies"}


def _first_wrong_part(error: UnitError) -> str:
    return next(field for part, field in _PARTS.items() if f"{part} to be" in error.expected)


def _switched_on(rules: Json) -> Json:
    """A direction that is off has nothing beside it in a label; what is beside it here is read without the ``off``."""
    return {**rules, "select_policy": None} if rules["select_policy"] == "Disabled" else rules


def _label(rules: Json) -> str:
    """The text of ``skep.scale-up`` or ``skep.scale-down``."""
    window_s, select, policies = (rules.get(key) for key in ("stabilization_window_s", "select_policy", "policies"))
    if select == "Disabled":
        return "off"
    parts = []
    if window_s is not None:
        parts.append(f"window={window_s}s")
    if policies is not None:
        parts.append(f"rate={','.join(map(_rate_text, policies))}")
    if select is not None:
        parts.append(f"select={select.lower()}")
    return " ".join(parts) or "select=max"


def _rate_text(policy: Json) -> str:
    unit = {"Percent": "%", "Replicas": ""}.get(policy["type"], policy["type"])
    return f"{policy['value']}{unit}/{policy['period_s']}s"


DRIVERS = {
    "bounds_without_behavior": _bounds_without_behavior,
    "rate_with_behavior": _rate_with_behavior,
    "rate_limit": _rate_limit,
    "stabilize_both": _stabilize_both,
    "stabilize_down_only": _stabilize_down_only,
    "scale_event_log": _scale_event_log,
    "behavior_defaults": _behavior_defaults,
    "behavior_validation": _behavior_validation,
}
