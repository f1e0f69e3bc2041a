"""Celery's own scheduler, which also shows at each tick that it lives."""

from celery.beat import PersistentScheduler

from skep.wiring import settings
from workers.health import sign_of_life

__all__ = ["LivingScheduler"]


class LivingScheduler(PersistentScheduler):
    """Touches the file that the health check of beat looks at; see ``workers.health``."""

    def tick(self) -> float:  # type: ignore[override]  # beat calls it without arguments
        """Do what is due and say when to wake next, in seconds."""
        sign_of_life("beat", settings().state_dir)
        wake_in_s: float = super().tick()
        return wake_in_s
