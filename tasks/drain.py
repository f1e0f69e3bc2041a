"""Empty a node without dropping what it serves, one short task per step, and give it back."""

import secrets
from datetime import timedelta

from celery import Task

from skep.operations.drain import DrainOutcome, DrainRules, GivenDrain, begin_drain, drain_step, undrain
from skep.report.sentences import node_line, result_text
from skep.wiring import label_defaults, pool_deadline, pool_provider, settings, world
from tasks.persistence import PERSISTENT
from workers.app import app

__all__ = ["back", "drain_rules", "enqueue_step", "node", "step"]

#: A step that nobody took within this time is void: reconcile looks again.
_EXPIRES = timedelta(seconds=30)


@app.task(name="drain.node", **PERSISTENT)
def node(
    self: Task[..., str],
    *,
    node_id: str,
    actor: str,
    reason: str = "",
    deadline_s: float | None = None,
    removes: bool = False,
    allows_interruption: bool = False,
) -> str:
    """Begin to empty a node; doing it twice is doing it once.

    Returns:
        What was done in a line short enough for Flower's list, and the whole sentence in the next if it is longer.
    """
    given = GivenDrain(
        node=node_id,
        actor=actor,
        reason=reason,
        deadline=None if deadline_s is None else timedelta(seconds=deadline_s),
        removes=removes,
        allows_interruption=allows_interruption,
        task_id=self.request.id,
    )
    return _told(begin_drain(world(), given, drain_rules()))


@app.task(name="drain.back", **PERSISTENT)
def back(self: Task[..., str], *, node_id: str, actor: str, reason: str = "") -> str:
    """Make a node active again; doing it twice is doing it once. Returns as :func:`node` does."""
    return _told(undrain(world(), node_id, drain_rules(), actor=actor, reason=reason, task_id=self.request.id))


@app.task(bind=True, name="drain.step", ignore_result=False, acks_late=True)
def step(self: Task[..., str], *, node_id: str) -> str:
    """Take the step that is due; after trouble reconcile looks again. Returns as :func:`node` does."""
    return _told(drain_step(world(), node_id, drain_rules(), task_id=self.request.id))


def drain_rules() -> DrainRules:
    """What steps of drains go by in this process."""
    return DrainRules(
        defaults=label_defaults(),
        time_limit=settings().task_time_limit,
        provider_of=pool_provider,
        deadline_of=pool_deadline,
    )


def enqueue_step(node_id: str, hostname: str) -> None:
    """Send a step under a readable name, and an id that no other step has."""
    step.apply_async(
        kwargs={"node_id": node_id},
        shadow=f"drain.{hostname}",
        task_id=f"drain.{hostname}.{secrets.token_hex(4)}",
        expires=_EXPIRES.total_seconds(),
    )


def _told(outcome: DrainOutcome) -> str:
    """The result; where another step may be due at once, it is on its way."""
    if outcome.is_due:
        enqueue_step(outcome.node_id, outcome.hostname)
    return result_text(node_line(outcome.sentence), outcome.sentence)
