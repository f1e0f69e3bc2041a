"""Drivers: each takes what a vector gives, asks the core, and answers in the form of what the vector expects."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.conformance.drivers import cluster_autoscaler, docker_scaler, hpa, kapacitor, nomad
from tests.conformance.vector import Json

__all__ = ["DRIVERS"]

#: By group; no two families share the name of one.
DRIVERS: Mapping[str, Callable[[Json], dict[str, Any]]] = {
    **hpa.DRIVERS,
    **nomad.DRIVERS,
    **kapacitor.DRIVERS,
    **docker_scaler.DRIVERS,
    **cluster_autoscaler.DRIVERS,
}
