"""The stage of the end-to-end tests, built once per session; every performance on it begins from the same state."""

from collections.abc import Generator, Iterator
from datetime import timedelta

import pytest

from lab.demo.stack import ACTOR, OBSERVER, SkepProcesses
from lab.real import Lab, WebService
from skep.adapters.redis_connection import connect
from tests.swarm.postbox import Postbox
from tests.swarm.stage import INTERVAL, Stage

_LAB = "e2e"
# So cheap a request that no replica is ever busy, however noisy the machine.
_WEB = WebService(cost=timedelta(milliseconds=1))
_LAST_LINES = 20
_TALKERS = (OBSERVER, ACTOR, "collector")


@pytest.fixture(scope="session")
def theatre() -> Iterator[Stage]:
    """The stage, between performances."""
    lab = Lab(_LAB, nodes=3, interval=timedelta(seconds=2))
    lab.down()
    try:
        broker_url = lab.up().redis_url
        skep = SkepProcesses(lab, interval=INTERVAL, variables={"SKEP_RECONCILE_INTERVAL": "2s"})
        # They take their time to start: the service and the proxy are deployed meanwhile.
        skep.start()
        lab.deploy_web(service=_WEB)
        lab.deploy_proxy()
        skep.wait_ready()
        with lab.client() as client, connect(broker_url) as broker:
            yield Stage(lab, skep, client, broker)
    finally:
        lab.down()


@pytest.fixture
def stage(theatre: Stage) -> Iterator[Stage]:
    """Two replicas of one service that skep has never heard of, without a label of skep's."""
    with theatre.performance():
        yield theatre


@pytest.fixture
def postbox(theatre: Stage) -> Iterator[Postbox]:
    """The queue of orders, from outside."""
    with Postbox(theatre.skep.settings) as postbox:
        yield postbox


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show below a failure what skep thought and said last, and what its collector did; all of it goes with the lab."""
    report = yield
    stage = getattr(item, "funcargs", {}).get("theatre")
    if report.failed and isinstance(stage, Stage):
        report.sections.append(("the journal, and the last decision", stage.account()))
        report.sections += [(f"last lines of the {name}", _last_lines(stage, name)) for name in _TALKERS]
    return report


def _last_lines(stage: Stage, name: str) -> str:
    log = stage.lab.log(name)
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-_LAST_LINES:])
