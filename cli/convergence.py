"""Waiting until as many replicas run as were ordered, and showing how far they are."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from cli.desk import Desk
from cli.endings import Failed
from cli.patience import Deadline
from skep.operations.service_status import ServiceStatus

__all__ = ["Bars", "Display", "Lines", "Stage", "await_convergence"]

_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """How far one service is on its way to a count."""

    name: str
    wanted: int
    replicas: int | None
    running: int

    @property
    def has_converged(self) -> bool:
        """Whether the spec has the count and as many replicas run."""
        return self.wanted == self.replicas == self.running

    @property
    def words(self) -> str:
        """``3 of 5 running``, and who else has a say where the spec has another count."""
        words = f"{self.running} of {self.wanted} running"
        return words if self.replicas == self.wanted else f"{words}, but its spec says {self.replicas} now"


class Display(Protocol):
    """Something that shows stages."""

    def show(self, stages: Sequence[Stage]) -> None:
        """Show how far all are."""


class Lines:
    """A line for each service whose stage has changed: for logs and pipes."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: dict[str, Stage] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing to take away."""

    def show(self, stages: Sequence[Stage]) -> None:
        """Say what is new."""
        for stage in stages:
            if self._said.get(stage.name) != stage:
                self._said[stage.name] = stage
                self._say(f"{stage.name}: {stage.words}")


class Bars:
    """A bar for each service: for terminals."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}"))
        self._progress = Progress(*columns, console=console)
        self._bars: dict[str, TaskID] = {}
        self._distances: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def show(self, stages: Sequence[Stage]) -> None:
        """Move the bars; the way of each begins where it was first seen."""
        for stage in stages:
            left = abs(stage.wanted - stage.running)
            if stage.name not in self._bars:
                self._distances[stage.name] = max(left, 1)
                self._bars[stage.name] = self._progress.add_task(stage.name, total=max(left, 1), words="")
            gone = max(self._distances[stage.name] - left, 0)
            self._progress.update(self._bars[stage.name], completed=gone, words=stage.words)


def await_convergence(
    desk: Desk, wanted: Mapping[str, tuple[str, int]], *, deadline: Deadline, display: Display
) -> frozenset[str]:
    """Look once a second until all have converged or the time is over.

    A question that nobody answers is asked again: a worker may be starting anew.

    Args:
        desk: the outside.
        wanted: name and count by service id.
        deadline: when to give up.
        display: shows how far all are.

    Returns:
        The ids of the services that have converged.
    """
    while True:
        stages: dict[str, Stage] = {}
        with suppress(Failed):
            stages = _stages(wanted, desk.questions.status(list(wanted)))
        display.show(list(stages.values()))
        converged = frozenset(service_id for service_id, stage in stages.items() if stage.has_converged)
        if len(converged) == len(wanted) or deadline.has_passed:
            return converged
        desk.timer.sleep(_PAUSE_S)


def _stages(wanted: Mapping[str, tuple[str, int]], services: Sequence[ServiceStatus]) -> dict[str, Stage]:
    return {
        service.id: Stage(
            name=wanted[service.id][0],
            wanted=wanted[service.id][1],
            replicas=service.replicas,
            running=service.running,
        )
        for service in services
        if service.id in wanted
    }
