"""What Prometheus, a program of the operator's, Hetzner and a tag at Amazon say: something to use, or one sentence."""

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from skep.adapters.foreign_words import plain_words
from skep.adapters.http_line import HttpAnswer
from skep.adapters.node_providers.aws_orders import OrderBook
from skep.adapters.node_providers.command import CommandProvider
from skep.adapters.node_providers.command_language import Asked
from skep.adapters.node_providers.hcloud import HcloudProvider
from skep.adapters.node_providers.hcloud_api import HcloudApi
from skep.adapters.node_providers.program import Ended
from skep.adapters.prometheus import Prometheus, PrometheusAccess
from skep.config.providers import CommandOptions, HcloudOptions
from skep.config.providers.user_data import UserDataOptions
from skep.config.secret import Secret
from skep.core.machines import PoolMachines
from skep.core.metrics.series import Answer, Gap
from skep.errors import SkepError
from tests.fakes.clock import FakeClock

__all__ = ["SEEDS", "look"]

_SAMPLE = {"metric": {"__name__": "depth", "queue": "jobs"}, "value": [1772366400.25, "12.5"]}
_MACHINE = {
    "id": "i-1",
    "state": "running",
    "hostname": "web-1",
    "addresses": ["10.0.0.7"],
    "node_id": "node1",
    "created_at": "2026-03-01T12:00:00+01:00",
    "detail": "fine",
}
_REFUSAL = {"kind": "quota", "reason": "no more than 5 are allowed"}
_SERVER = {
    "id": 42,
    "name": "swarm-web-1",
    "status": "running",
    "created": "2026-03-01T12:00:00+00:00",
    "public_net": {"ipv4": {"ip": "203.0.113.7"}},
    "private_net": [{"ip": "10.0.0.7"}],
}
_DOCUMENTS: Mapping[str, Any] = {
    "a sample": {"status": "success", "data": {"resultType": "vector", "result": [_SAMPLE]}},
    "a scalar": {"status": "success", "data": {"resultType": "scalar", "result": [1772366400.25, "1"]}},
    "a wrong query": {"status": "error", "errorType": "bad_data", "error": "parse error: unexpected }"},
    "machines": {
        "target": 2,
        "minimum": 1,
        "maximum": 9,
        "machines": [_MACHINE],
        "shortfall": _REFUSAL,
        "cautions": ["the group heals by itself"],
        "stay_joined": False,
    },
    "an order": {"ordered": 1, "refusal": _REFUSAL},
    "machines that are gone": {"gone": ["i-1"], "refusal": _REFUSAL},
    "servers": {"servers": [_SERVER], "meta": {"pagination": {"next_page": None}}},
    "a server's refusal": {"error": {"code": "resource_limit_exceeded", "message": "server limit exceeded"}},
}

SEEDS = {
    **{words: json.dumps(document).encode() for words, document in _DOCUMENTS.items()},
    "orders in a tag": b"2f1c5d8e90ab:2 3a1c5d8e90ab:0+2/7",
    "HTML": b"<html><body><h1>502 Bad Gateway</h1></body></html>",
}
_LONGEST_SENTENCE = 1_000
_STATUSES = (200, 302, 400, 422, 500)


class _Program(CommandProvider):
    """One that prints the same whatever it is asked."""

    def __init__(self, ended: Ended) -> None:
        options = CommandOptions(argv=("/usr/local/bin/machines",))
        super().__init__("workers", options, join_token=lambda: Secret("x"))
        self._ended = ended

    def _run(self, word: str, asked: Asked) -> Ended:
        assert word
        assert asked.protocol == 1
        return self._ended


class _Api(HcloudApi):
    def __init__(self, body: bytes) -> None:
        super().__init__("https://hetzner.test/v1", Secret("x"), pool="workers", timeout=timedelta(seconds=1))
        self._body = body

    def _exchange(
        self, method: str, path: str, *, where: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> bytes:
        assert (method, path, body) == ("GET", "/servers", None)
        assert where is not None
        return self._body if where["page"] == "1" else b'{"servers": []}'


class _Hetzner(HcloudProvider):
    """One that answers the same to each question about its servers."""

    def __init__(self, body: bytes) -> None:
        options = HcloudOptions(
            token_file="/run/secrets/x",
            name="workers",
            server_type="cx23",
            user_data=UserDataOptions(template_file="/run/configs/x", managers=("10.0.0.2:2377",)),
        )
        super().__init__(options, join_token=lambda: Secret("x"))
        self._body = body

    def _api(self) -> HcloudApi:
        return _Api(self._body)


class _Prometheus(Prometheus):
    def told(self, answer: HttpAnswer) -> Answer:
        """What is made of an answer that has come."""
        return self._understood(answer)


def look(data: bytes) -> None:
    """Read it in the place of each."""
    prometheus = _Prometheus(PrometheusAccess(url="http://prometheus.test"), clock=FakeClock())
    for status in _STATUSES:
        _require_usable(prometheus.told(HttpAnswer(status=status, headers={}, body=data)))
    for provider in (_Program(Ended(code=0, output=data, errors=b"")), _Hetzner(data)):
        try:
            _require_sane(provider.describe())
        except SkepError as error:
            _require_sentence(str(error))
    for code in (0, 1, 75, -9):
        _order_of(_Program(Ended(code=code, output=data, errors=data)))
    _require_sentence(plain_words(data))
    book = OrderBook.read(data.decode(errors="replace"))
    assert OrderBook.read(str(book)).settled(3) == book.settled(3)
    assert all(order.machines > 0 for order in book.settled(3).orders)


def _order_of(program: CommandProvider) -> None:
    try:
        assert 0 <= program.increase(2, request_id="a").ordered <= 2
        assert set(program.delete(["i-1", "i-2"]).gone) <= {"i-1", "i-2"}
    except SkepError as error:
        _require_sentence(str(error))


def _require_usable(answer: Answer) -> None:
    if isinstance(answer, Gap):
        _require_sentence(answer.detail)
        return
    for series in answer:
        assert all(map(math.isfinite, series.values))
        for at in series.at_epoch_s:
            datetime.fromtimestamp(at)  # noqa: DTZ006 - only whether it is one


def _require_sane(pool: PoolMachines) -> None:
    assert pool.target >= 0
    assert pool.minimum >= 0
    ids = [machine.id for machine in pool.machines]
    assert len(set(ids)) == len(ids)
    for machine in pool.machines:
        assert machine.id
        assert machine.created_at is None or machine.created_at.tzinfo is not None


def _require_sentence(text: str) -> None:
    assert text.isprintable(), text
    assert len(text) < _LONGEST_SENTENCE
