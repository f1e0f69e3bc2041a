"""The settings that make tasks safe fit together, and give nothing away."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from cli.orders import EXPIRES
from tests.servers import RedisServer
from workers.app import app

CONFIG = Path(__file__).parents[2] / "celeryconfig.py"
PASSWORD = "do-not-show-me"


@pytest.fixture
def settings() -> dict[str, Any]:
    return {name: value for name, value in runpy.run_path(str(CONFIG)).items() if not name.startswith("_")}


def test_a_message_comes_back_only_after_every_lock_has_ended(settings: dict[str, Any]) -> None:
    lock_ends_after_s = settings["task_time_limit"] + 5
    assert settings["task_soft_time_limit"] < settings["task_time_limit"] < lock_ends_after_s
    for transport in ("broker_transport_options", "result_backend_transport_options"):
        assert settings[transport]["visibility_timeout"] > lock_ends_after_s


def test_an_order_that_the_broker_hands_out_again_is_void_by_then(settings: dict[str, Any]) -> None:
    assert EXPIRES.total_seconds() < settings["broker_transport_options"]["visibility_timeout"]


@pytest.mark.redis
def test_who_dies_while_handing_out_what_the_dead_had_holds_that_up_for_less_than_it_took(
    settings: dict[str, Any], redis_server: RedisServer
) -> None:
    options = settings["broker_transport_options"]
    with Connection(redis_server.url, transport_options=options) as connection:
        channel: Any = connection.default_channel
        assert 0 < channel.unacked_mutex_expire < channel.visibility_timeout


def test_only_json_is_taken(settings: dict[str, Any]) -> None:
    assert settings["accept_content"] == ["json"]
    assert settings["task_serializer"] == settings["result_serializer"] == "json"


def test_every_public_name_is_a_setting_that_celery_knows(settings: dict[str, Any]) -> None:
    known = set(app.conf)
    assert {name for name in settings if name not in known} == set()


def test_the_broker_never_waits_for_ever(settings: dict[str, Any]) -> None:
    options = settings["broker_transport_options"]
    assert options["socket_timeout"] <= 5
    assert options["socket_connect_timeout"] <= 5
    assert options["health_check_interval"] <= 5


def test_a_report_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.conf, "broker_url", f"redis://:{PASSWORD}@redis:6379/0")
    monkeypatch.setitem(app.conf, "result_backend", f"redis://:{PASSWORD}@redis:6379/1")
    assert PASSWORD not in app.bugreport()
