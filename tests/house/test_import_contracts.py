"""The import contracts of pyproject.toml: each kept by a clean house and broken by one deliberate violation.

The contracts are checked on a miniature: packages of the same names, built for each test, holding nothing but the
import in question. So a violation shows up alone, whatever the real packages look like at the time.
"""

import itertools
import sys
from pathlib import Path

import pytest
from importlinter.api import read_configuration
from importlinter.application import use_cases
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.domain.contract import registry

from tests.house.tree import ROOT

TOP = ("audit", "beat", "cli", "lab", "tasks", "workers")
BRAIN = ("wiring", "operations", "adapters", "report", "config", "ports", "errors", "core")
STAGES = (
    "foresight",
    "record",
    "action",
    "orders",
    "plan",
    "capacity",
    "guards",
    "decision",
    "outside",
    "strategies",
    "demand",
    "readiness",
    "metrics",
    "machines",
    "cluster",
    "pools",
    "policy",
    "schedule",
    "cron",
    "bounds",
)


# What the command `lint-imports` does before it reads the configuration.
registry.register(LayersContract, "layers")
registry.register(ForbiddenContract, "forbidden")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A miniature of the packages, found in place of the real ones."""
    packages = [*TOP, "skep", *(f"skep/{room}" for room in BRAIN), *(f"skep/core/{stage}" for stage in STAGES)]
    for package in packages:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    for name in (*TOP, "skep"):
        # An imported package would be found where it was imported from.
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def broken_contracts() -> list[str]:
    """The ids of the contracts that the packages on the path break."""
    ids = {contract["name"]: contract["id"] for contract in contracts()}
    report = use_cases.create_report(use_cases.read_user_options(str(ROOT / "pyproject.toml")), cache_dir=None)
    assert not report.invalid_contract_options
    return [ids[contract.name] for contract, check in report.get_contracts_and_checks() if not check.kept]


def contracts() -> list[dict[str, str]]:
    """The contracts as pyproject.toml declares them."""
    declared: list[dict[str, str]] = read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    return declared


def write(house: Path, module: str, line: str) -> None:
    (house / f"{module.replace('.', '/')}.py").write_text(f"{line}\n", encoding="utf-8")


ROOMS = [
    ("skep.report.words", "import lab"),
    ("skep.operations.scale", "from tasks import scale"),
    ("workers.app", "import lab"),
    ("tasks.scale", "from cli import main"),
    ("lab.demo", "from cli import main"),
    ("cli.flower", "import audit"),
    ("audit.pages", "from cli import main"),
]
INSIDE_SKEP = [
    ("skep.operations.scale", "from skep.adapters import swarm"),
    ("skep.operations.scale", "from skep import wiring"),
    ("skep.operations.notify", "from skep import report"),
    ("skep.adapters.swarm", "from skep.operations import scale"),
    ("skep.report.charts", "from skep.adapters import influx"),
    ("skep.config.labels", "from skep.operations import scale"),
    ("skep.config.labels", "from skep import ports"),
    ("skep.ports.clock", "from skep import config"),
    ("skep.errors.temporary", "from skep import ports"),
    ("skep.core.policy.bounds", "from skep import errors"),
    ("skep.helpers", ""),
]
BETWEEN_STAGES = [
    *((f"skep.core.{earlier}.x", f"from skep.core import {later}") for later, earlier in itertools.pairwise(STAGES)),
    ("skep.core.misc", ""),
]
IMPURE = [("skep.core.plan.x", f"import {module}") for module in ("logging", "os", "random", "socket", "time")]
TECHNOLOGIES = [
    ("skep.operations.evaluate", "import docker"),
    ("skep.core.metrics.series", "from influxdb import InfluxDBClient"),
    ("skep.config.units", "import requests.exceptions"),
    ("skep.operations.nodes", "import boto3"),
    ("skep.config.providers", "from botocore.exceptions import ClientError"),
    ("skep.report.charts", "import requests"),
    ("tasks.scale", "from redis import Redis"),
    ("workers.health", "import redis"),
    ("beat.schedule", "import redis.exceptions"),
    ("cli.status", "from influxdb import InfluxDBClient"),
    ("audit.hooks", "import requests"),
]
CELERY = [
    ("skep.operations.evaluate", "from celery import current_app"),
    ("skep.adapters.redis_locks", "import kombu"),
    ("skep.wiring.app", "import celery.signals"),
    ("skep.core.record.x", "import flower"),
]
TESTS = [
    ("skep.operations.evaluate", "from tests.fakes import swarm"),
    ("lab.demo", "import tests.fakes"),
    ("cli.main", "from tests import fakes"),
]


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [
        pytest.param(contract, module, line, id=f"{module}: {line}" if line else f"{module} has no place")
        for contract, violations in (
            ("rooms", ROOMS),
            ("brain", INSIDE_SKEP),
            ("stages", BETWEEN_STAGES),
            ("pure-core", IMPURE),
            ("technologies", TECHNOLOGIES),
            ("no-celery", CELERY),
            ("no-tests", TESTS),
        )
        for module, line in violations
    ],
)
def test_a_violation_breaks_its_contract_and_no_other(house: Path, contract: str, module: str, line: str) -> None:
    write(house, module, line)
    assert broken_contracts() == [contract]


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("audit.pages", "from skep import report, wiring"),
        ("beat.schedule", "from tasks import evaluate"),
        ("cli.lab", "import lab, tasks, skep.report"),
        ("cli.scale", "import celery"),
        ("lab.engine", "import docker, redis, influxdb, requests"),
        ("skep.adapters.swarm", "import docker, requests\nfrom skep import config, core, errors, ports"),
        ("skep.core.foresight.x", "from skep.core import policy, record"),
        ("skep.errors.temporary", "from skep.core import policy"),
        ("skep.operations.scale", "from skep import config, core, errors, ports"),
        ("skep.report.charts", "from skep.core import record"),
        ("skep.wiring.x", "import docker, redis\nfrom skep import adapters, config, operations, report"),
        ("tasks.scale", "import celery\nimport workers, skep.wiring"),
        ("workers.app", "import celery, tasks"),
    ],
)
def test_an_import_that_points_inward_breaks_nothing(house: Path, module: str, line: str) -> None:
    write(house, module, line)
    assert broken_contracts() == []


@pytest.mark.usefixtures("house")
def test_an_empty_house_breaks_nothing() -> None:
    assert broken_contracts() == []


def test_every_contract_is_broken_by_a_test_here() -> None:
    proven = {"rooms", "brain", "stages", "pure-core", "technologies", "no-celery", "no-tests"}
    assert {contract["id"] for contract in contracts()} == proven
