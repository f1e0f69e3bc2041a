"""Measure skep itself."""

from skep.operations.measure import measure as measure_all
from skep.wiring import meter_archive, meters, settings, world
from workers.app import app

__all__ = ["measure"]


@app.task(name="health.measure", send_events=False)
def measure() -> None:
    """One look; the next one repairs what this one could not do."""
    measure_all(
        world(),
        meters(),
        meter_archive(),
        interval=settings().reconcile_interval,
        time_limit=settings().task_time_limit,
    )
