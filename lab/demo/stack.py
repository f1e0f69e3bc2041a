"""skep's own processes on a lab: observer, actor, beat and Flower, run from this checkout as a deployment runs them.

Tests use this too: each process has a name, under which it can be killed and started again while the others go on.
"""

import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from lab.emulator.practice import EmulatedLab
from lab.flower_command import FLOWER_COMMAND
from lab.real import Lab, LabUnavailable, direct, processes, waiting
from lab.real.network import free_port
from skep.config.settings import Settings
from workers.health import age_s

__all__ = ["ACTOR", "BEAT", "FLOWER", "OBSERVER", "FlowerAccess", "SkepProcesses", "start_skep"]

OBSERVER, ACTOR, BEAT, FLOWER = "observer", "actor", "beat", "flower"

_CHECKOUT = Path(__file__).parents[2]
_EVERY_FIVE_SECONDS = timedelta(seconds=5)
_START_PATIENCE = timedelta(seconds=60)
_STOP_GRACE = timedelta(seconds=10)
_FOREIGN = ("SKEP_", "CELERY_", "FLOWER_")
_FLOWER_USER = "skep"
# Flower's own port, if nobody has it.
_FLOWER_PORT = 5555


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowerAccess:
    """Where Flower is, and what it asks for."""

    url: str
    user: str
    password: str = field(repr=False)

    def __str__(self) -> str:
        """All of it, for the person at the terminal."""
        return f"{self.url}  user {self.user}  password {self.password}"


def start_skep(
    lab: Lab | EmulatedLab, *, interval: timedelta = _EVERY_FIVE_SECONDS, variables: Mapping[str, str] | None = None
) -> "SkepProcesses":
    """Start one observer, one actor, beat and Flower on a lab that is up; returns when all four are ready.

    Args:
        lab: what they work on.
        interval: between evaluations.
        variables: further `SKEP_*` variables, which win over ours.

    Raises:
        LabUnavailable: when one of them does not get ready; names its log.
    """
    skep = SkepProcesses(lab, interval=interval, variables=variables)
    skep.start()
    skep.wait_ready()
    return skep


class SkepProcesses:
    """skep's processes on one lab; they end with the lab, or one by one by their names.

    Args:
        lab: a lab that is up.
        interval: between evaluations.
        variables: further `SKEP_*` variables for every process, which win over ours.
    """

    def __init__(
        self,
        lab: Lab | EmulatedLab,
        *,
        interval: timedelta = _EVERY_FIVE_SECONDS,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._lab = lab
        self._interval = interval
        self._variables = dict(variables or {})
        self._is_ready: dict[str, Callable[[], bool]] = {}
        self._folder = lab.folder / "skep"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._flower = FlowerAccess(
            url=f"http://127.0.0.1:{_flower_port()}", user=_FLOWER_USER, password=secrets.token_urlsafe(12)
        )
        # Read by skep from a file, as it would read a Docker secret.
        self._flower_password_file.write_text(self._flower.password)
        self._flower_password_file.chmod(0o600)

    @property
    def environment(self) -> dict[str, str]:
        """The `SKEP_*` variables that all processes share."""
        status = self._lab.status()
        return {
            "SKEP_BROKER_URL": status.redis_url,
            "SKEP_DOCKER_HOST": f"unix://{status.manager_socket}",
            "SKEP_INFLUX_URL": status.influx_url,
            "SKEP_INFLUX_DATABASE": status.influx_database,
            "SKEP_INTERVAL": f"{self._interval.total_seconds():g}s",
            "SKEP_FLOWER_USER": self._flower.user,
            "SKEP_FLOWER_PASSWORD_FILE": str(self._flower_password_file),
            **self._influx_accounts(),
            **self._variables,
        }

    @property
    def settings(self) -> Settings:
        """The same as skep reads them."""
        return Settings.from_environment(self.environment)

    @property
    def flower(self) -> FlowerAccess:
        """How to look at Flower once it is started."""
        return self._flower

    def start(self) -> None:
        """Start one of each; does not wait."""
        self.start_observer()
        self.start_actor()
        self.start_beat()
        self.start_flower()

    def start_observer(self, name: str = OBSERVER, *, variables: Mapping[str, str] | None = None) -> None:
        """Start a worker that evaluates, reconciles and answers questions; does not wait.

        Args:
            name: unique among the lab's living processes.
            variables: further `SKEP_*` variables for this one alone, which win over all others.
        """
        self._start_worker(name, queue="observe,tick", variables=variables or {})

    def start_actor(self, name: str = ACTOR, *, variables: Mapping[str, str] | None = None) -> None:
        """Start a worker that acts; does not wait. Arguments as for `start_observer`."""
        self._start_worker(name, queue="act", variables=variables or {})

    def start_beat(self, name: str = BEAT) -> None:
        """Start beat; does not wait."""
        self._start(name, "beat")
        self._is_ready[name] = self._gives_sign("beat", name)

    def start_flower(self, name: str = FLOWER) -> None:
        """Start Flower; does not wait."""
        port = self._flower.url.rpartition(":")[2]
        self._start(name, *FLOWER_COMMAND, "--address=127.0.0.1", f"--port={port}")
        self._is_ready[name] = partial(direct.answers, f"{self._flower.url}/healthcheck")

    def wait_ready(self, *names: str, patience: timedelta = _START_PATIENCE) -> None:
        """Return when each of the processes called `names` works; all that were started, when none is named.

        A worker or beat works when it has given its sign of life (see `workers.health`), Flower when it answers.

        Raises:
            LabUnavailable: when one has ended, or is not ready within `patience`; names its log.
        """
        for name in names or tuple(self._is_ready):
            waiting.until(partial(self._works, name), patience=patience, what=f"skep's {name} ({self.log(name)})")

    @property
    def started(self) -> frozenset[str]:
        """The names of all that were started, whether they still run or not."""
        return frozenset(self._is_ready)

    def pid(self, name: str) -> int:
        """The process id of a running process (of a worker: the parent of its pool).

        Raises:
            LabUnavailable: when it does not run.
        """
        found = self._find(name)
        if found is None:
            raise LabUnavailable(f"skep's {name} does not run; its log: {self.log(name)}")
        return found.pid

    def running(self, name: str) -> bool:
        """Whether the process called `name` runs."""
        return self._find(name) is not None

    def kill(self, name: str) -> None:
        """Kill -9 a process and all that it forked, at once, as when its container is killed.

        Raises:
            LabUnavailable: when it does not run.
        """
        # Stopped first, so that none of them sees another die and does something about it.
        processes.kill(self.freeze(name))

    def freeze(self, name: str) -> tuple[int, ...]:
        """Stop a process and all that it forked, so that they keep what they hold and do nothing; whoever was stopped.

        Raises:
            LabUnavailable: when it does not run.
        """
        family = tuple(_family(self.pid(name)))
        _signal(family, signal.SIGSTOP)
        return family

    def thaw(self, family: Iterable[int]) -> None:
        """Let those go on that `freeze` has stopped."""
        _signal(family, signal.SIGCONT)

    def stop(self, name: str, *, grace: timedelta = _STOP_GRACE) -> None:
        """End a process the polite way, by kill -9 after `grace`; no error when it does not run."""
        self._lab.end(name, grace=grace)

    def log(self, name: str) -> Path:
        """What the process called `name` has written."""
        return self._lab.log(name)

    @property
    def _flower_password_file(self) -> Path:
        return self._folder / "flower_password"

    def _start_worker(self, name: str, *, queue: str, variables: Mapping[str, str]) -> None:
        self._start(
            name,
            "workers",
            f"--queues={queue}",
            f"--hostname={name}@%h",
            "--pool=prefork",
            "--concurrency=2",
            "--without-mingle",
            "--without-gossip",
            "--loglevel=INFO",
            variables=variables,
        )
        self._is_ready[name] = self._gives_sign("worker", name)

    def _start(self, name: str, *command: str, variables: Mapping[str, str] | None = None) -> None:
        folder = self._state_folder(name)
        folder.mkdir(mode=0o700, exist_ok=True)
        # A sign of life that a killed predecessor gave is not this one's.
        for sign in folder.glob("*.alive"):
            sign.unlink()
        environment = {**self.environment, "SKEP_STATE_DIR": str(folder), **(variables or {})}
        program = (*_without_foreign(environment), sys.executable, "-m", *command)
        self._lab.run(name, program, env=environment, folder=_CHECKOUT)

    def _state_folder(self, name: str) -> Path:
        # Each has its own, as each container has: beat's schedule can be open only once.
        return self._folder / name

    def _find(self, name: str) -> processes.Process | None:
        return next((process for process in self._lab.processes() if process.name == name), None)

    def _works(self, name: str) -> bool:
        self.pid(name)
        return self._is_ready[name]()

    def _gives_sign(self, kind: str, name: str) -> Callable[[], bool]:
        return lambda: age_s(kind, self._state_folder(name)) is not None

    def _influx_accounts(self) -> dict[str, str]:
        accounts = self._lab.influx_accounts
        if accounts is None:
            return {}
        return {
            "SKEP_INFLUX_USER": accounts.reader.user,
            "SKEP_INFLUX_PASSWORD": accounts.reader.password,
            "SKEP_JOURNAL_USER": accounts.admin.user,
            "SKEP_JOURNAL_PASSWORD": accounts.admin.password,
        }


def _without_foreign(environment: Mapping[str, str]) -> tuple[str, ...]:
    """A command before a command: takes away the variables that the person here has set for another skep."""
    foreign = (name for name in os.environ if name.startswith(_FOREIGN) and name not in environment)
    return ("env", *(f"--unset={name}" for name in foreign))


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _family(pid: int) -> Iterator[int]:
    """A process and all that descends from it."""
    yield pid
    for child in processes.children(pid):
        yield from _family(child)


def _flower_port() -> int:
    with socket.socket() as candidate:
        # Connections of an earlier Flower that are not quite forgotten do not matter.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", _FLOWER_PORT))
        except OSError:
            return free_port()
    return _FLOWER_PORT
