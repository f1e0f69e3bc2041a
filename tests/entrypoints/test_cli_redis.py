"""The console command as a process of its own, with a real Redis and no worker behind it."""

import signal
import subprocess
import sys
import time

import pytest

from tests.house.tree import ROOT
from tests.servers import RedisServer

pytestmark = pytest.mark.redis

PATIENCE_S = 30.0


def start(redis_server: RedisServer, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env={"SKEP_BROKER_URL": redis_server.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """The exit code, and the lines of standard error; nothing else was said."""
    stdout, stderr = process.communicate(timeout=PATIENCE_S)
    assert stdout == ""
    return process.returncode, stderr.splitlines()


def wait_for_question(redis_server: RedisServer) -> None:
    """Return when a question waits in Redis."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not redis_server.client.keys("*observe"):
        assert time.monotonic() < give_up_at, "no question has come"
        time.sleep(0.01)


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["scale", "web=5", "--wait", "--json"]],
    ids=["a question", "an order"],
)
def test_without_a_worker_there_is_one_sentence_and_1(redis_server: RedisServer, arguments: list[str]) -> None:
    code, (sentence,) = end(start(redis_server, *arguments))
    assert code == 1
    assert sentence.startswith("Error: No worker answered within 5 s.")


def test_a_redis_that_hangs_is_one_sentence_and_1(redis_server: RedisServer) -> None:
    redis_server.pause()
    code, (sentence,) = end(start(redis_server, "status"))
    assert code == 1
    assert "cannot be reached" in sentence


def test_a_redis_that_dies_while_we_wait_is_one_sentence_and_1(redis_server: RedisServer) -> None:
    process = start(redis_server, "status")
    wait_for_question(redis_server)
    redis_server.kill()
    code, (sentence,) = end(process)
    assert code == 1
    assert sentence.startswith("Error: ")


def test_whoever_is_interrupted_leaves_without_a_traceback(redis_server: RedisServer) -> None:
    process = start(redis_server, "status")
    wait_for_question(redis_server)
    process.send_signal(signal.SIGINT)
    code, lines = end(process)
    assert code == 1
    assert [line for line in lines if line] == ["Aborted!"]
