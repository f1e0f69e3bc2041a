"""A message that is a program in disguise is never opened: a real worker takes JSON and nothing else."""

import os
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from tests.entrypoints.flower_process import run_skep, worker_process
from tests.eventually import eventually
from tests.servers import RedisServer

pytestmark = [
    pytest.mark.redis,
    # A worker starts slowly on a busy machine.
    pytest.mark.timeout(600),
]

PATIENCE_S = 120.0


class Trap:
    """Whoever unpacks it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("queue", ["observe", "act"])
def test_a_pickled_message_is_refused_and_the_worker_goes_on(
    redis_server: RedisServer, tmp_path: Path, queue: str
) -> None:
    trap, log = tmp_path / "sprung", tmp_path / "worker.log"
    with worker_process(redis_server, tmp_path):
        eventually(lambda: run_skep(redis_server, "status").returncode == 0, within_s=PATIENCE_S, every_s=0.5)
        send_pickled(redis_server, queue, Trap(trap))
        eventually(lambda: "Refusing to deserialize" in log.read_text(), within_s=PATIENCE_S, every_s=0.2)
        assert run_skep(redis_server, "status").returncode == 0
    assert not trap.exists()


def send_pickled(redis_server: RedisServer, queue: str, trap: Trap) -> None:
    with Celery("stranger", broker=redis_server.url) as stranger:
        stranger.conf.update(
            task_serializer="pickle",
            accept_content=["pickle"],
            broker_transport_options={"global_keyprefix": "skep:"},
            broker_pool_limit=0,
        )
        stranger.send_task("ask.status", kwargs={"names": trap}, queue=queue)
