"""skep's own numbers as Prometheus gets them: from a real Flower, counted by a real worker in a real Redis."""

import subprocess
from pathlib import Path

import pytest

from tests.entrypoints.flower_process import flower_process, run_skep, worker_process
from tests.eventually import eventually
from tests.servers import RedisServer


@pytest.mark.redis
@pytest.mark.prometheus
@pytest.mark.timeout(600)  # two Celery processes start slowly on a busy machine
def test_prometheus_reads_what_workers_count_behind_the_login_of_flower(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    with flower_process(redis_server, tmp_path) as flower, worker_process(redis_server, tmp_path):
        assert flower.ask("/scaling/metrics").status == 401
        eventually(lambda: run_skep(redis_server, "status").returncode == 0, within_s=120, every_s=0.5)
        # The client hears of the answer before the worker has counted it.
        counted = b'skep_tasks_total{task="ask.status",outcome="success"} 1'
        eventually(lambda: counted in flower.ask("/scaling/metrics", logs_in=True).body, within_s=60)
        answer = flower.ask("/scaling/metrics", logs_in=True)
        assert (answer.status, answer.headers["Content-Type"][:25]) == (200, "text/plain; version=0.0.4")
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=answer.body, capture_output=True, timeout=30, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
        redis_server.stop()
        assert flower.ask("/scaling/metrics", logs_in=True).status == 503
        redis_server.start()
