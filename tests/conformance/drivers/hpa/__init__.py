"""Drivers for the vectors of the Kubernetes HorizontalPodAutoscaler."""

from tests.conformance.drivers.hpa import pace, reconcile, replicas

__all__ = ["DRIVERS"]

DRIVERS = {**replicas.DRIVERS, **pace.DRIVERS, **reconcile.DRIVERS}
