"""Two Swarms to play the same contract on: the one in memory, and real engines."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from docker import APIClient

from lab.real import Lab
from skep.adapters.swarm import DockerSwarm
from skep.core.cluster import ServiceMode, UpdateState
from skep.ports import Swarm
from tests.adapters.recording_proxy import RecordingProxy
from tests.eventually import eventually
from tests.fakes.swarm import FakeSwarm

__all__ = ["CORES_OF_NO_NODE", "FakeStage", "RealStage", "Stage", "real_stage"]

LAB = "adapters"
IMAGE = "127.0.0.1:5/sleeper:1"
CORES_OF_NO_NODE = 1_000.0
_NANO = 1_000_000_000


class Stage(Protocol):
    """A Swarm, and what a test may arrange in it."""

    @property
    def swarm(self) -> Swarm:
        """The Swarm through its port."""

    def create(
        self,
        name: str,
        *,
        replicas: int = 1,
        mode: ServiceMode = ServiceMode.REPLICATED,
        labels: Mapping[str, str] | None = None,
        cpu_limit_cores: float | None = None,
        reserved_cores: float | None = None,
        rolls_back_on_failure: bool = False,
    ) -> str:
        """Make a service and wait until what can run does; returns its id."""

    def label(self, name: str, key: str, value: str) -> None:
        """Somebody else writes the service without touching its swarm tasks."""

    def remove(self, name: str) -> None:
        """Somebody else removes the service."""

    def settle(self, name: str, running: int) -> None:
        """Wait until so many replicas run, and no others are wanted."""

    def break_down(self) -> None:
        """Be out of reach."""

    def come_back(self) -> None:
        """Answer again."""


class FakeStage:
    """The Swarm in memory."""

    def __init__(self) -> None:
        self.swarm = FakeSwarm()

    def create(
        self,
        name: str,
        *,
        replicas: int = 1,
        mode: ServiceMode = ServiceMode.REPLICATED,
        labels: Mapping[str, str] | None = None,
        cpu_limit_cores: float | None = None,
        reserved_cores: float | None = None,
        rolls_back_on_failure: bool = False,
    ) -> str:
        """As :meth:`Stage.create` says."""
