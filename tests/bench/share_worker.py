"""A worker of skep that also tells which tasks it has ended: ``celery -A tests.bench.share_worker worker``."""

import time
from functools import cache
from typing import Any

import msgspec
import redis
from celery import Task
from celery.signals import task_postrun

from skep.wiring import settings
from workers.app import app

__all__ = ["Ended", "app", "ended_key"]


class Ended(msgspec.Struct, kw_only=True):
    """One task that has ended.

    Attributes:
        at_s: by the machine's monotonic clock, which its processes share.
    """

    task: str
    state: str
    at_s: float


def ended_key(prefix: str) -> str:
    """The list to which the workers under a prefix add what they have ended."""
    return f"{prefix}bench:ended"


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings().broker_url.reveal())


@task_postrun.connect
def _tell(sender: Task[..., Any] | None = None, state: str | None = None, **_signal: object) -> None:
    if sender is not None and sender.name.startswith("evaluate."):
        ended = Ended(task=sender.name, state=state or "", at_s=time.monotonic())
        _redis().rpush(ended_key(settings().redis_prefix), msgspec.json.encode(ended))
