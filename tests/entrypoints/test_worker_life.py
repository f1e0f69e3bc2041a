"""A worker that waits for its broker is alive, and shows it; what it waits for stays where it is."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.servers import RedisServer

ROOT = Path(__file__).parents[2]
COMMAND = ("-m", "workers", "--pool=solo", "--queues=act", "--without-mingle")


@pytest.fixture
def sign(redis_server: RedisServer, tmp_path: Path) -> Iterator[Path]:
    """The file a real worker touches; the worker ends with the test."""
    environment = {**os.environ, "SKEP_BROKER_URL": redis_server.url, "SKEP_STATE_DIR": str(tmp_path)}
    with (tmp_path / "log").open("w") as log:
        worker = subprocess.Popen((sys.executable, *COMMAND), cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield tmp_path / "worker.alive"
    finally:
        worker.kill()
        worker.wait()


@pytest.mark.redis
@pytest.mark.timeout(300)  # a worker's start alone takes long on a busy machine
@pytest.mark.usefixtures("sign")
def test_an_actor_waits_for_orders_without_taking_any(redis_server: RedisServer) -> None:
    eventually(lambda: "blmove" in {client["cmd"] for client in redis_server.client.client_list()}, within_s=60)


@pytest.mark.redis
@pytest.mark.timeout(300)  # a worker's start alone takes long on a busy machine
def test_the_sign_of_life_goes_on_while_redis_is_away(sign: Path, redis_server: RedisServer) -> None:
    eventually(sign.exists, within_s=60)
    redis_server.stop()
    for _ in range(3):
        sign.unlink(missing_ok=True)
        eventually(sign.exists, within_s=60)
