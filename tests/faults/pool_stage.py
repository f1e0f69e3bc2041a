"""The pool of a storm: machines are engines of the lab; people ask for what runs there, and at last for no more."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.real import Lab, LabUnavailable, swarm
from tests.faults.pool_crowd import Crowd
from tests.faults.pool_sights import falls, joined, machine_orders, most_at_once, torn
from tests.faults.pool_watch import PoolWatch
from tests.faults.pooled import MOST_MACHINES, POOLED, PoolEvidence
from tests.swarm.fleet import Fleet
from tests.swarm.patience import becomes
from tests.swarm.stage import INTERVAL, Stage

__all__ = ["ONLY_THERE", "Pool", "policy_file", "pool_of"]

_LOG = logging.getLogger(__name__)

_LABEL, _VALUE = "jobs", "yes"
#: Where the service runs that needs machines of the pool.
ONLY_THERE = f"node.labels.{_LABEL}=={_VALUE}"
_PATIENCE = timedelta(minutes=5)


def policy_file(lab: Lab) -> Path:
    """Which skep reads there."""
    return lab.folder / "policy.yml"


@dataclass(kw_only=True)
class Pool:
    """A pool that has its machines from the lab.

    Attributes:
        crowd: who asks for what runs on them.
        watch: who looks on.
        lost: the machines that died.
    """

    stage: Stage
    fleet: Fleet
    crowd: Crowd
    watch: PoolWatch
    lost: list[str] = field(default_factory=list)

    def lose(self) -> None:
        """Let the machine die that has served for longest, if one serves, and unless it goes at this moment.

        None dies before the last one has been cleared away: from so many nodes that are not ready on, skep touches none
        until people have looked after them.
        """
        sight = self.watch.sights[-1]
        if sight.lost or not sight.machines.isdisjoint(self.lost):
            return
        # node-10 came after node-9.
        serving = sorted(sight.serving, key=lambda hostname: (len(hostname), hostname))
        with suppress(LabUnavailable):
            for hostname in serving[:1]:
                self.stage.lab.kill(hostname)
                self.lost.append(hostname)
                _LOG.info("%s died", hostname)

    def fit(self) -> int:
        """Wait until all that was asked for runs; how many evaluations that took."""
        if not self.crowd.replicas:
            self.crowd.order(1)
        return self._looks_until(self._fits)

    def settle(self, looks_to_fit: int) -> PoolEvidence:
        """Wait until nothing is left when nothing is asked for, and gather what is known."""
        self.crowd.order(0)
        to_leave = self._looks_until(self._is_empty)
        asked = self.fleet.asked
        return PoolEvidence(
            orders=machine_orders(
                asked,
                {name: self.stage.lab.ordered(name) for name in asked},
                sights=self.watch.sights,
                reigns=self.crowd.reigns,
            ),
            most=most_at_once(self.watch.sights),
            joined=joined(self.watch.sights),
            falls=falls(self.watch.sights, self.crowd.reigns),
            lost=tuple(self.lost),
            torn=torn(self.watch.sights),
            remains=self._remains(),
            replicas=self._replicas(),
            looks_to_fit=looks_to_fit,
            looks_to_leave=to_leave,
        )

    def _looks_until(self, is_so: Callable[[], bool]) -> int:
        """How many evaluations it takes; more than anybody may need where patience ends."""
        first = self.stage.account.next_decisions(1)[0]
        with suppress(AssertionError):
            becomes(is_so, bool, what="the pool", within=_PATIENCE)
        last = self.stage.account.next_decisions(1)[0]
        return round((last.at - first.at) / INTERVAL)

    def _fits(self) -> bool:
        sight = self.watch.sights[-1]
        if sight.serving:
            self.crowd.ask_anew()
        return bool(sight.serving) and sight.serving == sight.machines and self._running() == self.crowd.replicas

    def _is_empty(self) -> bool:
        return not self._remains()

    def _remains(self) -> tuple[str, ...]:
        return tuple(sorted({*self.fleet.machines, *self.fleet.newcomers}))

    def _running(self) -> int:
        with self.stage.lab.client() as client:
            return len(swarm.running_tasks(client, POOLED))

    def _replicas(self) -> int:
        with self.stage.lab.client() as client:
            return int(client.inspect_service(POOLED)["Spec"]["Mode"]["Replicated"]["Replicas"])


@contextmanager
def pool_of(stage: Stage, *, seen_from: str) -> Iterator[Pool]:
    """A pool that is empty; afterwards it is none any more, and the nodes are those of before.

    Args:
        stage: whose lab gives the machines.
        seen_from: the manager that is asked what happens.
    """
    crowd, first = Crowd(stage.lab, seen_from), stage.lab.hostnames
    with TemporaryDirectory(prefix="skep-pool-") as folder, PoolWatch(stage.lab, seen_from, first) as watch:
        fleet = Fleet(stage, policy_file=policy_file(stage.lab), folder=Path(folder))
        fleet.begin(
            max=MOST_MACHINES,
            labels={_LABEL: _VALUE},
            join={"timeout": "30s", "retry-after": "5s"},
            heal={"grace": "10s"},
        )
        try:
            yield Pool(stage=stage, fleet=fleet, crowd=crowd, watch=watch)
        finally:
            if crowd.replicas:
                crowd.order(0)
            fleet.clear()
