"""A week of requests in a real InfluxDB, what is learned of it in a real Redis, and an evaluation that goes by it."""

import time
from datetime import timedelta

import pytest

from skep.adapters.clock import SystemClock
from skep.adapters.influx import Influx, InfluxAccess
from skep.adapters.redis_lessons import RedisLessons
from skep.adapters.redis_locks import RedisLocks
from skep.adapters.redis_memory import RedisMemory
from skep.config.labels import LabelDefaults
from skep.core.policy import Tune
from skep.operations.evaluate import Pace, evaluate_services
from skep.operations.learn import learn_rules
from skep.operations.tuned import tuned_services
from skep.ports import World
from tests.adapters.redis_clients import client_of
from tests.fakes.journal import FakeJournal
from tests.fakes.swarm import FakeSwarm
from tests.servers import InfluxServer, RedisServer

pytestmark = [pytest.mark.influx, pytest.mark.redis]

INTERVAL = timedelta(seconds=15)
LIMIT = timedelta(seconds=60)
LABELS = {"skep.enable": "true", "skep.max": "20", "skep.requests": "50/s", "skep.tune": "auto"}
EVERY_S = 10
PER_SECOND = 240


def test_a_week_is_read_learned_and_followed(influx_server: InfluxServer, redis_server: RedisServer) -> None:
    influx_server.query("CREATE DATABASE telegraf")
    newest_s, points = int(time.time()), 7 * 86_400 // EVERY_S
    lines = (
        f"haproxy,proxy=web,server=BACKEND,type=backend,host=n1 stot={PER_SECOND * EVERY_S * place}i "
        f"{newest_s - EVERY_S * (points - 1 - place)}"
        for place in range(points)
    )
    influx_server.write(lines, database="telegraf", precision="s")
    clock, swarm = SystemClock(), FakeSwarm(SystemClock())
    swarm.add("web", replicas=2, labels=LABELS)
    with client_of(redis_server) as client:
        world = World(
            clock=clock,
            swarm=swarm,
            metrics=Influx(InfluxAccess(url=influx_server.url, database="telegraf"), clock=clock),
            locks=RedisLocks(client),
            memory=RedisMemory(client),
            journal=FakeJournal(),
        )
        lessons = RedisLessons(client)
        tuned = tuned_services(world, defaults=LabelDefaults())
        assert learn_rules(world, lessons, tuned, interval=INTERVAL, time_limit=LIMIT) == ("web",)
        (study,) = lessons.recall(["web-id"]).values()
        assert study.learned.ticks * INTERVAL > timedelta(days=6.9)
        assert study.learned.load == pytest.approx(PER_SECOND)
        evaluate_services(world, defaults=LabelDefaults(), pace=Pace(interval=INTERVAL, time_limit=LIMIT))
        decision = world.memory.decisions()["web-id"]
        assert decision.tuning is not None
        assert decision.tuning.mode is Tune.AUTO
        assert "would have cost" in decision.tuning.why
        assert [proposal.metric for proposal in decision.proposals] == ["requests", "requests expected"]
