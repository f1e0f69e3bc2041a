"""A message of a newer version is refused with a sentence, and one of the version before is carried out."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from tests.celery_apps import let_go
from tests.eventually import eventually
from tests.servers import RedisServer
from workers.app import app
from workers.formats import FORMAT, HEADER, FormattedTask

ROOT = Path(__file__).parents[2]
#: As the version before sent it: no word of a format.
ORDER = {
    "service_id": "web-id",
    "replicas": 5,
    "seen_replicas": 2,
    "evaluation": None,
    "reason": "by hand",
    "actor": "cli:ann",
}


def test_every_task_of_skep_says_its_format() -> None:
    app.loader.import_default_modules()
    own = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert own
    assert all(isinstance(task, FormattedTask) for task in own)


@pytest.fixture
def client(redis_server: RedisServer, tmp_path: Path) -> Iterator[Celery]:
    """A client of a real worker, which reaches Redis and no engine."""
    environment = {
        **os.environ,
        "SKEP_BROKER_URL": redis_server.url,
        "SKEP_STATE_DIR": str(tmp_path),
        "SKEP_DOCKER_HOST": f"unix://{tmp_path}/none.sock",
    }
    command = (sys.executable, "-m", "workers", "--pool=solo", "--queues=act")
    with (tmp_path / "log").open("w") as log:
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    sender = Celery("sender", broker=redis_server.url)
    options = app.conf.broker_transport_options
    prefix = {k: v for k, v in options.items() if k == "global_keyprefix"}
    sender.conf.update(broker_transport_options=prefix, broker_pool_limit=0)
    try:
        yield sender
    finally:
        worker.kill()
        worker.wait()
        let_go(sender)


@pytest.mark.redis
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("headers", "words"),
    [
        pytest.param({HEADER: FORMAT + 1}, "nothing was done; upgrade all workers", id="a newer one is refused"),
        pytest.param({HEADER: "two"}, "nothing was done; upgrade all workers", id="an unknown one is refused"),
        pytest.param({HEADER: FORMAT}, "none.sock", id="one of this version goes to the engine"),
        pytest.param({}, "none.sock", id="one of the version before goes to the engine"),
    ],
)
def test_a_worker_carries_out_what_it_can_read(
    client: Celery, tmp_path: Path, headers: dict[str, Any], words: str
) -> None:
    client.send_task("scale.service", kwargs=ORDER, headers=headers, queue="act")
    eventually(lambda: words in (tmp_path / "log").read_text(), within_s=120)
