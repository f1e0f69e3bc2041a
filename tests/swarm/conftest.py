"""The theatre of the end-to-end tests, built once per session, and the stage of each of them."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from lab.demo.stack import ACTOR, OBSERVER, SkepProcesses
from lab.real import Lab
from skep.adapters.redis_connection import connect
from tests.labs import lab_name, remove_labs_of_dead_runs
from tests.swarm.fleet import NO_POOLS
from tests.swarm.postbox import Postbox
from tests.swarm.stage import INTERVAL, WEB, Stage
from tests.swarm.theatre import Theatre

_VARIABLES = {"SKEP_RECONCILE_INTERVAL": f"{INTERVAL.total_seconds():g}s"}

_TALKERS = (OBSERVER, ACTOR, "collector")
_LAST_LINES = 20


@pytest.fixture(scope="session")
def policy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The policy file of skep in the theatre; without pools between two tests."""
    file = tmp_path_factory.mktemp("policy") / "policy.yml"
    file.write_text(NO_POOLS)
    return file


@pytest.fixture(scope="session")
def theatre(policy_file: Path) -> Iterator[Theatre]:
    """A lab of three nodes with skep on it, between two tests."""
    remove_labs_of_dead_runs()
    lab = Lab(lab_name("e2e"), nodes=3, interval=INTERVAL)
    try:
        broker_url = lab.up().redis_url
        variables = {**_VARIABLES, "SKEP_POLICY_FILE": str(policy_file)}
        skep = SkepProcesses(lab, interval=INTERVAL, variables=variables)
        # They take their time to start: the service and the proxy are deployed meanwhile.
        skep.start()
        lab.deploy_web(service=WEB)
        lab.deploy_proxy()
        skep.wait_ready()
        with lab.client() as client, connect(broker_url) as broker, Postbox(skep.settings) as postbox:
            yield Theatre(lab, skep, client, broker, postbox)
    finally:
        lab.down()


@pytest.fixture
def stage(theatre: Theatre) -> Iterator[Stage]:
    """Two replicas of one service that skep has never heard of; nothing else may be touched."""
    with theatre.performance() as stage:
        yield stage


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show below a failure what skep has to say about it; all of that goes with the lab."""
    report = yield
    theatre = getattr(item, "funcargs", {}).get("theatre")
    if report.failed and isinstance(theatre, Theatre):
        report.sections.append(("skep's own account", str(theatre.latest.account if theatre.latest else "")))
        report.sections += [(f"last lines of the {name}", _last_lines(theatre.lab, name)) for name in _TALKERS]
    return report


def _last_lines(lab: Lab, name: str) -> str:
    log = lab.log(name)
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-_LAST_LINES:])
