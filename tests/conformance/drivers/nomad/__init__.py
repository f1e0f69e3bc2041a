"""Drivers for the vectors of the HashiCorp Nomad Autoscaler."""

from tests.conformance.drivers.nomad import combining, schedule, strategies

__all__ = ["DRIVERS"]

DRIVERS = {**strategies.DRIVERS, **combining.DRIVERS, **schedule.DRIVERS}
