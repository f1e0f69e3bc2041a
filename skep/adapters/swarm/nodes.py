"""A node, from the engine's JSON."""

from collections.abc import Mapping

import msgspec

from skep.adapters.swarm import wire
from skep.adapters.swarm.quantities import known_instant, resources
from skep.adapters.swarm.requirements import generic, platform, plugins
from skep.core.cluster import Availability, ManagerStatus, Node

__all__ = ["read_node"]

# Made once: making a decoder takes longer than what it mostly has to read.
_DECODER = msgspec.json.Decoder(wire.Node)


def read_node(text: bytes | msgspec.Raw) -> Node:
    """One node."""
    sent = _DECODER.decode(text)
    spec = sent.spec or wire.NodeSpec()
    description = sent.description or wire.NodeDescription()
    engine = description.engine or wire.EngineDescription()
    status = sent.status or wire.NodeStatus()
    return Node(
        id=sent.id,
        hostname=description.hostname or "",
        is_manager=spec.role == "manager",
        is_ready=status.state == "ready",
        # A word not known yet: nothing is placed there that need not be.
        availability=_AVAILABILITIES.get(spec.availability or "", Availability.PAUSE),
        address=status.addr or "",
        capacity=resources(description.resources),
        labels=tuple((spec.labels or {}).items()),
        is_down=status.state == "down",
        platform=platform(description.platform),
        engine_version=engine.engine_version or "",
        engine_labels=tuple((engine.labels or {}).items()),
        plugins=None if description.engine is None else plugins(bytes(engine.plugins)),
        generic=generic(description.resources.generic_resources) if description.resources is not None else (),
        version_index=0 if sent.version is None else sent.version.index,
        manager=_manager(sent.manager_status),
        joined_at=known_instant(sent.created_at),
    )


def _manager(status: wire.ManagerStatus | None) -> ManagerStatus | None:
    if status is None:
        return None
    return ManagerStatus(
        is_leader=bool(status.leader), is_reachable=status.reachability == "reachable", address=status.addr or ""
    )


_AVAILABILITIES: Mapping[str, Availability] = {availability.value: availability for availability in Availability}
