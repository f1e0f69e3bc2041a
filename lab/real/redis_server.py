"""The lab's Redis: a real redis-server with a password and an append-only file, as a broker and a memory need it."""

from __future__ import annotations

from datetime import timedelta

import redis

from lab.real import processes, waiting
from lab.real.layout import Layout
from lab.real.processes import Process

PROCESS = "redis"
PROGRAM = "redis-server"
_START_PATIENCE = timedelta(seconds=20)


def start(layout: Layout, *, addresses: tuple[str, ...], port: int, password: str, program: str = PROGRAM) -> Process:
    """Start redis-server on `addresses`; does not wait for it."""
    data = layout.data / "redis"
    data.mkdir(parents=True, exist_ok=True)
    configuration = layout.run / "redis.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        "\n".join(
            (
                f"bind {' '.join(addresses)}",
                f"port {port}",
                f"requirepass {password}",
                f"dir {data}",
                "appendonly yes",
                "appendfsync everysec",
                # The append-only file is the copy; a snapshot beside it would only cost a fork.
                'save ""',
                # A broker that forgets messages to make room is worse than one that says it is full.
                "maxmemory-policy noeviction",
                "daemonize no",
                "",
            )
        )
    )
    return processes.start(layout, PROCESS, (program, str(configuration)))


def wait_ready(address: str, port: int, password: str) -> None:
    """Return when Redis answers.

    Raises:
        LabUnavailable: when it does not within 20 s.
    """

    def answers() -> bool:
        try:
            with redis.Redis(host=address, port=port, password=password, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    waiting.until(answers, patience=_START_PATIENCE, what=f"redis-server to answer on {address}:{port}")
