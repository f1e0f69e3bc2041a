"""Numbers for Prometheus behind Flower's login: skep's own at ``/scaling/metrics``, Flower's at ``/metrics``."""

from typing import Any

from flower.views import BaseHandler
from flower.views.monitor import Metrics
from tornado.ioloop import IOLoop
from tornado.web import RequestHandler, authenticated

from skep.errors import SkepError
from skep.report.meter_text import CONTENT_TYPE, meter_text
from skep.wiring import meters

__all__ = ["FlowerMetricsHandler", "MeterHandler", "meter_handlers"]


def meter_handlers() -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """What Flower has to serve."""
    return [(r"/scaling/metrics", MeterHandler, {}), (r"/metrics", FlowerMetricsHandler, {})]


class MeterHandler(BaseHandler):  # type: ignore[misc]  # Flower has no types
    """All that can be read now."""

    @authenticated
    async def get(self) -> None:
        """Answer in Prometheus' text format; with 503 while Redis is away, so that the target counts as down."""
        try:
            readings = await IOLoop.current().run_in_executor(None, meters().read)
        except SkepError as error:
            self.set_status(503)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(f"{error}\n")
            return
        self.set_header("Content-Type", CONTENT_TYPE)
        self.finish(meter_text(readings))


class FlowerMetricsHandler(Metrics):  # type: ignore[misc]  # Flower has no types
    """Flower's own numbers, which it would tell anybody: names of workers and tasks, and how often they ran."""

    @authenticated
    async def get(self) -> None:
        """Answer as Flower does, but only after a login."""
        await super().get()
