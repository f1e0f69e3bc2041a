"""The only actor dies by kill -9 in the middle of something, and another one takes its place."""

from collections.abc import Iterator
from contextlib import contextmanager

from lab.demo.stack import ACTOR
from tests.swarm.stage import Stage

__all__ = ["HEIR", "VICTIM", "victim"]

VICTIM, HEIR = "victim", "heir"

_LOCKS = "skep:lock:"
#: Of those who evaluate, who live on.
_LOOPS = f"{_LOCKS}loop:"


@contextmanager
def victim(stage: Stage, *, lock: str, docker_host: str | None = None) -> Iterator[None]:
    """One actor alone in this block, which is killed at its end; then another one takes its place.

    What the dead one held is free at once, and what it had in hand is handed out again at once: both take minutes by
    themselves. That a dead worker's lock ends by itself is seen where one dies in mid-scaling.

    Args:
        stage: whose actor it is.
        lock: that it holds when it dies, perhaps beside others.
        docker_host: of the engine it talks to, where that is not the lab's own.
    """
    stage.skep.stop(ACTOR)
    stage.skep.start_actor(VICTIM, variables={} if docker_host is None else {"SKEP_DOCKER_HOST": docker_host})
    stage.skep.wait_ready(VICTIM)
    yield
    stage.skep.kill(VICTIM)
    keys = [key.decode() for key in stage.broker.scan_iter(f"{_LOCKS}*")]
    held = [key for key in keys if not key.startswith(_LOOPS)]
    assert f"{_LOCKS}{lock}" in held
    stage.broker.delete(*held)
    stage.skep.start_actor(HEIR)
    stage.postbox.deliver_again()
