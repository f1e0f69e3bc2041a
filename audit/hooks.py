"""Webhooks in: ``POST /scaling/hooks/<name>`` in Flower's own process, off unless named in ``SKEP_WEBHOOKS``.

Whoever calls needs the secret of that webhook and no login of Flower's, and can do no more than bring single services
to a count within their bounds, as actor ``webhook:<name>``. A person's hold or pause binds it.
"""

import hmac
import logging
import math
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, NoReturn

import msgspec
from tornado.ioloop import IOLoop
from tornado.web import Finish, RequestHandler, stream_request_body

from audit.allowance import Allowance
from audit.calls import Taken, WorkerLine, Workers, take_calls
from skep.config.calls import CallError, Delivery, read_calls
from skep.config.secret import Secret
from skep.config.webhooks import Webhooks, webhook_secrets
from skep.core.call import caller
from skep.core.meters import Reading
from skep.errors import Temporary
from skep.ports import Meters
from skep.wiring import meters

__all__ = ["LARGEST_BODY", "Hooks", "WebhookHandler", "webhook_handlers"]

logger = logging.getLogger(__name__)

#: Hundreds of alerts of Alertmanager's in one group.
LARGEST_BODY = 256 * 1024
_PATH = r"/scaling/hooks/([^/]{1,64})((?:/[^/]{1,255}){0,8})/?"
#: Those who wait for workers block no page of Flower's, and not each other.
_WAITING_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What all webhooks of one Flower have in common.

    Attributes:
        secrets: of each webhook there is.
        allowances: of each of them.
        hold_for: for how long a count that was called for is held.
        meters: where calls are counted.
        executor: where workers are waited for.
    """

    secrets: Mapping[str, Secret]
    allowances: Mapping[str, Allowance]
    hold_for: timedelta | None
    workers: Workers
    meters: Meters
    executor: Executor = field(default_factory=partial(ThreadPoolExecutor, _WAITING_AT_ONCE, "webhook"))


def webhook_handlers(webhooks: Webhooks) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """What Flower has to serve; nothing where there are no webhooks.

    Raises:
        Permanent: a secret is missing.
    """
    if not webhooks.names:
        return []
    hooks = Hooks(
        secrets=webhook_secrets(webhooks),
        allowances={name: Allowance(webhooks.calls_per_minute) for name in webhooks.names},
        hold_for=webhooks.hold or None,
        workers=WorkerLine(),
        meters=meters(),
    )
    return [(_PATH, WebhookHandler, {"hooks": hooks})]


@stream_request_body
class WebhookHandler(RequestHandler):
    """One webhook; answers in JSON, in one sentence where it takes nothing."""

    def initialize(self, *, hooks: Hooks) -> None:
        """Keep what it needs; Tornado calls this for each request."""
        self._hooks = hooks
        self._body = bytearray()

    def check_xsrf_cookie(self) -> None:
        """A program has no cookie: its secret is in a header that no browser sends by itself."""

    def prepare(self) -> None:
        """Find out who calls, and how much there is to come, before any of it is read."""
        name = self.path_args[0] if self.path_args else ""
        secret = self._hooks.secrets.get(name)
        if self.request.method != "POST":
            self.set_header("Allow", "POST")
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, f"{self.request.method} of a webhook, expected POST")
        if secret is None:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no webhook of that name, expected one named in SKEP_WEBHOOKS")
        if not _matches(self.request.headers.get("Authorization", ""), secret):
            self.set_header("WWW-Authenticate", "Bearer")
            self._refuse(
                HTTPStatus.UNAUTHORIZED,
                f"the secret of the webhook {name} is missing or wrong, expected the header "
                f"Authorization: Bearer <what is in webhook_{name}>",
            )
        self._take_turn(name)
        self._object_to_length()

    def data_received(self, chunk: bytes) -> None:
        """Keep what comes in, up to the limit, also where nobody said how much it would be."""
        self._body += chunk

    def on_finish(self) -> None:
        """Count the call, whatever became of it, by a thread that may wait for Redis."""
        name = self.path_args[0] if self.path_args else ""
        counted = Reading(
            meter="skep_webhook_calls_total",
            labels=(name if name in self._hooks.secrets else "unknown", str(self.get_status())),
            value=1,
        )
        self._hooks.executor.submit(self._hooks.meters.count, [counted])

    async def post(self, name: str, path: str) -> None:
        """Take one delivery."""
        if len(self._body) > LARGEST_BODY:
            self._too_large()
        delivery = self._delivery(path)
        try:
            calls = read_calls(delivery)
        except CallError as error:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        take = partial(take_calls, calls, self._hooks.workers, actor=caller(name), hold_for=self._hooks.hold_for)
        try:
            taken = await IOLoop.current().run_in_executor(self._hooks.executor, take)
        except Temporary as error:
            self.set_header("Retry-After", "5")
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        self._answer(name, taken)

    def _delivery(self, path: str) -> Delivery:
        query = {key: values[-1].decode(errors="replace") for key, values in self.request.query_arguments.items()}
        if not self._body.strip():
            return Delivery(path=path, query=query)
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            expected = "expected application/json"
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f'the Content-Type is "{kind[:60]}", {expected}')
        try:
            return Delivery(path=path, query=query, body=msgspec.json.decode(bytes(self._body)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, f"the body is no JSON: {error}")

    def _take_turn(self, name: str) -> None:
        wait_s = self._hooks.allowances[name].take()
        if wait_s > 0.0:
            self.set_header("Retry-After", str(math.ceil(wait_s)))
            self._refuse(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"the webhook {name} is called too often, try again in {math.ceil(wait_s)} s (SKEP_WEBHOOK_CALLS)",
            )

    def _object_to_length(self) -> None:
        # Who does not say how much it will be is cut off by Tornado a little later.
        self.request.connection.set_max_body_size(2 * LARGEST_BODY)  # type: ignore[union-attr]  # HTTP/1
        length = self.request.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > LARGEST_BODY:
            self._too_large()

    def _too_large(self) -> None:
        sentence = f"the body is too large, expected at most {LARGEST_BODY // 1024} KiB"
        self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)

    def _answer(self, name: str, taken: Taken) -> None:
        if taken.refused and not taken.orders and not taken.unchanged:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(taken.refused))
        for order in taken.orders:
            logger.info("webhook %s: %s -> %d as %s", name, order.service, order.replicas, order.task_id)
        self.set_status(HTTPStatus.ACCEPTED if taken.orders else HTTPStatus.OK)
        self._say(msgspec.to_builtins(taken))

    def _refuse(self, status: HTTPStatus, sentence: str) -> NoReturn:
        """End with one sentence.

        Raises:
            Finish: always; Tornado stops here.
        """
        logger.warning("webhook refused with %d: %s", status, sentence)
        self.set_status(status)
        self._say({"error": sentence})
        raise Finish

    def _say(self, answer: dict[str, Any]) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(answer))


def _matches(authorization: str, secret: Secret) -> bool:
    """Whether the header carries the secret, in a time that tells nothing about how much of it is right."""
    scheme, _, given = authorization.partition(" ")
    is_right = hmac.compare_digest(given.strip().encode(), secret.reveal().encode())
    return is_right and scheme.lower() == "bearer"
