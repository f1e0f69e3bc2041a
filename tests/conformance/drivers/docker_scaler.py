"""docker-scaler's steps, replayed with the step and the bounds of the core: services and groups of nodes."""

from datetime import timedelta
from typing import Any

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.cluster import ServiceMode
from skep.core.policy import Bounds
from skep.core.strategies.step import StepSize, StepUnit
from skep.operations.scale import ScaleVerdict, scale_service
from skep.ports import World
from tests.conformance.vector import Json
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import FakeMemory
from tests.fakes.metrics import FakeMetrics
from tests.fakes.swarm import FakeSwarm

__all__ = ["DRIVERS"]


def _service_step(given: Json) -> dict[str, Any]:
    bounds, new = _step(given, "com.df.scale")
    current = given["current"]
    limit = bounds.max_replicas if given["direction"] == "up" else bounds.min_replicas
    return {
        "new": new,
        "min": bounds.min_replicas,
        "max": bounds.max_replicas,
        "update_called": new != current,
        "already_bounded": current == limit,
    }


def _node_step(given: Json) -> dict[str, Any]:
    bounds, new = _step(given, f"com.df.scale{given['node_type'].capitalize()}Node")
    return {"new": new, "min": bounds.min_replicas, "max": bounds.max_replicas}


def _step(given: Json, prefix: str) -> tuple[Bounds, int]:
    """The bounds and the count after one step within them."""
    bounds = Bounds(
        min_replicas=_setting(given, prefix, "min", is_bound=True),
        max_replicas=_setting(given, prefix, "max", is_bound=True),
    )
    is_up = given["direction"] == "up"
    amount = given["by"] or _setting(given, prefix, "upBy" if is_up else "downBy", is_bound=False)
    size = StepSize(amount=amount if is_up else -amount, unit=StepUnit.REPLICAS)
    return bounds, bounds.clamp(size.taken_from(given["current"]))


def _setting(given: Json, prefix: str, name: str, *, is_bound: bool) -> int:
    """The label; the default where it is absent, is no whole number, or is a bound below zero."""
    default = int(given["defaults"][name])
    try:
        value = int(given["labels"].get(f"{prefix}{name[0].upper()}{name[1:]}", default))
    except ValueError:
        return default
    return default if is_bound and value < 0 else value


def _service_step_errors(given: Json) -> dict[str, Any]:
    """An order for a service that has no count that could be changed, or that is not there."""
    clock = FakeClock()
    swarm = FakeSwarm(clock)
    if not given.get("inspect_fails"):
        swarm.add("web", replicas=None, mode=_MODES.get(given["mode"], ServiceMode.REPLICATED_JOB))
    world = World(
        clock=clock,
        swarm=swarm,
        metrics=FakeMetrics(clock),
        locks=FakeLocks(clock),
        memory=FakeMemory(clock),
        journal=FakeJournal(),
    )
    order = ScaleOrder(
        service_id="web",
        service_name="web",
        replicas=2,
        seen_replicas=None,
        evaluation=None,
        reason="alert",
        actor="webhook:alert",
    )
    outcome = scale_service(world, order, defaults=LabelDefaults(), time_limit=timedelta(seconds=30))
    return {"is_refused": outcome.verdict is ScaleVerdict.REFUSED and not swarm.writes}


#: A mode that nobody knows is one whose count nobody can change, as that of a job.
_MODES = {"global": ServiceMode.GLOBAL, "replicated": ServiceMode.REPLICATED}

DRIVERS = {
    "service_step": _service_step,
    "node_step": _node_step,
    "service_step_errors": _service_step_errors,
}
