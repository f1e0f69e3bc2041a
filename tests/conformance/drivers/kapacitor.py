"""Kapacitor's autoscale nodes, replayed with the guards of the core: groups named for their files.

The peer decides point by point and by the time of the point. Each point is an evaluation here: the count is read, what
is asked for is brought within the bounds, and the cooldown has a say.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from skep.config.labels import read_labels
from skep.core.cluster import Service, ServiceMode
from skep.core.decision import History, ScaleEvent, Situation
from skep.core.guards.cooldown import cooled_down
from skep.core.policy import Bounds, DirectionPolicy, ServicePolicy
from skep.core.strategies.proposal import LARGEST_COUNT
from tests.conformance.vector import Json

__all__ = ["DRIVERS"]

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class _Replay:
    """One service under one configuration, and what was done to it.

    Attributes:
        drops: how often the cooldown held a change back.
        errors: how often a change could not be written.
    """

    replicas: int
    bounds: Bounds
    increase_cooldown: timedelta
    decrease_cooldown: timedelta
    calls: list[list[int]] = field(default_factory=list)
    emitted: list[dict[str, int]] = field(default_factory=list)
    drops: int = 0
    errors: int = 0
    _events: list[ScaleEvent] = field(default_factory=list)

    def ask(self, at_s: int, wish: int, *, can_write: bool = True) -> None:
        """One point: so many replicas are asked for."""
        goal = self.bounds.clamp(wish)
        now = _BEGINNING + timedelta(seconds=at_s)
        if goal == self.replicas:
            return
        if cooled_down(self._situation(now), goal) is not None:
            self.drops += 1
        elif not can_write:
            self.errors += 1
        else:
            self.calls.append([at_s, goal])
            self.emitted.append({"t": at_s, "old": self.replicas, "new": goal})
            self._events.append(ScaleEvent(at=now, change=goal - self.replicas))
            self.replicas = goal

    def _situation(self, now: datetime) -> Situation:
        none = timedelta(0)
        policy = ServicePolicy(
            bounds=self.bounds,
            metrics=(),
            scale_up=DirectionPolicy(window=none, rates=(), cooldown=self.increase_cooldown),
            scale_down=DirectionPolicy(window=none, rates=(), cooldown=self.decrease_cooldown),
        )
        return Situation(
            evaluation=1,
            now=now,
            service=_service(self.replicas),
            policy=policy,
            proposals=(),
            history=History(events=tuple(self._events)),
            bounds=self.bounds,
        )


def _replay(config: Json, replicas: int) -> _Replay:
    return _Replay(
        replicas=replicas,
        bounds=Bounds(min_replicas=config.get("min", 1), max_replicas=config.get("max", 0) or LARGEST_COUNT),
        increase_cooldown=timedelta(seconds=config.get("increaseCooldown", 0)),
        decrease_cooldown=timedelta(seconds=config.get("decreaseCooldown", 0)),
    )


def _service(replicas: int, labels: dict[str, str] | None = None) -> Service:
    return Service(
        id="web-id",
        name="web",
        mode=ServiceMode.REPLICATED,
        replicas=replicas,
        version_index=1,
        labels=tuple((labels or {}).items()),
        updated_at=_BEGINNING,
    )


def _derived_semantics(given: Json) -> dict[str, Any]:
    """Points for one service; somebody else may change its count in between, which an evaluation sees."""
    replay = _replay(given["config"], given["initial_replicas"])
    others = sorted(((change["t"], change["replicas"]) for change in given.get("external_scale", ())), reverse=True)
    for point in given["points"]:
        while others and others[-1][0] <= point["t"]:
            replay.replicas = others.pop()[1]
        want = point["want"]
        wish = replay.replicas + want["current_plus"] if isinstance(want, dict) else want
        replay.ask(point["t"], wish, can_write=not _fails(given, point))
    return {
        "calls": replay.calls,
        "cooldown_drops": replay.drops,
        "errors": replay.errors,
        "emitted": replay.emitted,
    }


def _fails(given: Json, point: Json) -> bool:
    """Whether the write at a point fails: said of the point, of all of them, or by a list of instants."""
    if point.get("update_fails"):
        return True
    failing = given.get("update_fails", False)
    if isinstance(failing, bool):
        return failing
    return any(point["t"] == (moment["t"] if isinstance(moment, dict) else moment) for moment in failing)


def _stream_autoscale(given: Json) -> dict[str, Any]:
    """Points for several services, each with a count of its own."""
    config = given["config"]
    replays = {name: _replay(config, count) for name, count in given["initial_replicas"].items()}
    for point in given["points"]:
        replays[point["tags"][config["resource_tag"]]].ask(point["t"], _wish(config, point["fields"]))
    return {
        "set_replicas_calls": {name: [goal for _, goal in replay.calls] for name, replay in replays.items()},
        "last_emitted": {name: replay.emitted[-1] for name, replay in replays.items() if replay.emitted},
    }


_EXPRESSION = re.compile(r"int\((?P<operand>-?\w+)\)")


def _wish(config: Json, fields: Json) -> int:
    """The value of an expression: a number, or one of the fields of the point."""
    match = _EXPRESSION.fullmatch(config["replicas_expr"])
    if match is None:
        raise ValueError(f"no expression like {config['replicas_expr']} is known")
    operand = match["operand"]
    return int(fields[operand]) if operand in fields else int(operand)


def _cardinality(given: Json) -> dict[str, Any]:
    """Points of several groups that all speak of the same service."""
    config = given["config"]
    replay = _replay(config, given["initial_replicas"][config["resource_name"]])
    for number in range(given["points_total"]):
        replay.ask(number, _wish(config, {}))
    directions: dict[bool, int] = defaultdict(int)
    for event in replay.emitted:
        directions[event["new"] > event["old"]] += 1
    return {
        "increase_events": directions[True],
        "decrease_events": directions[False],
        "cooldown_drops": replay.drops,
        "errors": replay.errors,
    }


def _validation(given: Json) -> dict[str, Any]:
    """Whether the same would be accepted as the labels of a service."""
    config = given["config"]
    if "servers" in config:
        return {}
    labels = {
        "skep.enable": "true",
        "skep.min": str(config.get("min", 1)),
        "skep.max": str(config.get("max", 0) or LARGEST_COUNT),
    }
    if config.get("replicas"):
        labels["skep.requests"] = "50/s"
    cooldowns = {"up": config.get("increaseCooldown"), "down": config.get("decreaseCooldown")}
    parts = [f"{way}={span}" if isinstance(span, str) else f"{way}={span}s" for way, span in cooldowns.items() if span]
    if parts:
        labels["skep.cooldown"] = " ".join(parts)
    return {"valid": isinstance(read_labels(_service(1, labels)), ServicePolicy)}


DRIVERS = {
    "derived_semantics": _derived_semantics,
    "stream_autoscale": _stream_autoscale,
    "cardinality": _cardinality,
    "validation": _validation,
}
