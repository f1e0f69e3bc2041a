"""How operators name a queue, and the statement that reads its length."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.backlog import Backlog, read_queue
from skep.config.own_query import read_own_query
from skep.config.target import Target
from skep.config.total import Total
from skep.config.units import UnitError
from skep.core.policy import Unit
from tests.servers import InfluxServer


def waiting(target: float, activation: float = 0.0) -> Total:
    return Total(target=Target(value=target, unit=Unit.PLAIN), activation=activation)


@pytest.mark.parametrize(
    ("text", "backlog"),
    [
        pytest.param(
            "rabbitmq:jobs target=30",
            Backlog(
                statement='SELECT last("messages") FROM "rabbitmq_queue" '
                "WHERE \"queue\" = 'jobs' AND time > now() - 1m",
                total=waiting(30),
            ),
            id="a queue of RabbitMQ",
        ),
        pytest.param(
            "redis:celery target=2.5 activation=1",
            Backlog(
                statement='SELECT last("celery") FROM "redis_commands" WHERE time > now() - 1m',
                total=waiting(2.5, activation=1),
            ),
            id="a list of Redis, and an activation",
        ),
        pytest.param(
            "Redis:app:mails:high target=10",
            Backlog(
                statement='SELECT last("app:mails:high") FROM "redis_commands" WHERE time > now() - 1m',
                total=waiting(10),
            ),
            id="a name with colons",
        ),
    ],
)
def test_reads_a_queue(text: str, backlog: Backlog) -> None:
    assert read_queue(text) == backlog


@pytest.mark.parametrize(
    ("text", "because"),
    [
        pytest.param("jobs target=30", "rabbitmq:<queue> or redis:<list> first", id="of which broker?"),
        pytest.param("kafka:jobs target=30", "rabbitmq:<queue> or redis:<list> first", id="another broker"),
        pytest.param("redis: target=30", "rabbitmq:<queue> or redis:<list> first", id="no name"),
        pytest.param("redis:jobs", "target= behind it", id="no target"),
        pytest.param("redis:jobs 30", "without space", id="a target without its word"),
        pytest.param("redis:jobs target=0", "target= to be more than zero", id="a target of nothing"),
        pytest.param("redis:jobs target=5/s", "target= to be a number of waiting", id="a rate"),
        pytest.param("redis:jobs target=5 activation=x", "activation= to be a number", id="no activation"),
        pytest.param("redis:jobs target=5 colour=red", "only the parts target= and activation=", id="another part"),
        pytest.param("redis:it's target=5", "without space, quotes", id="a quote"),
        pytest.param('redis:a"b target=5', "without space, quotes", id="two quotes"),
        pytest.param("redis:a\\b target=5", "backslash", id="a backslash"),
        pytest.param("redis:a;b target=5", "and ;", id="a semicolon"),
        pytest.param("redis:$service target=5", "$ and ;", id="a dollar"),
        pytest.param("redis:a\x07b target=5", "a name of at most 255 characters", id="a bell"),
        pytest.param(f"redis:{'x' * 256} target=5", "a name of at most 255 characters", id="a name of 256 characters"),
        pytest.param(f"redis:{'x' * 999} target=5", "at most 510 characters", id="a text of a thousand characters"),
        pytest.param("redis:put-into-store target=5", "a name that a query can hold", id="a word that writes"),
    ],
)
def test_refuses_anything_else(text: str, because: str) -> None:
    with pytest.raises(UnitError) as refused:
        read_queue(text)
    assert because in refused.value.expected


def test_all_wrong_parts_are_named_at_once() -> None:
    with pytest.raises(UnitError) as refused:
        read_queue("kafka:jobs target=0 activation=x")
    assert all(part in refused.value.expected for part in ("rabbitmq:<queue>", "target=", "activation="))


@given(name=st.text(max_size=300), broker=st.sampled_from(["redis", "rabbitmq"]))
def test_a_statement_for_any_name_only_reads(name: str, broker: str) -> None:
    with suppress(UnitError):
        statement = read_queue(f"{broker}:{name} target=5").statement
        assert read_own_query(statement, names_service=False) == statement


@pytest.mark.influx
@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            "rabbitmq:jobs-ü target=30",
            "rabbitmq_queue,queue=jobs-ü,vhost=/,node=rabbit@a consumers=2i,messages=41i,messages_ready=40i {now}",
            id="a queue of RabbitMQ",
        ),
        pytest.param(
            "redis:app:mails target=30",
            "redis_commands,server=redis,port=6379,replication_role=master app:mails=41i {now}",
            id="a list of Redis",
        ),
    ],
)
def test_the_database_answers_with_the_length_that_telegraf_wrote(
    influx_server: InfluxServer, text: str, line: str
) -> None:
    influx_server.write([line.format(now=int(time.time()))], database="metrics", precision="s")
    (series,) = influx_server.query(read_queue(text).statement, database="metrics")
    assert [row[1] for row in series["values"]] == [41]
