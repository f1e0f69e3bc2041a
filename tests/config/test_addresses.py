"""Addresses of stores and engines, and the passwords in them."""

from collections.abc import Callable
from contextlib import suppress
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.addresses import (
    next_database,
    read_docker_host,
    read_influx_url,
    read_prometheus_url,
    read_redis_url,
    with_password,
    without_password,
)
from skep.config.units import UnitError

Reader = Callable[[str], str]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        pytest.param(read_redis_url, "redis://redis", id="a Redis by name"),
        pytest.param(read_redis_url, "redis://redis:6379/0", id="a Redis with port and database"),
        pytest.param(read_redis_url, "redis://:secret@10.0.0.1:1/15", id="a Redis with a password and the lowest port"),
        pytest.param(read_redis_url, "rediss://skep:secret@redis:65535/", id="a Redis with TLS and the highest port"),
        pytest.param(read_redis_url, "redis://[::1]:6379/0", id="a Redis with an address of version 6"),
        pytest.param(read_redis_url, "rediss://redis/0?ssl_cert_reqs=required", id="a Redis with an option"),
        pytest.param(read_influx_url, "http://influxdb:8086", id="an InfluxDB"),
        pytest.param(read_influx_url, "https://metrics.example.org", id="an InfluxDB with TLS"),
        pytest.param(read_prometheus_url, "http://prometheus:9090", id="a Prometheus"),
        pytest.param(read_prometheus_url, "https://metrics.example.org/prometheus", id="a Prometheus behind a path"),
        pytest.param(read_docker_host, "unix:///var/run/docker.sock", id="a socket"),
        pytest.param(read_docker_host, "tcp://socket-proxy:2375", id="a proxy before a socket"),
        pytest.param(read_docker_host, "https://10.0.0.1:2376", id="an engine with TLS"),
        pytest.param(read_docker_host, "ssh://root@manager", id="an engine by ssh"),
    ],
)
def test_accepts(read: Reader, text: str) -> None:
    assert read(f" {text}\n") == text


def test_a_slash_behind_the_place_of_an_influxdb_does_not_matter() -> None:
    assert read_influx_url("http://influxdb:8086/") == "http://influxdb:8086"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        pytest.param(read_prometheus_url, "prometheus:9090", id="a Prometheus without a scheme"),
        pytest.param(read_prometheus_url, "http://user:pass@prometheus:9090", id="a Prometheus with a login"),
        pytest.param(read_prometheus_url, "http://prometheus:9090/api/v1", id="a Prometheus with the path of its API"),
        pytest.param(read_prometheus_url, "http://prometheus:9090/?query=up", id="a Prometheus with a query"),
        pytest.param(read_redis_url, "", id="nothing"),
        pytest.param(read_redis_url, "redis:6379", id="no scheme"),
        pytest.param(read_redis_url, "http://redis:6379", id="another scheme"),
        pytest.param(read_redis_url, "redis://", id="no host"),
        pytest.param(read_redis_url, "redis://:secret@", id="a password and no host"),
        pytest.param(read_redis_url, "redis://redis:0", id="port zero"),
        pytest.param(read_redis_url, "redis://redis:65536", id="a port beyond the highest"),
        pytest.param(read_redis_url, "redis://redis:port", id="a port in words"),
        pytest.param(read_redis_url, "redis://redis/first", id="a database in words"),
        pytest.param(read_redis_url, "redis://redis/0/1", id="two databases"),
        pytest.param(read_redis_url, "redis://:pass#word@redis", id="a password that was not quoted"),
        pytest.param(read_redis_url, "redis://re dis", id="a space"),
        pytest.param(read_redis_url, "redis://re\ndis", id="a line end inside"),
        pytest.param(read_redis_url, "redis://[::1", id="half an address of version 6"),
        pytest.param(read_redis_url, f"redis://{'x' * 10_000}", id="ten thousand characters"),
        pytest.param(read_influx_url, "influxdb:8086", id="an InfluxDB without a scheme"),
        pytest.param(read_influx_url, "http://skep:secret@influxdb:8086", id="an InfluxDB with a password in it"),
        pytest.param(read_influx_url, "http://influxdb:8086/query", id="an InfluxDB with a path"),
        pytest.param(read_influx_url, "http://influxdb:8086?u=skep&p=secret", id="an InfluxDB with a query"),
        pytest.param(read_docker_host, "/var/run/docker.sock", id="a path"),
        pytest.param(read_docker_host, "unix://docker.sock", id="a socket without its whole path"),
        pytest.param(read_docker_host, "npipe:////./pipe/docker_engine", id="a pipe of Windows"),
        pytest.param(read_docker_host, "tcp://manager:2375/v1.41", id="an engine with a path"),
    ],
)
def test_refuses(read: Reader, text: str) -> None:
    with pytest.raises(UnitError, match=r"address"):
        read(text)


@pytest.mark.parametrize("read", [read_redis_url, read_influx_url, read_docker_host], ids=lambda read: read.__name__)
@given(text=st.text() | st.text(alphabet="redishttp:/@[]?#.:0123456789 ").map("redis://".__add__))
def test_any_text_is_an_address_or_a_unit_error(read: Reader, text: str) -> None:
    with suppress(UnitError):
        read(text)


@pytest.mark.parametrize(
    ("url", "with_secret"),
    [
        pytest.param("redis://redis:6379/0", "redis://:se%2Fc%40ret@redis:6379/0", id="no user"),
        pytest.param("redis://skep@redis:6379/0", "redis://skep:se%2Fc%40ret@redis:6379/0", id="a user"),
        pytest.param("redis://:@redis", "redis://:se%2Fc%40ret@redis", id="an empty password"),
        pytest.param("redis://:other@redis", "redis://:other@redis", id="a password of its own"),
        pytest.param("rediss://[::1]/1?a=b", "rediss://:se%2Fc%40ret@[::1]/1?a=b", id="everything else stays"),
    ],
)
def test_puts_a_password_into_an_address_that_has_none(url: str, with_secret: str) -> None:
    assert with_password(url, "se/c@ret") == with_secret


@given(password=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_password_comes_out_as_it_went_in(password: str) -> None:
    address = urlsplit(with_password("redis://redis:6379/0", password))
    assert unquote(address.password or "") == password
    assert (address.hostname, address.port, address.path) == ("redis", 6379, "/0")


@pytest.mark.parametrize(
    ("url", "following"),
    [
        pytest.param("redis://redis", "redis://redis/1", id="none is the first"),
        pytest.param("redis://redis/", "redis://redis/1", id="a slash alone is the first"),
        pytest.param("redis://:a@redis:1/9?b=c", "redis://:a@redis:1/10?b=c", id="everything else stays"),
    ],
)
def test_counts_on_to_the_next_database(url: str, following: str) -> None:
    assert next_database(url) == following


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("redis://:secret@redis:6379/0", "redis://***@redis:6379/0", id="a password"),
        pytest.param("redis://:se@cr/et@redis:6379", "redis://***@redis:6379", id="a password that was not quoted"),
        pytest.param("skep:secret@redis:6379", "***@redis:6379", id="no scheme"),
        pytest.param("redis://redis?password=secret", "redis://redis?***", id="a password as an option"),
        pytest.param("redis://redis:6379/0", "redis://redis:6379/0", id="nothing to hide"),
    ],
)
def test_hides_what_could_be_a_password(text: str, shown: str) -> None:
    assert without_password(text) == shown
