"""The only actor dies by kill -9 in the middle of something, and another one takes its place."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lab.demo.stack import ACTOR, OBSERVER
from tests.swarm.patience import becomes
from tests.swarm.stage import Stage

__all__ = ["HEIR", "LATER", "SOON", "VICTIM", "WATCHER", "victim"]

#: What a dead worker had in its hands is picked up when no living one could still have it. A task is asked to end 10 s
#: before, which leaves too little to what starts an engine on a busy machine.
SOON, LATER = {"SKEP_TASK_TIME_LIMIT": "15s"}, {"SKEP_TASK_TIME_LIMIT": "30s"}
VICTIM, HEIR, WATCHER = "victim", "heir", "watcher"


@contextmanager
def victim(
    stage: Stage, *, lock: str, docker_host: str | None = None, limit: Mapping[str, str] = SOON
) -> Iterator[None]:
    """One actor alone in this block, which is killed at its end; then another one takes its place.

    Args:
        stage: whose actor it is.
        lock: that it will hold when it dies.
        docker_host: of the engine it talks to, where that is not the lab's own.
        limit: of its tasks and those of its heir.
    """
    stage.skep.stop(OBSERVER)
    stage.skep.stop(ACTOR)
    host = {} if docker_host is None else {"SKEP_DOCKER_HOST": docker_host}
    stage.skep.start_observer(WATCHER, variables=limit)
    stage.skep.start_actor(VICTIM, variables={**limit, **host})
    stage.skep.wait_ready(WATCHER, VICTIM)
    yield
    stage.skep.kill(VICTIM)
    stage.skep.start_actor(HEIR, variables=limit)
    # The broker waits far longer than the lock of a dead worker stands, before it hands its message out again.
    key = f"skep:lock:{lock}"
    becomes(lambda: stage.broker.exists(key), lambda there: not there, what="the dead worker's lock to end")
    stage.postbox.deliver_again()
