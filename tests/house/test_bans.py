"""Bans: who may ask for the time, no mocks, no writing by docker-py's models, no shared tasks; each shown to bite."""

from pathlib import Path

import pytest

from tests.house.bans import SHARED_TASK, banned
from tests.house.tree import ROOT, python_files

OPERATION = Path("skep/operations/scale.py")


def test_no_file_uses_what_is_banned() -> None:
    offences = [
        f"{path}:{ban.line}: {ban.name}"
        for path in python_files()
        for ban in banned((ROOT / path).read_text(encoding="utf-8"), path)
    ]
    assert offences == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        pytest.param("import time\ntime.time()", "time.time", id="the wall clock"),
        pytest.param("from time import time\n", "time.time", id="the wall clock by its short name"),
        pytest.param("import time as t\nt.time_ns()", "time.time_ns", id="the wall clock by another name"),
        pytest.param(
            "import datetime\ndatetime.datetime.now()", "datetime.datetime.now", id="now of the module's class"
        ),
        pytest.param(
            "from datetime import datetime as dt, UTC\ndt.now(UTC)", "datetime.datetime.now", id="now of an alias"
        ),
        pytest.param(
            "from datetime import datetime\nclock = datetime.utcnow\n",
            "datetime.datetime.utcnow",
            id="utcnow handed on without a call",
        ),
        pytest.param("from datetime import date\ndate.today()", "datetime.date.today", id="today"),
        pytest.param("import unittest.mock\n", "unittest.mock", id="mock as a module"),
        pytest.param("from unittest import mock\n", "unittest.mock", id="mock from its package"),
        pytest.param("from unittest.mock import patch\n", "unittest.mock.patch", id="patch"),
        pytest.param("import docker\ndocker.from_env()", "docker.from_env", id="docker's high-level client"),
        pytest.param(
            "from docker.models.services import Service\n", "docker.models.services.Service", id="docker's models"
        ),
        pytest.param("import docker\ndef f(s):\n    s.scale(3)", ".scale()", id="Service.scale"),
        pytest.param(
            "from docker import APIClient\ndef f(c):\n    c.update_service('id', 7)",
            ".update_service()",
            id="update_service",
        ),
        pytest.param(
            "def f(app):\n    @app.task\n    def g(): ...", SHARED_TASK, id="a task of a test's own application"
        ),
        pytest.param("def f(app):\n    @app.task(name='x')\n    def g(): ...", SHARED_TASK, id="a named task"),
    ],
)
def test_a_banned_name_is_found(source: str, name: str) -> None:
    assert name in [ban.name for ban in banned(source, OPERATION)]


@pytest.mark.parametrize(
    ("source", "path"),
    [
        pytest.param("import time\ntime.monotonic()", OPERATION, id="durations may be measured anywhere"),
        pytest.param(
            "from datetime import UTC, datetime\ndatetime.now(UTC)",
            Path("skep/adapters/clock.py"),
            id="the clock may ask what time it is",
        ),
        pytest.param("import time\ntime.time()", Path("lab/demo.py"), id="the lab runs on the wall clock"),
        pytest.param(
            "from datetime import UTC, datetime\ndatetime.fromtimestamp(0, UTC)", OPERATION, id="reading a timestamp"
        ),
        pytest.param("from docker import APIClient\n", OPERATION, id="docker as a transport"),
        pytest.param("def f(chart):\n    chart.scale(3)", OPERATION, id="scaling something that is no service"),
        pytest.param("class Clock:\n    now = 1\nClock.now\n", OPERATION, id="a name of one's own"),
        pytest.param("@app.task\ndef g(): ...", OPERATION, id="a task of a module is made once"),
        pytest.param(
            "def f(app):\n    @app.task(shared=False)\n    def g(): ...", OPERATION, id="a task that stays where it is"
        ),
    ],
)
def test_what_is_allowed_is_left_alone(source: str, path: Path) -> None:
    assert banned(source, path) == []


def test_mocks_are_banned_where_the_clock_is_free() -> None:
    source = "import time\nfrom unittest import mock\ntime.time()\n"
    assert [ban.name for ban in banned(source, Path("tests/core/test_x.py"))] == ["unittest.mock"]
