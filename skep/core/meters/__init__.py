"""What skep tells about itself, in numbers: how it decides, what it waits for, how old what it knows is."""

from skep.core.meters.catalogue import METERS, meter_of
from skep.core.meters.counts import counts_of_decisions, counts_of_entries, counts_of_task
from skep.core.meters.gauges import Elapsed, gauges, of_gone_services, seconds_passed
from skep.core.meters.meter import Meter, MeterKind, Reading, Readings

__all__ = [
    "METERS",
    "Elapsed",
    "Meter",
    "MeterKind",
    "Reading",
    "Readings",
    "counts_of_decisions",
    "counts_of_entries",
    "counts_of_task",
    "gauges",
    "meter_of",
    "of_gone_services",
    "seconds_passed",
]
