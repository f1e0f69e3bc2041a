"""How long an order of a person is tried again while the world is out of order.

A Swarm whose leader is lost answers nobody until the managers have elected another; an order that is given meanwhile
is carried out afterwards, by whichever manager's worker gets it. An attempt that took longer than it may is one that
found the world out of order, too. Orders end by their expiry, whatever is left of the attempts.
"""

from typing import Any

from celery.exceptions import SoftTimeLimitExceeded

from skep.errors import Temporary

__all__ = ["PERSISTENT"]

#: For the decorator of a task: twenty more attempts within a minute, or a little over when each of them hangs.
PERSISTENT: dict[str, Any] = {
    "bind": True,
    "ignore_result": False,
    "acks_late": True,
    "autoretry_for": (Temporary, SoftTimeLimitExceeded),
    "default_retry_delay": 3,
    "max_retries": 20,
    "retry_backoff": False,
}
